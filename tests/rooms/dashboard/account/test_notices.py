"""My account, Notices: each person chooses for themselves; and a link in a mail turns a kind off without signing in."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from tests import factories as make
from tests.people import colleague
from tideover import clock
from tideover.core.calendars.paces import Pace
from tideover.notices.choosing import paces_of
from tideover.notices.kinds import KINDS, Kind
from tideover.notices.models import NoticeChoice
from tideover.notices.way_out import way_out_of
from tideover.tenants.models import AuditEntry, Member
from tideover.tenants.roles import Role

pytestmark = pytest.mark.django_db
PAGE = "/account/notices/"
ALL = {"recovered": "at-once", "attention": "daily", "dead_key": "at-once", "paused": "at-once", "digest": "weekly"}


def mine(person) -> Member:
    return Member.objects.get(user=person.user, organization=person.organization)


def out(person, kind) -> str:
    address = way_out_of(mine(person), person.project, kind)
    return address[address.index("/notices/out/") :]


def test_every_kind_stands_there_with_what_holds_now(alice):
    html = alice.browser().get(PAGE).content.decode()
    for about in KINDS.values():
        assert about.label in html
        assert about.says in html
    assert re.findall(r'<option value="([\w-]+)" selected', html) == ["daily", "daily", "at-once", "at-once", "weekly"]


def test_a_choice_is_kept_for_this_person_and_project_alone_and_is_in_the_audit_log(alice, bob):
    other = make.make_project(alice.organization)
    answer = bob.browser().post(PAGE, {**ALL, "dead_key": "off"})
    assert answer.url == PAGE
    assert paces_of(mine(bob), bob.project)[Kind.RECOVERED] == Pace.AT_ONCE
    assert paces_of(mine(bob), bob.project)[Kind.DEAD_KEY] == Pace.OFF
    assert paces_of(mine(bob), other)[Kind.RECOVERED] == Pace.OFF
    assert paces_of(mine(alice), alice.project)[Kind.RECOVERED] == Pace.DAILY
    entry = AuditEntry.objects.get(what="notices chosen")
    assert (entry.who, entry.before) == (bob.user.email, {"recovered": "off", "dead_key": "at-once"})


def test_what_was_not_changed_is_no_choice(alice):
    alice.browser().post(PAGE, {**ALL, "recovered": "daily"})
    assert not NoticeChoice.objects.exists()


@pytest.mark.parametrize("wrong", [{"attention": "at-once"}, {"recovered": "hourly"}, {"dead_key": ""}], ids=str)
def test_what_a_kind_cannot_be_had_is_refused(alice, wrong):
    assert alice.browser().post(PAGE, {**ALL, **wrong}).status_code == 422
    assert not NoticeChoice.objects.exists()


def test_the_last_owner_is_told_why_it_stays_on(alice):
    answer = alice.browser().post(PAGE, {**ALL, "dead_key": "off"})
    assert answer.status_code == 422
    assert "an owner has to be told" in answer.content.decode()
    assert not NoticeChoice.objects.exists(), "nothing of it is kept"


# ── the link ──


def test_looking_at_the_link_changes_nothing_and_its_button_turns_the_kind_off(alice):
    browser = Client(enforce_csrf_checks=True)
    for method in (browser.get, browser.head):
        assert method(out(alice, Kind.RECOVERED)).status_code == 200
    assert not NoticeChoice.objects.exists()
    answer = browser.post(out(alice, Kind.RECOVERED), {"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert paces_of(mine(alice), alice.project)[Kind.RECOVERED] == Pace.OFF
    assert paces_of(mine(alice), alice.project)[Kind.ATTENTION] == Pace.DAILY
    assert browser.post(out(alice, Kind.RECOVERED)).status_code == 200, "twice is once"


def test_the_last_owner_cannot_be_led_out_of_what_an_owner_has_to_be_told(alice):
    answer = Client().post(out(alice, Kind.DEAD_KEY))
    assert answer.status_code == 409
    assert "an owner has to be told" in answer.content.decode()


def test_the_link_of_who_belongs_here_no_more_opens_nothing(alice):
    dora = colleague("Dora", alice, Role.SUPPORT)
    address = out(dora, Kind.ATTENTION)
    mine(dora).delete()
    assert Client().post(address).status_code == 404


@pytest.mark.parametrize("kind", [Kind.ATTENTION, Kind.PAUSED])
def test_a_link_that_was_changed_opens_nothing(alice, mallory, kind):
    address = out(alice, Kind.RECOVERED)
    changed = [
        address.replace("recovered", kind),
        address.replace(address.split(".")[1], out(mallory, Kind.RECOVERED).split(".")[1]),
        address[:-3] + "/",
        "/notices/out/...x/",
    ]
    assert [Client().post(each).status_code for each in changed] == [404] * 4
    assert not NoticeChoice.objects.exists()


def test_a_link_into_another_merchants_project_is_none_of_ours(alice, mallory):
    address = way_out_of(mine(alice), mallory.project, Kind.RECOVERED)
    assert Client().post(address[address.index("/notices/out/") :]).status_code == 404


def test_the_choice_is_told_by_the_persons_own_address(alice):
    Client().post(out(alice, Kind.RECOVERED))
    entry = AuditEntry.objects.get(what="notices chosen")
    assert (entry.who, entry.after) == (alice.user.email, {"recovered": "off"})
    assert entry.at <= clock.wall()
