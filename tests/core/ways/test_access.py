"""Access as a contract: one day, that nothing moves nearer, that no try extends, and that money makes void."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tideover.core.case import State
from tideover.core.catalogue import Consequence
from tideover.core.rules import PRESETS
from tideover.core.ways.access import FOLLOWS, UNTROUBLED, Debt, Standing, access_of, later, promised_until

OPENED = datetime(2026, 11, 16, 6, 2, tzinfo=UTC)
ZONE = ZoneInfo("America/Chicago")
UNTIL = date(2026, 12, 13)
OPEN = Debt(State.FAILING, OPENED, ZONE, UNTIL, Standing.LIMITED)
RULES = replace(PRESETS["recover"], consequence=Consequence.PAUSED, consequence_day=14)


def at(day: date, hour: int = 12) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=ZONE).astimezone(UTC)


def test_every_consequence_says_what_follows():
    assert set(FOLLOWS) == set(Consequence)


def test_who_announces_nothing_promises_nothing():
    assert promised_until(OPENED, PRESETS["recover"], ZONE) is None
    assert access_of([replace(OPEN, until=None)], at(UNTIL)).standing == Standing.FULL


def test_the_day_counts_from_the_failure_on_the_customers_own_calendar():
    late = datetime(2026, 11, 17, 3, 0, tzinfo=UTC)  # still the 16th in Chicago
    assert promised_until(late, RULES, ZONE) == date(2026, 11, 30)


@pytest.mark.parametrize(
    ("day", "standing"),
    [(UNTIL - timedelta(days=1), "warned"), (UNTIL, "limited"), (UNTIL + timedelta(days=60), "limited")],
)
def test_it_is_kept_in_full_until_the_day_and_no_longer(day, standing):
    assert access_of([OPEN], at(day)).standing == standing


@pytest.mark.parametrize("state", [State.RECOVERED, State.CANCELED])
def test_money_restores_it_at_once(state):
    assert access_of([replace(OPEN, state=state)], at(UNTIL + timedelta(days=9))) == UNTROUBLED


def test_what_is_open_is_told_though_nothing_depends_on_what_was_paid():
    paid = replace(OPEN, state=State.RECOVERED, opened_at=OPENED - timedelta(days=30))
    told = access_of([paid, replace(OPEN, until=None)], at(UNTIL))
    assert (told.standing, told.why) == (
        Standing.FULL,
        "A payment is open, and no loss of access was announced.",
    )


def test_what_is_given_up_and_still_owed_keeps_its_day():
    assert access_of([replace(OPEN, state=State.ABANDONED)], at(UNTIL)).standing == Standing.LIMITED


def test_with_the_subscription_it_ends():
    assert access_of([replace(OPEN, state=State.CHURNED, until=None)], at(UNTIL)).standing == Standing.ENDED


def test_as_long_as_a_promise_stands_nothing_is_taken_away():
    assert access_of([replace(OPEN, promised=True)], at(UNTIL)).standing == Standing.WARNED


def test_of_several_debts_the_one_that_leaves_the_least_decides():
    others = [replace(OPEN, until=UNTIL + timedelta(days=5)), replace(OPEN, state=State.RECOVERED), OPEN]
    told = access_of(others, at(UNTIL))
    assert (told.standing, told.until) == (Standing.LIMITED, UNTIL)


@given(st.dates(date(2026, 1, 1), date(2027, 1, 1)), st.lists(st.dates(date(2026, 1, 1), date(2027, 1, 1))))
def test_promises_never_move_the_day_nearer(until, days):
    moved = until
    for day in days:
        assert later(moved, day) >= moved
        moved = later(moved, day)
    assert moved == max([until, *days])


def test_while_a_payment_plan_stands_nothing_is_taken_away_and_once_it_is_broken_the_day_counts():
    standing = replace(OPEN, in_parts=True)
    told = access_of([standing], at(UNTIL) + timedelta(days=40))
    assert (told.standing, told.until) == (Standing.FULL, None)
    assert access_of([OPEN], at(UNTIL) + timedelta(days=40)).standing == Standing.LIMITED
