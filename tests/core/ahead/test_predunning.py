"""Ahead of a payment that a card does not live to see: which one that is, when it is told, and when it is moot."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tideover.core.ahead.predunning import Card, Unneeded, due_at, not_survived, why_moot
from tideover.core.timing import SendingHours, is_open

NOW = datetime(2026, 11, 10, 12, tzinfo=UTC)
ENDS = date(2026, 11, 30)
DAY = timedelta(days=1)
AMERICA = ZoneInfo("America/New_York")


def noon(month: int, day: int) -> datetime:
    return datetime(2026, month, day, 12, tzinfo=UTC)


def test_a_payment_before_the_cards_last_day_is_over_is_none_of_those_it_does_not_live_to_see():
    assert not_survived(ENDS, [noon(11, 20), noon(11, 30)], NOW) is None
    assert not_survived(ENDS, [datetime(2026, 11, 30, 23, 59, tzinfo=UTC)], NOW) is None


def test_the_first_after_it_is_the_one_that_is_told_of():
    assert not_survived(ENDS, [noon(12, 20), noon(11, 20), None, noon(12, 1)], NOW) == noon(12, 1)


def test_what_is_past_is_not_ahead():
    assert not_survived(ENDS, [noon(12, 1)], noon(12, 1)) is None


def card(**values: object) -> Card:
    return Card(**{"ends_on": ENDS, "renewals": (noon(12, 1),), "renews": True, "paid_since": False, **values})


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({}, None),
        ({"renewals": (None,)}, None),
        ({"ends_on": date(2030, 11, 30)}, Unneeded.RENEWED),
        ({"ends_on": None}, Unneeded.RENEWED),
        ({"renewals": ()}, Unneeded.REPLACED),
        ({"renewals": (), "renews": False}, Unneeded.ENDED),
        ({"paid_since": True}, Unneeded.PAYS),
    ],
)
def test_why_there_is_nothing_to_say_any_more(values, why):
    assert why_moot(card(**values), ENDS) == why


def test_it_is_told_in_the_hours_of_who_is_told():
    at = due_at(datetime(2026, 12, 3, 4, tzinfo=UTC), 7, NOW, SendingHours(), AMERICA)
    assert at.astimezone(AMERICA) == datetime(
        2026, 11, 26, 9, tzinfo=AMERICA
    )  # 23:00 of the evening before is too late


def test_where_its_day_is_past_it_is_told_at_once():
    assert due_at(noon(11, 12), 7, NOW, SendingHours(), ZoneInfo("UTC")) == NOW


@given(
    st.integers(0, 60), st.integers(2, 28), st.integers(0, 23), st.booleans(), st.sampled_from(["Asia/Tokyo", "UTC"])
)
def test_it_is_never_told_at_a_wrong_hour_nor_before_its_day(ahead, days, hour, weekends, name):
    zone, hours = ZoneInfo(name), SendingHours(weekends=weekends)
    payment = NOW + ahead * DAY + timedelta(hours=hour)
    at = due_at(payment, days, NOW, hours, zone)
    assert at >= NOW
    assert is_open(at, hours, zone)
    assert payment - at <= (days + 1) * DAY or at == NOW
