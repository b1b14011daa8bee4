"""A round by HTTP: for who has the secret alone; looking does nothing, and sending does a bounded part of what is due."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from tests.factories import NOW, make_action, make_case, make_stripe_event
from tideover import clock
from tideover.config import config
from tideover.inbox.models import StripeEvent
from tideover.recovery.models import Action

pytestmark = pytest.mark.django_db
ADDRESS = "/api/cron/dunning"
SECRET = "canary-secret-of-the-timer"
HAS_IT = {"Authorization": f"Bearer {SECRET}"}
WITHOUT = [{}, {"Authorization": SECRET}, {"Authorization": "Bearer "}, {"Authorization": "Bearer wrong"},
           {"Authorization": "Bearer é"}]  # fmt: skip


@pytest.fixture(autouse=True)
def secret(monkeypatch):
    monkeypatch.setattr(config(), "cron_secret", SECRET)
    clock.travel_to(NOW)
    yield
    clock.travel_to(None)


@pytest.mark.parametrize("headers", WITHOUT, ids=str)
def test_who_has_not_the_secret_hears_and_does_nothing(headers):
    event = make_stripe_event(make_case().connection, state="stored", type="customer.created")
    for answer in (Client().get(ADDRESS, headers=headers), Client().post(ADDRESS, headers=headers)):
        assert answer.status_code == 401
        assert answer.json() == {"error": "unauthorized"}
    event.refresh_from_db()
    assert event.state == StripeEvent.State.STORED


def test_without_a_secret_set_there_is_no_such_page(monkeypatch):
    monkeypatch.setattr(config(), "cron_secret", "")
    for headers in (HAS_IT, {"Authorization": "Bearer "}):
        assert Client().post(ADDRESS, headers=headers).status_code == 404


def test_looking_tells_what_is_due_and_does_none_of_it():
    case = make_case()
    make_action(case, due_at=NOW - timedelta(hours=2))
    make_action(case, due_at=NOW - timedelta(hours=1), do="message", step="message-1")
    make_action(case, due_at=NOW + timedelta(days=1), step="charge-later")
    make_stripe_event(case.connection, state="stored")
    before = list(Action.objects.order_by("pk").values())
    due = Client().get(ADDRESS, headers=HAS_IT).json()["due"]
    assert (due["charges"], due["messages"], due["actions"], due["events"]) == (1, 1, 2, 1)
    assert due["oldest"].startswith("2026-11-20T10:00:00")
    assert due["next"].startswith("2026-11-21T12:00:00")
    assert list(Action.objects.order_by("pk").values()) == before


def test_sending_does_one_round_and_tells_what_is_left():
    case = make_case()
    event = make_stripe_event(case.connection, state="stored", type="customer.created", body=b'{"id": "evt"}')
    answer = Client().post(ADDRESS, headers=HAS_IT)
    event.refresh_from_db()
    assert event.state != StripeEvent.State.STORED
    assert answer.json()["done"]["events"] == 1
    assert answer.json()["due"]["events"] == 0


def test_a_machine_whose_clock_is_wrong_does_nothing(monkeypatch):
    from tideover.worker import rounds  # noqa: PLC0415
    from tideover.worker.punctual import Punctual  # noqa: PLC0415

    wrong = Punctual(ahead=lambda _: timedelta(days=1))
    monkeypatch.setattr(rounds, "Punctual", lambda: wrong)
    event = make_stripe_event(make_case().connection, state="stored")
    assert Client().post(ADDRESS, headers=HAS_IT).status_code == 503
    event.refresh_from_db()
    assert event.state == StripeEvent.State.STORED
