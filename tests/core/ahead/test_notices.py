"""When a renewal or the end of a trial is told of, what laws say to that, and why it is not told."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tideover.core.ahead.kinds import KINDS, NOTICES, Ahead
from tideover.core.ahead.law import LAWS, MARGIN, MOST_DAYS, Before, is_outside, law_for, moved_into
from tideover.core.ahead.notices import Plan, Wish, timing, why_unneeded
from tideover.core.ahead.predunning import Unneeded
from tideover.core.catalogue import TEMPLATES

AT = datetime(2027, 3, 31, 12, tzinfo=UTC)
WISH = Wish(30, by_law=True, every=False)
YEARLY = Plan("active", AT, AT - timedelta(days=365), ends=False, rests=False, months=12)
DAYS = st.dates(date(2024, 1, 1), date(2032, 12, 31))


def test_each_kind_is_known_with_the_message_that_tells_of_it():
    assert set(KINDS) == set(Ahead)
    assert all(TEMPLATES[about.template].ahead for about in KINDS.values())
    assert all(TEMPLATES[KINDS[kind].template].tells_how_to_cancel for kind in NOTICES)


@pytest.mark.parametrize(
    ("before", "day"),
    [
        (Before(months=1), date(2027, 2, 28)),
        (Before(months=3), date(2026, 12, 31)),
        (Before(days=15), date(2027, 3, 16)),
    ],
)
def test_a_month_before_the_last_of_a_month_is_its_last_too(before, day):
    assert before.of(date(2027, 3, 31)) == day


def test_a_yearly_plan_in_france_is_told_of_between_three_months_and_one_before():
    law = law_for(Ahead.RENEWAL, "FR", "", 12)
    assert law is not None
    assert law.window(date(2027, 3, 31)) == (date(2026, 12, 31), date(2027, 2, 28))
    assert is_outside(law, date(2027, 3, 31), 30)
    assert not is_outside(law, date(2027, 3, 31), 31)


def test_a_monthly_plan_has_no_window_and_neither_has_a_country_of_which_none_is_known():
    assert law_for(Ahead.RENEWAL, "FR", "", 1) is None
    assert law_for(Ahead.RENEWAL, "NO", "", 12) is None
    assert law_for(Ahead.RENEWAL, "US", "OR", 12) is None
    assert law_for(Ahead.RENEWAL, "us", "ca", 12) is not None


@given(st.sampled_from(LAWS), DAYS, st.integers(2, 90))
def test_days_that_are_moved_by_a_law_lie_in_its_window_clear_of_its_end(law, on, days):
    moved = moved_into(law, on, days)
    first, last = law.window(on)
    assert not is_outside(law, on, moved)
    assert (last - (on - timedelta(days=moved))).days >= min(MARGIN, (last - first).days)
    assert moved <= MOST_DAYS


@given(st.sampled_from(LAWS), DAYS, st.integers(2, 90))
def test_days_that_are_well_within_it_stay_as_they_were_chosen(law, on, days):
    first, last = law.window(on)
    if first <= on - timedelta(days=days) <= last - timedelta(days=MARGIN):
        assert moved_into(law, on, days) == days


def test_by_law_moves_the_day_and_as_chosen_it_stays_and_is_said_to_be_outside():
    on = AT.date()
    assert timing(Ahead.RENEWAL, YEARLY, on, ("FR", ""), WISH).days == 38
    chosen = timing(Ahead.RENEWAL, YEARLY, on, ("FR", ""), Wish(30, by_law=False, every=False))
    assert (chosen.days, chosen.is_outside(on, on - timedelta(days=30))) == (30, True)
    assert timing(Ahead.RENEWAL, YEARLY, on, ("DE", ""), WISH) == timing(Ahead.RENEWAL, YEARLY, on, ("", ""), WISH)


def test_a_trial_of_a_month_in_california_is_told_of_in_its_window_and_a_short_one_as_chosen():
    wish = Wish(28, by_law=True, every=False)
    long = Plan("trialing", AT, AT - timedelta(days=31), ends=False, rests=False, months=1)
    short = Plan("trialing", AT, AT - timedelta(days=14), ends=False, rests=False, months=1)
    assert timing(Ahead.TRIAL, long, AT.date(), ("US", "CA"), wish).days == 21
    assert timing(Ahead.TRIAL, short, AT.date(), ("US", "CA"), wish).days == 28


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"ends": True}, Unneeded.CANCELED),
        ({"rests": True}, Unneeded.RESTS),
        ({"at": AT + timedelta(days=365)}, Unneeded.MOVED),
        ({"status": "canceled"}, Unneeded.ENDED),
        ({"months": 1}, Unneeded.OFTEN),
        ({"months": 0}, Unneeded.OFTEN),
        ({"months": None}, None),
        ({}, None),
    ],
)
def test_what_does_not_renew_then_is_not_told_of(change, why):
    values = {name: getattr(YEARLY, name) for name in Plan.__dataclass_fields__} | change
    assert why_unneeded(Ahead.RENEWAL, Plan(**values), AT, WISH) == why
