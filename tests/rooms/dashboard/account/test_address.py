"""Another address: verified by a code, told to the old one, and nobody learns from it who has an account."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client

from tests.people import PASSWORD
from tests.waiting import until
from tideover import clock
from tideover.dashboard.account.address import CODE
from tideover.dashboard.mailed_code import LASTS
from tideover.tenants.access import make_sign_in_link
from tideover.tenants.models import AuditEntry, SignInLink, User

pytestmark = pytest.mark.django_db
PAGE = "/account/address/"
NEW = "alice@elsewhere.example"


def signed_in(person, email=""):
    browser = Client()
    browser.post("/sign-in/", {"email": email or person.user.email, "password": PASSWORD})
    return browser


def code_in(server):
    return re.search(r"\b(\d{6})\b", server.mails[-1])[1]


def address_of(person):
    return User.objects.get(pk=person.user.pk).email


def test_an_address_is_changed_by_the_code_that_was_sent_to_it_and_the_old_one_is_told(alice, server):
    browser, before = signed_in(alice), alice.user.email
    make_sign_in_link(alice.user, clock.wall())
    assert browser.post(PAGE, {"email": NEW.upper()}).url == PAGE
    assert NEW in browser.get(PAGE).content.decode()
    assert address_of(alice) == before
    assert browser.post(PAGE, {"code": code_in(server)}).url == "/account/"
    assert address_of(alice) == NEW
    until(lambda: len(server.mails) == 2)
    assert before in server.mails[-1]
    assert NEW in server.mails[-1]
    assert signed_in(alice, NEW).get("/").status_code == 200
    assert not any(link.usable(clock.wall()) for link in SignInLink.objects.all())
    entry = AuditEntry.objects.get(what="email changed")
    assert (entry.who, entry.before, entry.after) == (before, {"email": before}, {"email": NEW})


@pytest.mark.parametrize("typed", ["000000", "", "x", "12345678901"])
def test_a_code_that_is_none_changes_nothing(alice, server, typed):
    browser = signed_in(alice)
    browser.post(PAGE, {"email": NEW})
    typed = "000001" if typed == code_in(server) else typed
    assert browser.post(PAGE, {"code": typed}).status_code == 422
    assert address_of(alice) == alice.user.email


def test_five_guesses_are_all_and_then_the_right_one_opens_nothing(alice, server):
    browser = signed_in(alice)
    browser.post(PAGE, {"email": NEW})
    code = code_in(server)
    for _ in range(6):
        browser.post(PAGE, {"code": "000001" if code != "000001" else "000002"})
    browser.post(PAGE, {"code": code})
    assert address_of(alice) == alice.user.email


def test_a_code_ends_after_a_quarter_of_an_hour(alice, server):
    browser = signed_in(alice)
    browser.post(PAGE, {"email": NEW})
    session = browser.session
    session[CODE.purpose] = {**session[CODE.purpose], "until": (clock.wall() - timedelta(seconds=1)).timestamp()}
    session.save()
    assert browser.post(PAGE, {"code": code_in(server)}).status_code == 422
    assert timedelta(minutes=15) == LASTS
    assert address_of(alice) == alice.user.email


def test_an_address_that_has_an_account_is_not_told_on_the_page_and_not_taken(alice, bob, server):
    browser = signed_in(alice)
    taken = browser.post(PAGE, {"email": bob.user.email})
    assert taken.status_code == 302
    assert "has an account already" in server.mails[-1]
    assert not re.search(r"Subject: \d{6}", server.mails[-1])
    assert browser.session[CODE.purpose]["email"] == bob.user.email
    assert address_of(alice) == alice.user.email


def test_somebody_who_signed_up_with_it_meanwhile_keeps_it(alice, server):
    browser = signed_in(alice)
    browser.post(PAGE, {"email": NEW})
    User.objects.create_user(NEW)
    assert browser.post(PAGE, {"code": code_in(server)}).status_code == 422
    assert address_of(alice) == alice.user.email


def test_it_asks_who_one_is_first_and_is_sent_only_so_often(alice, server):
    assert "Is it you?" in alice.browser(lately=False).get(PAGE).content.decode()
    browser = signed_in(alice)
    for _ in range(4):
        browser.post(f"{PAGE}?again=1", {"email": NEW})
    assert browser.post(f"{PAGE}?again=1", {"email": NEW}).status_code == 422
    assert len(server.mails) == 4


def test_a_mail_server_that_is_away_is_told(alice):
    browser = signed_in(alice)
    answer = browser.post(PAGE, {"email": NEW})
    assert answer.status_code == 422
    assert "does not take the mail" in answer.content.decode()
    assert CODE.purpose not in browser.session
