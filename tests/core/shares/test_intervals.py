"""How sure a share and a difference are: published examples, and what must hold of any."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tideover.core.shares.intervals import Interval, Pairs, difference, share

COUNTS = st.integers(0, 400)
PAIRS = st.builds(Pairs, COUNTS, COUNTS, COUNTS, COUNTS)


def test_wilsons_interval_of_a_share():
    assert share(81, 263) == Interval(2553, 3662)  # R. G. Newcombe (1998), Two-sided confidence intervals, table I
    assert share(0, 20) == Interval(0, 1611)


def test_newcombes_interval_of_a_paired_difference():
    pairs = Pairs(both=36, first_only=12, second_only=2, neither=0)  # his table II, method 10
    assert pairs.difference == 2000
    assert difference(pairs) == Interval(569, 3404)


def test_of_no_cases_everything_is_possible():
    nothing = Pairs(0, 0, 0, 0)
    assert (share(0, 0), difference(nothing), nothing.difference) == (Interval(0, 10_000), Interval(-10_000, 10_000), 0)


@given(pairs=PAIRS)
def test_the_interval_holds_the_difference_and_is_the_same_seen_from_the_other_side(pairs):
    here = difference(pairs)
    there = difference(Pairs(pairs.both, pairs.second_only, pairs.first_only, pairs.neither))
    assert -10_000 <= here.low <= pairs.difference <= here.high <= 10_000
    assert abs(here.low + there.high) <= 1  # rounding
    assert abs(here.high + there.low) <= 1


@given(part=COUNTS, rest=COUNTS)
def test_more_of_the_same_makes_surer(part, rest):
    few, many = share(part, part + rest), share(part * 10, (part + rest) * 10)
    assert many.high - many.low <= few.high - few.low
