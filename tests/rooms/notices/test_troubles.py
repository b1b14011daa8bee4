"""A dead key and a paused channel are told at once, once, as long as they last, and to one owner at least."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.factories import NOW, make_action, make_case, make_connection, make_organization, make_pause, make_project
from tests.factories import make_member as member
from tests.rooms.notices.letters import AWAY, Letters
from tideover.core.calendars.paces import Pace
from tideover.flow import refusals
from tideover.flow.models import Lane
from tideover.ids import public
from tideover.messages.models import StreamPause
from tideover.notices.choosing import choose, paces_of
from tideover.notices.kinds import Kind
from tideover.notices.models import Notice
from tideover.notices.rounds import tell
from tideover.tenants.people import NotPossible
from tideover.tenants.roles import Role
from tideover.upkeep.metrics import exposition

pytestmark = pytest.mark.django_db
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


def told(now=NOW, letters=None):
    letters = letters or Letters()
    tell(now, write=letters)
    return letters


# ── a dead key ──


@pytest.fixture
def dead():
    connection = make_connection(account_name="Alpine")
    make_action(make_case(connection), due_at=NOW - SECOND)
    refusals.record(connection, "Expired API Key", NOW, all_calls=True)
    return connection


def test_owners_and_admins_are_told_once_what_waits_and_where_to_go(dead):
    owner = member(organization=dead.organization)
    admin = member(organization=dead.organization, role=Role.ADMIN)
    member(organization=dead.organization, role=Role.SUPPORT)
    member(organization=dead.organization, role=Role.ANALYST)
    member()
    letters = told()
    assert letters.to == sorted([owner.user.email, admin.user.email])
    assert told(NOW + MINUTE).of == []
    letter = letters.of[0][1]
    assert letter.subject == "Stripe refuses the key of Alpine"
    said = " ".join(letter.paragraphs)
    assert "It says: Expired API Key. " in said
    assert "1 step waits at this moment." in said
    assert letter.url.endswith(f"/at/{public('proj', dead.project_id)}/connections/")
    assert letter.choose_url.endswith("/account/notices/")


def test_a_key_that_dies_again_is_told_again(dead):
    member(organization=dead.organization)
    assert len(told().of) == 1
    refusals.end(dead, NOW + SECOND)
    assert told(NOW + SECOND).of == []
    refusals.record(dead, "Expired API Key", NOW + 2 * SECOND, all_calls=True)
    assert len(told(NOW + 2 * SECOND).of) == 1


def test_what_no_mail_server_takes_is_told_in_five_minutes(dead):
    member(organization=dead.organization)
    told(letters=Letters(AWAY))
    assert told(NOW + 4 * MINUTE).of == []
    assert len(told(NOW + 5 * MINUTE).of) == 1


def test_a_key_that_lives_again_before_its_mail_left_is_told_no_more(dead):
    member(organization=dead.organization)
    told(letters=Letters(AWAY))
    refusals.end(dead, NOW + MINUTE)
    assert told(NOW + 6 * MINUTE).of == []
    assert Notice.objects.get().state == Notice.State.UNWANTED


def test_one_missing_permission_is_no_dead_key(dead):
    member(organization=dead.organization)
    refusals.record(dead, "This key lacks rak_invoice_write", NOW, all_calls=False)
    assert told().of == []


def test_a_merchant_without_anybody_is_looked_at_once(dead):
    assert told().of == []
    assert Lane.objects.get().told_at == NOW


# ── a paused channel ──


@pytest.fixture
def pause():
    return make_pause(make_project().organization)


def test_it_is_told_once_how_bad_a_pause_is_and_what_to_do(pause):
    owner = member(organization=pause.organization)
    make_project(pause.organization)
    letters = told()
    assert letters.to == [owner.user.email], "once, however many projects share the channel"
    assert told(NOW + MINUTE).of == []
    letter = letters.of[0][1]
    assert letter.subject == "Email to your customers is paused"
    assert "500 left and 21 came back: that is 4.2% and the limit is 4%." in letter.paragraphs[0]
    assert "left out and not made up for. Charges go on." in letter.paragraphs[1]
    assert letter.closing.startswith("See which addresses came back")
    assert letter.url.endswith("/status/")


def test_the_next_pause_is_told_again_and_one_that_is_over_never(pause):
    member(organization=pause.organization)
    told()
    StreamPause.objects.update(ended_at=NOW)
    make_pause(pause.organization, ended_at=NOW)
    assert told().of == []
    make_pause(pause.organization)
    assert len(told().of) == 1


def test_monitoring_counts_the_pauses_that_stand(pause):
    assert "tideover_paused_channels 1\n" in exposition(NOW)
    StreamPause.objects.update(ended_at=NOW)
    assert "tideover_paused_channels 0\n" in exposition(NOW)


# ── an owner has to be told ──


@pytest.mark.parametrize("kind", [Kind.DEAD_KEY, Kind.PAUSED])
def test_the_last_owner_who_is_told_cannot_turn_it_off(kind):
    project = make_project()
    first, second = member(organization=project.organization), member(organization=project.organization)
    choose(first, project, {kind: Pace.OFF}, "first", NOW)
    with pytest.raises(NotPossible, match="an owner has to be told"):
        choose(second, project, {kind: Pace.OFF}, "second", NOW)


def test_where_no_owner_is_left_who_wants_it_all_owners_are_told(dead):
    first, second = member(organization=dead.organization), member(organization=dead.organization)
    choose(first, dead.project, {Kind.DEAD_KEY: Pace.OFF}, "first", NOW)
    assert told().to == [second.user.email]
    second.delete()
    refusals.end(dead, NOW + SECOND)
    refusals.record(dead, "Expired API Key", NOW + MINUTE, all_calls=True)
    letters = told(NOW + MINUTE)
    assert letters.to == [first.user.email]
    assert letters.of[0][1].out_url == "", "and no link turns it off"


def test_what_is_chosen_of_a_channel_holds_for_every_project():
    organization = make_organization()
    first, second = make_project(organization), make_project(organization)
    admin = member(organization=organization, role=Role.ADMIN)
    choose(admin, second, {Kind.PAUSED: Pace.OFF}, "admin", NOW)
    make_pause(organization)
    assert told().of == []
    choose(admin, first, {Kind.PAUSED: Pace.AT_ONCE}, "admin", NOW)
    make_pause(organization, channel="sms")
    assert len(told().of) == 1


def test_it_holds_for_a_project_that_comes_later_too():
    organization = make_organization()
    first = make_project(organization)
    admin = member(organization=organization, role=Role.ADMIN)
    choose(admin, first, {Kind.PAUSED: Pace.OFF}, "admin", NOW)
    later = make_project(organization)
    make_pause(organization)
    assert paces_of(admin, later)[Kind.PAUSED] == Pace.OFF
    assert told().of == []
    choose(admin, later, {Kind.PAUSED: Pace.AT_ONCE}, "admin", NOW)
    assert paces_of(admin, first)[Kind.PAUSED] == Pace.AT_ONCE
