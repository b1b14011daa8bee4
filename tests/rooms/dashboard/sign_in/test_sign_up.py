"""Signing up: a new installation is taken by who has its code, a service by who has a mailbox, a closed one by nobody."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from typer.testing import CliRunner

from tests.people import PASSWORD
from tideover import clock
from tideover.cli.main import app
from tideover.config import config
from tideover.dashboard.sign_in.sign_up import ADDRESS, CODE, GUESSES
from tideover.tenants.founding import setup_code
from tideover.tenants.models import AuditEntry, Member, Organization, User

pytestmark = pytest.mark.django_db
PAGE = "/signup/"
EVE = "eve@newcomer.example"


@pytest.fixture
def open_to_all(alice, monkeypatch):
    monkeypatch.setattr(config(), "sign_up", "open")


def first(**changed):
    said = {"code": setup_code(), "organization": "Fjord Data", "email": EVE.upper(), "password": PASSWORD}
    return {**said, **changed}


def is_in(browser):
    return "_auth_user_id" in browser.session


# ── a new installation ──


def test_the_first_visitor_is_led_to_the_set_up_and_with_its_code_becomes_the_owner(client):
    assert PAGE in client.get("/sign-in/").content.decode()
    assert client.post(PAGE, first(code=setup_code().lower().replace("-", " "))).url == "/"
    assert client.get("/").status_code == 200
    member = Member.objects.get()
    assert (member.user.email, member.role, member.organization.slug) == (EVE, "owner", "fjord-data")
    assert AuditEntry.objects.get().what == "organization founded"
    assert "no owner yet" not in Client().get("/sign-in/").content.decode()


def test_it_works_once(client):
    client.post(PAGE, first())
    other = Client()
    assert "Sign-up is closed" in other.post(PAGE, first(email="mallory@malt.example")).content.decode()
    assert not is_in(other)
    assert Organization.objects.count() == 1


def test_where_people_are_left_of_an_organization_that_is_gone_the_code_sets_nobodys_password(client):
    client.post(PAGE, first())
    Organization.objects.all().delete()
    stranger, before = Client(), User.objects.get().password
    for email in (EVE, "mallory@malt.example"):
        stranger.post(PAGE, first(email=email, password="a stranger's password"))
    assert (is_in(stranger), User.objects.get().password) == (False, before)
    assert not Organization.objects.exists()
    assert CliRunner().invoke(app, ["init", EVE]).exit_code == 0  # whoever runs the server may begin again


@pytest.mark.parametrize("code", ["", "x", "AAAA-AAAA-AAAA-AAAA", "\0"])
def test_a_stranger_without_the_code_becomes_nobody(client, code):
    assert client.post(PAGE, first(code=code)).status_code == 422
    assert not is_in(client)
    assert not Organization.objects.exists()


def test_the_code_is_not_guessed_for_long(client):
    for _ in range(GUESSES.limit):
        client.post(PAGE, first(code="AAAA"))
    assert client.post(PAGE, first()).status_code == 422
    assert not Organization.objects.exists()


@pytest.mark.parametrize(
    "wrong", [{"organization": ""}, {"email": "eve"}, {"password": "short"}, {"organization": "x" * 121}]
)
def test_what_is_missing_stands_beside_its_field(client, wrong):
    answer = client.post(PAGE, first(**wrong))
    assert (answer.status_code, 'class="wrong"' in answer.content.decode()) == (422, True)
    assert PASSWORD not in answer.content.decode()


# ── who may ──


def test_a_closed_installation_takes_nobody_and_says_how_one_joins(alice):
    assert "by invitation" in Client().get(PAGE).content.decode()
    assert "by invitation" in alice.browser().post(PAGE, {"organization": "Second"}).content.decode()
    assert Organization.objects.count() == 1


def test_who_was_invited_may_begin_an_organization_where_that_is_set_and_strangers_may_not(alice, bob, monkeypatch):
    monkeypatch.setattr(config(), "sign_up", "invited")
    assert "by invitation" in Client().get(PAGE).content.decode()
    browser = bob.browser()
    assert browser.post(PAGE, {"organization": alice.organization.name}).url == "/"
    made = Organization.objects.exclude(pk=alice.organization.pk).get()
    assert browser.get("/").wsgi_request.organization == made
    assert made.slug != alice.organization.slug
    assert Member.objects.get(organization=made).role == "owner"
    assert Member.objects.filter(organization=alice.organization).count() == 2


# ── a service ──


def asked(client, email=EVE):
    return client.post(f"{PAGE}?again", {"email": email})


def code_in(server):
    return re.search(r"\b(\d{6})\b", server.mails[-1])[1]


def verified(client, code, **changed):
    said = {"code": code, "organization": "Fjord Data", "password": PASSWORD}
    return client.post(PAGE, {**said, **changed})


def test_an_address_is_verified_by_the_code_that_was_mailed(client, open_to_all, server):
    assert "Sign up" in client.get("/sign-in/").content.decode()
    assert asked(client).url == PAGE
    code = code_in(server)
    assert f"We sent a code to <b>{EVE}</b>" in client.get(PAGE).content.decode()
    assert not User.objects.filter(email=EVE).exists()
    assert verified(client, f" {code[:3]} {code[3:]} ").url == "/"
    assert client.get("/").wsgi_request.organization.name == "Fjord Data"
    assert CODE.purpose not in client.session


def test_the_code_is_kept_nowhere_in_clear(client, open_to_all, server):
    asked(client)
    code = code_in(server)
    assert all(code not in str(session.get_decoded()) for session in Session.objects.all())


def test_a_wrong_code_is_refused_and_after_five_the_right_one_too(client, open_to_all, server):
    asked(client)
    right = code_in(server)
    wrong = f"{(int(right) + 1) % 1_000_000:06}"
    for _ in range(GUESSES.limit):
        assert verified(client, wrong).status_code == 422
    assert verified(client, right).status_code == 422
    assert not User.objects.filter(email=EVE).exists()


def test_a_code_of_another_address_another_browser_or_yesterday_opens_nothing(client, open_to_all, server):
    asked(client, "mallory@newcomer.example")
    of_mallory = code_in(server)
    asked(client)
    right = code_in(server)
    if of_mallory != right:
        assert verified(client, of_mallory).status_code == 422
    another = Client()
    verified(another, right)
    assert not is_in(another)
    session = client.session
    session[CODE.purpose] = {**session[CODE.purpose], "until": (clock.wall() - timedelta(seconds=1)).timestamp()}
    session.save()
    assert verified(client, right).status_code == 422
    assert not User.objects.filter(email=EVE).exists()


def test_whether_an_address_has_an_account_is_told_to_its_mailbox_alone(client, alice, open_to_all, server):
    answers = [asked(client, email) for email in (EVE, alice.user.email)]
    assert {(answer.status_code, answer.url) for answer in answers} == {(302, PAGE)}
    assert "You have an account" in server.mails[-1]
    assert verified(client, "000000").status_code == 422
    assert not is_in(client)


def test_codes_are_sent_to_an_address_only_so_often(client, open_to_all, server):
    assert [asked(client).status_code for _ in range(ADDRESS.limit + 1)] == [302] * ADDRESS.limit + [422]
    assert len(server.mails) == ADDRESS.limit


def test_where_no_mail_leaves_that_is_said(client, open_to_all, monkeypatch):
    monkeypatch.setattr(config(), "smtp_port", 1)
    answer = asked(client)
    assert (answer.status_code, "does not take the mail" in answer.content.decode()) == (422, True)
