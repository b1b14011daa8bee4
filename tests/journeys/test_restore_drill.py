"""The drill: a backup on day 2, a crash on day 6, the restore, and on to the end. Nothing is charged or sent twice."""

from __future__ import annotations

from collections import Counter

import pytest
from django.db import connections

from tests.journeys.conftest import Shop
from tideover import clock
from tideover.flow.stripe import stripe_for
from tideover.recovery.models import Case
from tideover.tenants.models import Connection
from tideover.upkeep.backup import back_up
from tideover.upkeep.restoring import restore
from tideover.upkeep.rounds import keep_up
from tideover.worker.loop import run_until_quiet

CARD = "pm_sim_decline_insufficient_funds"


@pytest.fixture(autouse=True)
def _the_pages_are_stopped(monkeypatch):
    """They let go of the database after each request, as those of a stopped Tideover have."""
    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", 0)


def charged(shop: Shop) -> int:
    return sum(attempt["amount"] == 9900 for attempt in shop.world.ledger())


@pytest.mark.parametrize("preset", ["revguard", "tuned"])
def test_after_a_restore_nothing_is_charged_or_sent_again(open_shop, tmp_path, preset):
    calm = open_shop(preset)
    calm.renewal_fails(CARD)
    calm.until_day(29)
    expected, tries = Counter(calm.mail.subjects), charged(calm)
    Case.objects.all().delete()
    calm.connection.delete()

    shop = open_shop(preset)
    shop.renewal_fails(CARD)
    shop.until_day(2)
    back_up(tmp_path / "day-2.backup")
    shop.until_day(6)
    sent, done = list(shop.mail.subjects), charged(shop)
    restore(tmp_path / "day-2.backup", [], clock.now())
    shop.until_day(6.5)
    assert (shop.mail.subjects, charged(shop)) == (sent, done)

    keep_up(stripe_for, clock.now())  # finds the news; quarantine goes on until they are read
    run_until_quiet(shop.machine.effects, clock.now())
    assert (shop.mail.subjects, charged(shop)) == (sent, done)
    keep_up(stripe_for, clock.now())
    assert Connection.objects.get().quarantined_at is None
    shop.until_day(29)
    assert Counter(shop.mail.subjects) <= expected
    assert len(shop.mail.subjects) > len(sent)
    assert charged(shop) <= tries
