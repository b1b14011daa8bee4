"""Which of two halves is paid more often: an answer that holds however often one looks, and whenever one stops.

For each half, what was seen is weighed against a share p that it might have: the mean of the binomial likelihood over
Jeffreys' prior, divided by the likelihood under p. Under the true p that quotient is a martingale that begins at one,
and so is the product of both halves, which know nothing of each other. It ever reaches 1/ALPHA with a probability of
ALPHA at most (Ville's inequality). Whatever pair of shares has reached it is ruled out, for good: where no pair with B
at or below A is left, B is better.

It holds where the cases of a half are alike, and each is counted once its days are over, paid or not: who counts the
paid ones at once takes the quicker half for the better one.

Sources: J. Ville (1939), Étude critique de la notion de collectif; S. R. Howard, A. Ramdas, J. McAuliffe and J. Sekhon
(2021), Time-uniform, nonparametric, nonasymptotic confidence sequences, Annals of Statistics 49(2), conjugate mixtures;
I. Waudby-Smith and A. Ramdas (2024), Estimating means of bounded random variables by betting, JRSS B 86(1).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from math import ceil, floor, inf, lgamma, log
from typing import Final

from tideover.core.shares.intervals import WHOLE, Interval

ALPHA: Final = 0.05  # how often a verdict may be wrong, over all looks together
MATTERS: Final = 200  # in basis points: a difference of less is none that matters
FEWEST: Final = 20  # cases of each half, before anything is foreseen
FARTHEST: Final = 30  # times as many cases as there are: what is farther off is not foreseen
_ENOUGH: Final = -log(ALPHA)
_PRIOR: Final = 0.5  # Jeffreys: Beta(1/2, 1/2)
_STEPS: Final = 24  # halvings: finer than a basis point


class Half(StrEnum):
    """One of the two: A is what was there before."""

    A = "A"
    B = "B"


@dataclass(frozen=True, slots=True)
class Counted:
    """How many cases of a half are counted, and how many of these were paid in time."""

    cases: float
    paid: float

    @property
    def rate(self) -> float:
        return self.paid / self.cases if self.cases else 0.0

    def times(self, factor: float) -> Counted:
        """As many times as many, with the same share."""
        return Counted(self.cases * factor, self.paid * factor)


class Says(StrEnum):
    """What can be said of A and B."""

    NOT_YET = "not_yet"  # not yet measurable
    A_IS_BETTER = "a_is_better"
    B_IS_BETTER = "b_is_better"
    ALIKE = "alike"  # no difference that matters


@dataclass(frozen=True, slots=True)
class Verdict:
    """What can be said, with where each share and the difference (B less A) lie, in basis points.

    more: about how many more cases it takes, of both halves, if they go on as they are; None where that cannot be told.
    """

    says: Says
    a: Interval
    b: Interval
    difference: Interval
    more: int | None = None


def verdict(a: Counted, b: Counted) -> Verdict:
    """Of what is counted so far."""
    said = says(a, b)
    more = _more(a, b) if said == Says.NOT_YET else None
    return Verdict(said, share(a), share(b), difference(a, b), more)


def says(a: Counted, b: Counted) -> Says:
    """Of what is counted so far, in a word."""
    together = Counted(a.cases + b.cases, a.paid + b.paid).rate  # of like halves none fits better to what was seen
    if _against(a, together) + _against(b, together) >= _ENOUGH:
        return Says.B_IS_BETTER if b.rate > a.rate else Says.A_IS_BETTER
    apart = [_against_difference(a, b, basis_points / WHOLE) for basis_points in (-MATTERS, MATTERS)]
    return Says.ALIKE if min(apart) >= _ENOUGH else Says.NOT_YET


def share(half: Counted) -> Interval:
    """Where the share of a half lies; everything is possible of no cases."""
    low = _edge(half.rate, 0.0, lambda rate: _against(half, rate) < _ENOUGH)
    high = _edge(half.rate, 1.0, lambda rate: _against(half, rate) < _ENOUGH)
    return _in_basis_points(low, high)


def difference(a: Counted, b: Counted) -> Interval:
    """Where the share of B less that of A lies."""
    seen = b.rate - a.rate
    low = _edge(seen, -1.0, lambda apart: _against_difference(a, b, apart) < _ENOUGH)
    high = _edge(seen, 1.0, lambda apart: _against_difference(a, b, apart) < _ENOUGH)
    return _in_basis_points(low, high)


def _more(a: Counted, b: Counted) -> int | None:
    """How many more until something can be said, if the shares stay as they are."""
    if min(a.cases, b.cases) < FEWEST or says(a.times(FARTHEST), b.times(FARTHEST)) == Says.NOT_YET:
        return None
    factor = _edge(1.0, float(FARTHEST), lambda times: says(a.times(times), b.times(times)) == Says.NOT_YET)
    return ceil((factor - 1) * (a.cases + b.cases))


# ── the martingale ──


def _against(half: Counted, rate: float) -> float:
    """The logarithm of what was seen, weighed against this share."""
    missed = half.cases - half.paid
    mixture = _log_beta(half.paid + _PRIOR, missed + _PRIOR) - _log_beta(_PRIOR, _PRIOR)
    return mixture - _times_log(half.paid, rate) - _times_log(missed, 1 - rate)


def _against_difference(a: Counted, b: Counted, apart: float) -> float:
    """The least that speaks against any pair of shares that lie so far apart: it is convex, so its slope finds it."""
    low, high = max(0.0, -apart), min(1.0, 1.0 - apart)

    def falls(rate: float) -> bool:
        there = rate + apart
        gains = _per(a.cases - a.paid, 1 - rate) + _per(b.cases - b.paid, 1 - there)
        return gains < _per(a.paid, rate) + _per(b.paid, there)

    rate = _edge(low, high, falls)
    return _against(a, rate) + _against(b, min(max(rate + apart, 0.0), 1.0))


def _log_beta(x: float, y: float) -> float:
    return lgamma(x) + lgamma(y) - lgamma(x + y)


def _times_log(times: float, share: float) -> float:
    """The logarithm, so many times; of no times nothing."""
    if times <= 0:
        return 0.0
    return times * log(share) if share > 0 else -inf


def _per(times: float, share: float) -> float:
    if times <= 0:
        return 0.0
    return times / share if share > 0 else inf


def _edge(here: float, there: float, holds: Callable[[float], bool]) -> float:
    """How far from `here` towards `there` it holds: all the way, or up to where it stops."""
    if holds(there):
        return there
    for _ in range(_STEPS):
        middle = (here + there) / 2
        here, there = (middle, there) if holds(middle) else (here, middle)
    return there


def _in_basis_points(low: float, high: float) -> Interval:
    """Outwards, as what lies between is not ruled out."""
    return Interval(max(floor(low * WHOLE), -WHOLE), min(ceil(high * WHOLE), WHOLE))
