"""Which time a notice tells of, and when it is due: by the clock of the project, whatever that does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tideover.core.calendars.paces import Pace, latest
from tideover.core.timing import local_day

BERLIN, AUCKLAND = ZoneInfo("Europe/Berlin"), ZoneInfo("Pacific/Auckland")
ZONES = st.sampled_from([BERLIN, AUCKLAND, ZoneInfo("America/New_York"), ZoneInfo("UTC"), ZoneInfo("Asia/Kathmandu")])
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
SUMMED_UP = sorted(set(Pace) - {Pace.OFF, Pace.AT_ONCE})


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_a_quarter_of_an_hour_is_told_of_two_minutes_after_its_end():
    span = latest(Pace.AT_ONCE, at("2026-11-20T12:17"), BERLIN)
    assert (span.since, span.until, span.due) == (
        at("2026-11-20T12:00"),
        at("2026-11-20T12:15"),
        at("2026-11-20T12:17"),
    )
    assert latest(Pace.AT_ONCE, at("2026-11-20T12:16"), BERLIN).until == at("2026-11-20T12:00")


def test_a_day_is_told_of_at_eight_in_the_morning_of_the_next():
    span = latest(Pace.DAILY, at("2026-11-20T07:00"), BERLIN)
    assert (span.since, span.until) == (at("2026-11-18T23:00"), at("2026-11-19T23:00"))
    assert span.due == at("2026-11-20T07:00")
    assert latest(Pace.DAILY, at("2026-11-20T06:59"), BERLIN).due == at("2026-11-19T07:00")


def test_a_week_is_told_of_on_the_monday_after_it_and_two_days_later_no_more():
    span = latest(Pace.WEEKLY, at("2026-11-16T07:00"), BERLIN)
    assert (span.since, span.until) == (at("2026-11-08T23:00"), at("2026-11-15T23:00"))
    assert (span.due, span.late) == (at("2026-11-16T07:00"), at("2026-11-18T07:00"))
    assert latest(Pace.WEEKLY, at("2026-11-16T06:59"), BERLIN).due == at("2026-11-09T07:00")


def test_a_day_of_23_hours_is_one_day():
    span = latest(Pace.DAILY, at("2026-03-30T08:00"), BERLIN)
    assert span.until - span.since == timedelta(hours=23)


@given(now=MOMENTS, zone=ZONES, pace=st.sampled_from([Pace.AT_ONCE, *SUMMED_UP]))
def test_what_is_told_is_over_and_settled_and_each_moment_is_told_of_once(now, zone, pace):
    span = latest(pace, now, zone)
    assert span.since < span.until < span.due <= now
    assert span.due < span.late
    before = latest(pace, span.due - timedelta(seconds=1), zone)
    assert before.until == span.since, "one follows the other without a gap"


@pytest.mark.parametrize("zone", [BERLIN, AUCKLAND], ids=str)
def test_days_begin_where_the_project_is(zone):
    span = latest(Pace.DAILY, at("2026-11-20T22:00"), zone)
    assert local_day(span.since, zone) == local_day(span.until - timedelta(seconds=1), zone)
