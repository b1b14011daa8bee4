"""Public holidays of the customer's country: none of them is written on where the merchant wants it so."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.telling import local
from tideover.core.calendars.holidays import HOLIDAYS, country_of, is_holiday
from tideover.core.timing import DAY, LONGEST_REST, SendingHours, is_open, local_day, next_opening

RESTING = SendingHours(weekends=False, holidays=False)
ZONES = sorted(zone for zone in available_timezones() if country_of(zone))
MODEST = settings(max_examples=60, deadline=None)


@pytest.mark.parametrize(
    ("day", "zone", "kept"),
    [
        (date(2026, 12, 25), "Europe/Berlin", True),
        (date(2026, 12, 25), "Asia/Tokyo", False),  # an ordinary day there
        (date(2026, 11, 26), "America/Chicago", True),  # the fourth Thursday of November
        (date(2026, 11, 26), "America/Toronto", False),
        (date(2027, 3, 28), "Europe/Warsaw", True),  # Easter
        (date(2028, 4, 14), "Australia/Perth", True),  # Good Friday
        (date(2027, 2, 8), "Asia/Shanghai", True),  # Spring Festival
        (date(2026, 12, 25), "Etc/UTC", False),  # nobody's country
    ],
)
def test_a_holiday_is_one_where_the_whole_country_keeps_it(day, zone, kept):
    assert is_holiday(day, zone) is kept


def test_every_country_has_its_days_for_three_years_and_its_zones():
    assert len(HOLIDAYS) == 16
    assert {country_of(zone) for zone in ZONES} == set(HOLIDAYS)
    for country, days in HOLIDAYS.items():
        years = [day.year for day in days]
        assert all(4 < years.count(year) < 25 for year in (2026, 2027, 2028)), country
        assert set(years) == {2026, 2027, 2028}, country


def test_easter_is_where_the_church_has_it():
    """Good Friday or Easter Monday, by the table of Easter Sundays."""
    for easter in (date(2026, 4, 5), date(2027, 3, 28), date(2028, 4, 16)):
        for country in ("AU", "DE", "ES", "FR", "GB", "IT", "NL", "PL", "SE"):
            assert {easter - 2 * DAY, easter + DAY} & HOLIDAYS[country], (country, easter)


def test_no_rest_lasts_longer_than_is_looked_ahead():
    for zone in map(ZoneInfo, ZONES):
        start = datetime(2026, 1, 1, 12, tzinfo=UTC)
        days = [next_opening(start + n * DAY, RESTING, zone) for n in range(3 * 366)]
        assert max(later - earlier for earlier, later in pairwise(days)) < (LONGEST_REST - 1) * DAY


@MODEST
@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2028, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001 - their zone follows
    st.sampled_from(ZONES).map(ZoneInfo),
    st.integers(0, 20),
)
def test_what_may_go_out_goes_out_in_its_hours_on_no_weekend_and_no_holiday(at, zone, opens):
    hours = SendingHours(opens, opens + 3, weekends=False, holidays=False)
    opening = next_opening(at, hours, zone)
    day = local_day(opening, zone)
    assert opening >= at
    assert opens <= opening.astimezone(zone).hour < opens + 3
    assert day.weekday() < 5
    assert not is_holiday(day, zone.key)
    between = (local_day(at, zone) + n * DAY for n in range(1, (day - local_day(at, zone)).days))
    assert all(each.weekday() >= 5 or is_holiday(each, zone.key) for each in between)  # no day too late


@pytest.mark.parametrize("name", ["Europe/Berlin", "America/New_York", "Australia/Sydney"])
@pytest.mark.parametrize("month", [3, 4, 10, 11])
def test_the_hours_hold_on_the_days_on_which_the_clocks_change(name, month):
    zone, hours = ZoneInfo(name), SendingHours(2, 4, holidays=False)  # the hours that come twice, or not at all
    at = datetime(2026, month, 1, tzinfo=UTC)
    while at.month == month:
        opening = next_opening(at, hours, zone)
        assert is_open(opening, hours, zone)
        assert opening - at < 8 * DAY
        at += timedelta(hours=1)


def test_christmas_eve_s_message_waits_for_the_day_after_the_holidays():
    zone = ZoneInfo("Europe/Berlin")
    assert next_opening(local("2026-12-24 21:00", zone), RESTING, zone) == local("2026-12-28 09:00", zone)
    assert next_opening(local("2026-12-24 21:00", zone), SendingHours(), zone) == local("2026-12-25 09:00", zone)
