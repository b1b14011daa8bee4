"""Periods, what they are compared with, and their buckets."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from tideover.analytics.period import Comparison, Grain, Period, between, last_days, month_to_date

NEW_YORK = ZoneInfo("America/New_York")
DAYS = st.dates(date(2020, 1, 1), date(2030, 1, 1))
LENGTHS = st.integers(1, 400)


@given(DAYS, LENGTHS)
def test_what_a_period_is_compared_with_is_as_long_and_lies_before_it(last_on, length):
    period = last_days(length, last_on, NEW_YORK)
    for comparison in (Comparison.PREVIOUS, Comparison.EXACT):
        before = period.before(comparison)
        assert before is not None
        assert before.length == period.length == length
        assert before.last_on < period.first_on


@given(DAYS, LENGTHS)
def test_the_previous_period_starts_on_the_same_weekday(last_on, length):
    period = last_days(length, last_on, NEW_YORK)
    before = period.before(Comparison.PREVIOUS)
    assert before is not None
    assert before.first_on.weekday() == period.first_on.weekday()


def test_thirty_days_are_compared_with_the_thirty_days_five_weeks_earlier():
    before = last_days(30, date(2026, 11, 20), NEW_YORK).before(Comparison.PREVIOUS)
    assert before == Period(date(2026, 9, 17), date(2026, 10, 16), NEW_YORK)


def test_no_comparison_is_none():
    assert last_days(7, date(2026, 11, 20), NEW_YORK).before(Comparison.NONE) is None


def test_a_day_begins_at_local_midnight_also_when_the_clocks_change():
    period = Period(date(2026, 11, 1), date(2026, 11, 1), NEW_YORK)
    assert period.start == datetime(2026, 11, 1, 4, tzinfo=UTC)
    assert period.end - period.start == timedelta(hours=25)


@given(DAYS, LENGTHS, st.sampled_from(Grain))
def test_buckets_hold_every_day_once_and_in_order(last_on, length, grain):
    period = last_days(length, last_on, NEW_YORK)
    assert tuple(day for bucket in period.buckets(grain) for day in bucket) == period.days()


def test_weeks_begin_on_monday():
    weeks = last_days(10, date(2026, 11, 20), NEW_YORK).buckets(Grain.WEEK)
    assert [len(week) for week in weeks] == [5, 5]
    assert weeks[1][0] == date(2026, 11, 16)


def test_two_days_in_the_wrong_order_are_put_right_and_a_century_is_cut_to_two_years():
    assert between(date(2026, 3, 1), date(2026, 2, 1), NEW_YORK).first_on == date(2026, 2, 1)
    assert between(date(1926, 1, 1), date(2026, 1, 1), NEW_YORK).length == 731


def test_the_month_to_date_begins_on_the_first():
    assert month_to_date(date(2026, 11, 20), NEW_YORK).length == 20
