"""Money comes on paydays and goes before the next one."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tideover.simulator.clock.chance import stream
from tideover.simulator.shop.paydays import DAY, HOUR, PayCalendar, Purse, Rhythm, draw_calendar

INSTANTS = st.integers(min_value=int(datetime(2020, 1, 1, tzinfo=UTC).timestamp()), max_value=2_100_000_000)


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


@given(seed=st.integers(0, 10_000), monthly=st.booleans(), offset=st.integers(-12, 14), when=INSTANTS)
def test_every_instant_lies_between_two_paydays_at_most_seven_weeks_apart(seed, monthly, offset, when):
    calendar = draw_calendar(stream(seed, "calendar"), monthly=monthly, utc_offset=offset * HOUR)
    before, after = calendar.around(when)
    assert before <= when < after
    assert after - before <= 49 * DAY


@given(seed=st.integers(0, 10_000), monthly=st.booleans(), when=INSTANTS)
def test_the_payday_before_and_after_agree_wherever_one_looks_from(seed, monthly, when):
    calendar = draw_calendar(stream(seed, "calendar"), monthly=monthly, utc_offset=0)
    before, after = calendar.around(when)
    assert calendar.around(before) == (before, after)
    assert calendar.around(after)[0] == after


@pytest.mark.parametrize(
    ("rhythm", "anchor", "when", "before", "after"),
    [
        (Rhythm.WEEKLY, 4, "2026-11-21", "2026-11-20", "2026-11-27"),
        (Rhythm.SEMIMONTHLY, 0, "2026-09-20", "2026-09-15", "2026-10-01"),
        (Rhythm.SEMIMONTHLY, 1, "2026-02-20", "2026-02-13", "2026-02-27"),  # the 15th and 28th are weekend days
        (Rhythm.MONTHLY, 31, "2026-03-01", "2026-02-27", "2026-03-31"),
        (Rhythm.MONTHLY, 1, "2026-07-31", "2026-07-31", "2026-09-01"),  # 1 August 2026 is a Saturday
    ],
)
def test_paydays_fall_on_the_agreed_day_or_the_friday_before(rhythm, anchor, when, before, after):
    calendar = PayCalendar(rhythm, anchor, deposit_hour=0, utc_offset=0)
    assert calendar.around(at(when)) == (at(before), at(after))


def test_pay_arrives_at_the_deposit_hour_of_the_customers_own_zone():
    calendar = PayCalendar(Rhythm.WEEKLY, 4, deposit_hour=6, utc_offset=-5 * HOUR)
    assert calendar.around(at("2026-11-20T11:00:00"))[0] == at("2026-11-20T11:00:00")
    assert calendar.around(at("2026-11-20T10:59:59"))[1] == at("2026-11-20T11:00:00")


@given(seed=st.integers(0, 5_000), when=INSTANTS)
def test_a_balance_never_grows_between_paydays(seed, when):
    purse = Purse(
        draw_calendar(stream(seed, "calendar"), monthly=False, utc_offset=0), pay=500_000, hardship=100, seed=seed
    )
    before, after = purse.calendar.around(when)
    later = [purse.balance(moment) for moment in range(before, after, max(1, (after - before) // 9))]
    assert later == sorted(later, reverse=True)
    assert all(isinstance(balance, int) and balance >= 0 for balance in later)


def test_the_day_after_payday_pays_what_the_day_before_could_not():
    purse = Purse(PayCalendar(Rhythm.BIWEEKLY, 1, 0, 0), pay=20_000, hardship=0, seed=3)
    payday = purse.calendar.around(at("2026-11-21"))[1]
    assert purse.balance(payday - DAY) < 4_900 < purse.balance(payday + HOUR)
