"""One address for all accounts: an event goes to the connection whose secret signed it, and to no other."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from tests.factories import make_connection
from tests.rooms.inbox.posting import NOW, an_event, on_django, signed
from tests.rooms.tenants.lost_keys import damage
from tideover import clock
from tideover.config import config
from tideover.inbox import shared
from tideover.inbox.models import StripeEvent

pytestmark = pytest.mark.django_db
ADDRESS = "/api/stripe/webhook"
APPLICATION = "whsec_of_the_application"


@pytest.fixture(autouse=True)
def at_that_time():
    clock.travel_to(NOW)
    yield
    clock.travel_to(None)


@pytest.fixture
def application(monkeypatch):
    monkeypatch.setattr(config(), "stripe_webhook_secret", APPLICATION)


def post(secret: str, **event) -> int:
    body = json.dumps(an_event(**event)).encode()
    return on_django(Client())(ADDRESS, body, signed(body, secret)).status_code


def kept() -> list[tuple[str, str]]:
    rows = StripeEvent.objects.order_by("pk").values_list("connection__account_id", "state")
    return [(account, str(state)) for account, state in rows]


def test_an_event_goes_to_the_account_whose_secret_signed_it():
    make_connection(account_id="acct_1", webhook_secret="whsec_1")
    make_connection(account_id="acct_2", webhook_secret="whsec_2")
    assert post("whsec_2") == 200
    assert kept() == [("acct_2", "stored")]


def test_an_event_of_the_application_goes_to_the_account_it_names_in_the_mode_it_has(application):
    make_connection(account_id="acct_1", webhook_secret="whsec_t")
    live = make_connection(account_id="acct_1", webhook_secret="whsec_l", livemode=True)
    make_connection(account_id="acct_2", livemode=True)
    assert post(APPLICATION, account="acct_1", livemode=True) == 200
    assert StripeEvent.objects.get().connection == live
    assert kept() == [("acct_1", "stored")]


def test_an_event_of_the_application_for_an_account_that_is_nobodys_is_taken_and_not_kept(application):
    make_connection(account_id="acct_1")
    make_connection(account_id="acct_gone", state="disconnected")
    assert post(APPLICATION, account="acct_gone") == 200
    assert kept() == []


def test_the_applications_secret_speaks_for_no_account_that_the_event_does_not_name(application):
    make_connection(account_id="acct_1", webhook_secret="whsec_1")
    assert post(APPLICATION) == 400


@pytest.mark.parametrize("event", [{}, {"account": "acct_1"}, {"account": "acct_2"}, {"account": 7}, {"account": "é"}])
def test_what_nobody_signed_is_rejected_whatever_it_names(application, event):
    make_connection(account_id="acct_1", webhook_secret="whsec_1")
    assert post("whsec_wrong", **event) == 400
    assert kept() == []


def test_one_account_cannot_speak_for_another():
    make_connection(account_id="acct_1", webhook_secret="whsec_1")
    make_connection(account_id="acct_2", webhook_secret="whsec_2")
    assert post("whsec_1", account="acct_2") == 400
    assert kept() == []


def test_a_disconnected_account_hears_nothing():
    make_connection(webhook_secret="whsec_1", state="disconnected")
    assert post("whsec_1") == 400


def test_where_a_secret_does_not_open_the_event_is_to_come_again_unless_another_account_signed_it():
    damage(make_connection(account_id="acct_1"), column="webhook_secret")
    make_connection(account_id="acct_2", webhook_secret="whsec_2")
    assert post("whsec_2") == 200
    assert post("whsec_wrong") == 503


def test_with_very_many_accounts_an_event_must_name_its_own(monkeypatch):
    monkeypatch.setattr(shared, "MOST_TRIED", 1)
    make_connection(account_id="acct_1", webhook_secret="whsec_1")
    make_connection(account_id="acct_2", webhook_secret="whsec_2")
    assert post("whsec_2") == 400
    assert post("whsec_2", account="acct_2") == 200


@pytest.mark.parametrize("body", [b"", b"[]", b"nonsense", b"7"])
def test_what_is_no_event_is_rejected(body):
    make_connection(webhook_secret="whsec_1")
    assert on_django(Client())(ADDRESS, body, signed(body, "whsec_1")).status_code == 400


def test_the_same_event_twice_is_kept_once():
    make_connection(account_id="acct_1", webhook_secret="whsec_1")
    assert [post("whsec_1"), post("whsec_1")] == [200, 200]
    assert kept() == [("acct_1", "stored")]
