"""The published figures: one definition each, whole numbers, never two currencies in one sum."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tideover.core.case import State
from tideover.core.measures import (
    Rate,
    attempted_rate,
    matured_rate,
    median_days,
    monthly,
    recovery_rate,
    success_rate,
)
from tideover.core.money import Money

WB_21 = {State.FAILING: 12, State.RECOVERED: 45, State.ABANDONED: 8}
COUNTS = st.dictionaries(st.sampled_from(State), st.integers(0, 10**9))


def test_wb_21_the_rate_over_all_cases_is_69_2_and_the_matured_one_84_9():
    assert recovery_rate(WB_21).basis_points == 6923
    assert recovery_rate(WB_21).percent == Decimal("69.2")
    assert matured_rate(WB_21).percent == Decimal("84.9")


def test_each_rate_brings_its_formula():
    assert recovery_rate(WB_21).formula == "recovered / (recovered + abandoned + churned + failing)"
    assert matured_rate(WB_21).formula == "recovered / (recovered + abandoned + churned)"


def test_without_cases_there_is_no_rate():
    assert recovery_rate({}) == Rate(None, recovery_rate({}).formula)
    assert matured_rate({State.FAILING: 3}).percent is None


def test_what_was_withdrawn_changes_no_rate():
    assert matured_rate({**WB_21, State.CANCELED: 99}) == matured_rate(WB_21)
    assert recovery_rate({**WB_21, State.CANCELED: 99}) == recovery_rate(WB_21)


def test_a_churned_customer_is_lost():
    assert matured_rate({State.RECOVERED: 1, State.CHURNED: 1}).basis_points == 5000


@settings(max_examples=40, deadline=None)
@given(COUNTS)
def test_a_new_failure_lowers_the_rate_over_all_and_leaves_the_matured_one(counts):
    more = {**counts, State.FAILING: counts.get(State.FAILING, 0) + 1}
    assert matured_rate(more) == matured_rate(counts)
    assert (recovery_rate(more).basis_points or 0) <= (recovery_rate(counts).basis_points or 0)
    assert 0 <= (recovery_rate(counts).basis_points or 0) <= 10_000


@pytest.mark.parametrize(
    ("hours", "days"),
    [([], None), ([36], "1.5"), ([24, 48], "1.5"), ([1, 24, 999], "1.0"), ([0, 0], "0.0"), ([2], "0.1")],
)
def test_the_median_time_is_given_to_a_tenth_of_a_day(hours, days):
    tenths = Counter(round(timedelta(hours=number) / timedelta(hours=2.4)) for number in hours)
    assert median_days(tenths) == (Decimal(days) if days else None)


@pytest.mark.parametrize(
    ("amount", "interval", "count", "month"),
    [
        (9900, "month", 1, 9900),
        (120000, "year", 1, 10000),
        (30000, "month", 3, 10000),
        (700, "week", 1, 3044),
        (100, "day", 1, 3044),
        (30, "year", 1, 2),  # 2.5 goes to the even 2
    ],
)
def test_an_amount_is_brought_to_one_month_of_its_period(amount, interval, count, month):
    assert monthly(Money(amount, "usd"), interval, count) == Money(month, "usd")


def test_a_success_rate_is_of_the_tries_that_ended():
    assert success_rate(1, 3).basis_points == 2500
    assert success_rate(0, 0).basis_points is None


def test_the_attempted_rate_is_the_matured_one_under_its_own_formula():
    assert attempted_rate(WB_21).basis_points == matured_rate(WB_21).basis_points
    assert attempted_rate(WB_21).formula != matured_rate(WB_21).formula
