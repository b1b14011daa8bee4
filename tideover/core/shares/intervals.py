"""How sure a share is, and a difference of two shares of the same cases: 95 % intervals, in basis points.

Sources: E. B. Wilson (1927), Probable inference, the law of succession, and statistical inference; R. G. Newcombe
(1998), Improved confidence intervals for the difference between binomial proportions based on paired data, method 10
without its continuity correction.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import Final

Z: Final = 1.959964  # of the normal distribution, for 95 %
WHOLE: Final = 10_000


@dataclass(frozen=True, slots=True)
class Interval:
    """From `low` to `high`, in basis points."""

    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Pairs:
    """The same cases in two worlds, counted by where they ended well."""

    both: int
    first_only: int
    second_only: int
    neither: int

    @property
    def of(self) -> int:
        """All of them."""
        return self.both + self.first_only + self.second_only + self.neither

    @property
    def difference(self) -> int:
        """First less second, in basis points; 0 of none."""
        return round((self.first_only - self.second_only) * WHOLE / self.of) if self.of else 0


def share(part: int, of: int) -> Interval:
    """Wilson's interval of `part` among `of`; everything is possible of none."""
    low, high = _wilson(part, of)
    return Interval(round(low * WHOLE), round(high * WHOLE))


def difference(pairs: Pairs) -> Interval:
    """Newcombe's interval of first less second."""
    if not pairs.of:
        return Interval(-WHOLE, WHOLE)
    first, second = pairs.both + pairs.first_only, pairs.both + pairs.second_only
    here, there = first / pairs.of, second / pairs.of
    (low_1, high_1), (low_2, high_2) = _wilson(first, pairs.of), _wilson(second, pairs.of)
    tied = _correlation(pairs)
    below, above = here - low_1, high_1 - here
    below_2, above_2 = there - low_2, high_2 - there
    down = sqrt(max(0.0, below**2 - 2 * tied * below * above_2 + above_2**2))
    up = sqrt(max(0.0, above**2 - 2 * tied * above * below_2 + below_2**2))
    return Interval(round((here - there - down) * WHOLE), round((here - there + up) * WHOLE))


def _wilson(part: int, of: int) -> tuple[float, float]:
    if not of:
        return 0.0, 1.0
    rate, weight = part / of, Z * Z / of
    middle = (rate + weight / 2) / (1 + weight)
    half = sqrt(rate * (1 - rate) * weight + weight * weight / 4) / (1 + weight)
    return max(0.0, middle - half), min(1.0, middle + half)


def _correlation(pairs: Pairs) -> float:
    """How much the two worlds go together, from -1 to 1; 0 where one of them has but one outcome."""
    first, second = pairs.both + pairs.first_only, pairs.both + pairs.second_only
    rest = first * (pairs.of - first) * second * (pairs.of - second)
    return (pairs.both * pairs.neither - pairs.first_only * pairs.second_only) / sqrt(rest) if rest else 0.0
