"""Days, paydays and sending hours on the clock of the person concerned."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.telling import local
from tideover.core.timing import (
    SendingHours,
    day_after,
    is_business_day,
    is_open,
    local_day,
    next_opening,
    on_wall,
    paydays,
    spoken_span,
    spoken_time,
)

MODEST = settings(max_examples=40, deadline=None)
NEW_YORK, BERLIN = ZoneInfo("America/New_York"), ZoneInfo("Europe/Berlin")
ZONES = st.sampled_from(sorted(available_timezones())).map(ZoneInfo)
INSTANTS = st.datetimes(datetime(1995, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001 - their zone follows
    lambda at: at.replace(microsecond=0)
)
DAYS = st.dates(date(1995, 1, 1), date(2035, 1, 1))
CLOCKS = st.times().map(lambda clock: clock.replace(microsecond=0))


def test_i22_a_time_the_clocks_jump_over_is_the_first_instant_after_the_jump():
    assert on_wall(date(2026, 3, 8), time(2, 30), NEW_YORK) == local("2026-03-08 03:00", NEW_YORK)


def test_i22_a_time_the_clocks_show_twice_is_its_first_occurrence():
    first = on_wall(date(2026, 10, 25), time(2, 30), BERLIN)
    assert first == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert (first + timedelta(hours=1)).astimezone(BERLIN).time() == time(2, 30)


def test_a_date_that_samoa_skipped_begins_with_the_next_one():
    assert on_wall(date(2011, 12, 30), time(10), ZoneInfo("Pacific/Apia")).astimezone(ZoneInfo("Pacific/Apia")) == (
        datetime(2011, 12, 31, tzinfo=ZoneInfo("Pacific/Apia"))
    )


def test_a_failure_in_the_hour_that_comes_twice_is_its_own_day_0():
    second = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    assert day_after(second, 0, BERLIN) == second


@MODEST
@given(DAYS, CLOCKS, ZONES)
def test_i22_the_instant_is_the_first_at_which_the_clocks_show_that_time_or_more(day, clock, zone):
    at, wanted = on_wall(day, clock, zone), datetime.combine(day, clock)
    shown = at.astimezone(zone).replace(tzinfo=None)
    before = (at - timedelta(seconds=1)).astimezone(zone).replace(tzinfo=None)
    assert shown >= wanted
    assert shown == wanted or before < wanted  # past the wanted time only where the clocks jumped over it
    assert (at - timedelta(hours=1)).astimezone(zone).replace(tzinfo=None) < wanted or shown == wanted
    assert not _shown_earlier(at, wanted, zone)


def _shown_earlier(at: datetime, wanted: datetime, zone: ZoneInfo) -> bool:
    """Whether the clocks showed the wanted time at one of the usual shifts before."""
    shifts = (timedelta(minutes=20), timedelta(minutes=30), timedelta(hours=1), timedelta(hours=2))
    return any((at - shift).astimezone(zone).replace(tzinfo=None) == wanted for shift in shifts)


@MODEST
@given(INSTANTS, st.integers(0, 60), ZONES)
def test_day_n_falls_on_the_local_date_of_the_failure_plus_n(at, days, zone):
    then = day_after(at, days, zone)
    missed = local_day(then, zone) - (local_day(at, zone) + timedelta(days=days))
    assert missed in {timedelta(0), timedelta(days=1)}  # a day more where midnight, or a date, is skipped
    assert then >= at


@MODEST
@given(INSTANTS, ZONES, st.integers(0, 22), st.integers(1, 23), st.booleans())
def test_the_next_opening_is_open_never_earlier_and_the_first(at, zone, opens, length, weekends):
    hours = SendingHours(opens, min(24, opens + length), weekends)
    opening = next_opening(at, hours, zone)
    assert opening >= at
    assert is_open(opening, hours, zone)
    if opening > at:
        assert not is_open(at, hours, zone)
        assert not is_open(opening - timedelta(seconds=1), hours, zone) or opening - timedelta(seconds=1) < at
    assert next_opening(opening, hours, zone) == opening


@MODEST
@given(INSTANTS, ZONES)
def test_paydays_are_the_1st_the_15th_and_one_friday_strictly_after_the_day_of_the_failure(at, zone):
    found = list(paydays(at, at + timedelta(days=31), 9, zone))
    assert [when for when, _ in found] == sorted({when for when, _ in found})
    for when, name in found:
        local_when = when.astimezone(zone)
        assert local_when.date() > local_day(at, zone)
        assert local_when.hour >= 9
        assert {"the 1st": local_when.day == 1, "the 15th": local_when.day == 15}.get(name, local_when.weekday() == 4)
    assert sum(name == "Friday" for _, name in found) <= 1
    assert {name for _, name in found} >= {"the 15th"} or {when.astimezone(zone).day for when, _ in found} >= {1}


def test_a_failure_on_a_friday_waits_for_the_friday_after():
    friday = local("2026-07-10 08:00", NEW_YORK)
    first = next(iter(paydays(friday, friday + timedelta(days=28), 9, NEW_YORK)))
    assert first == (local("2026-07-15 09:00", NEW_YORK), "the 15th")
    fridays = [at for at, name in paydays(friday, friday + timedelta(days=28), 9, NEW_YORK) if name == "Friday"]
    assert fridays == [local("2026-07-17 09:00", NEW_YORK)]


def test_a_friday_the_15th_is_one_payday():
    found = list(paydays(local("2026-05-12 08:00", NEW_YORK), local("2026-05-20 08:00", NEW_YORK), 9, NEW_YORK))
    assert found == [(local("2026-05-15 09:00", NEW_YORK), "the 15th")]


@pytest.mark.parametrize("day", [10, 11, 12, 13])
def test_business_days_are_monday_to_friday(day):
    assert is_business_day(date(2026, 7, day)) == (day in {10, 13})


@pytest.mark.parametrize(("hours", "words"), [(3, "3 hours"), (1, "1 hour"), (24, "1 day"), (168, "7 days")])
def test_spans_are_said_as_people_say_them(hours, words):
    assert spoken_span(hours) == words


def test_a_time_is_said_in_the_zone_it_is_meant_for():
    assert spoken_time(datetime(2026, 8, 14, 13, 0, tzinfo=UTC), NEW_YORK) == "Fri 14 Aug 09:00"
