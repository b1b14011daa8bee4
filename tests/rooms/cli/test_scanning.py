"""`tideover scan`: a line for each scan, and each card that ends."""

from __future__ import annotations

from datetime import timedelta

import pytest
from typer.testing import CliRunner

from tests import factories as make
from tests.factories import NOW
from tideover import clock
from tideover.cli.main import app

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _present():
    clock.travel_to(NOW)
    yield
    clock.travel_to(None)


@pytest.fixture
def who():
    who = make.make_customer(make.make_connection(events_seen_to=NOW, swept_at=NOW), method_id="pm_1")
    make.make_method(who, stripe_id="pm_1", expires_on=NOW.date() + timedelta(days=3))
    make.make_subscription(who, renews_at=NOW + timedelta(days=9))
    renewed = make.make_method(who, stripe_id="pm_2", expires_on=NOW.date() + timedelta(days=900), renewed_at=NOW)
    make.make_subscription(who, method_id=renewed.stripe_id)
    return who


def said(*typed):
    done = CliRunner().invoke(app, ["scan", *typed])
    assert done.exit_code == 0, done.output
    return done.stdout.splitlines()


def test_without_a_word_each_scan_is_a_line(who):
    lines = said()
    assert [line.split()[0] for line in lines] == ["overdue", "cards", "stale", "connections"]
    assert "Overdue invoices: not looked for; off: the rules do not chase them" in lines[0]
    assert "Expiring cards: 1 card; not looked yet" in lines[1]


def test_cards_are_listed_with_whose_they_are_and_when_they_are_charged(who):
    head, ending, renewed = said("cards")
    assert head.startswith("cards")
    assert (
        ending
        == f"  pm_1  {who.stripe_id}  ends 2026-11-23  charged next 2026-11-29  held back: pre-dunning alerts are off"
    )
    assert renewed == "  pm_2  renewed by the network 2026-11-20"
