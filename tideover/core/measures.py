"""The figures we publish, each defined once, with its formula in words. Whole numbers and decimals, never floats."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from typing import Final

from tideover.core.case import State
from tideover.core.money import Money

_ENDED: Final = (State.RECOVERED, State.ABANDONED, State.CHURNED)
_ALL: Final = (*_ENDED, State.FAILING)

# No credit note, no balance, no payment from before the failure: core.proceeds tells what came and what went back.
RECOVERED: Final = "what came after the failure, less what went back since, on the day its case ended"
# Canceled cases (voided, written off, stopped by hand) are in neither: nobody tried to the end.
MATURED: Final = "recovered / (recovered + abandoned + churned)"
LOST: Final = "abandoned + churned: what had failed in the cases that ended, and did not come"
OF_ALL: Final = "recovered / (recovered + abandoned + churned + failing)"
MEDIAN: Final = "half of the recovered took less from the first failure to the payment"
SUCCESS: Final = "tries that were paid / tries that were paid or declined"
# Named as Baremetrics names its benchmark, for whoever compares: what nobody tried to recover is in neither part.
ATTEMPTED: Final = "recovered / (recovered + abandoned + churned), of the cases in which we charged or wrote"
# No charge failed, so they are in no other figure.
CHASED: Final = "invoices sent to be paid by hand, from their due date on; in none of the other figures"
# A month of an invoice is what its subscription's lines charge, less discounts, without taxes, prorations and usage,
# brought to one month of the billing period (`monthly`): a yearly plan counts a twelfth.
MRR_AT_RISK: Final = "a month of each subscription that has an open case, each subscription once"
MRR_RECOVERED: Final = "a month of each invoice that was recovered, on the day its case ended"
WON_BACK: Final = "a month of each subscription that began by the link of a win-back letter, on the day it began"
# Letters of 90 days. By its link, never because of it: who would have come anyway, nobody knows.
BACK_BY: Final = "letters by whose link somebody subscribed again / letters that left"
# What opens and clicks is often a machine (core.signals). Of people there are at least as many as are known.
DELIVERED: Final = "messages the server accepted and that did not come back / messages that left"
OPENED: Final = "messages that a person is known to have opened / messages delivered"
CLICKED: Final = "messages whose link a person is known to have followed / messages delivered"
PAID_AFTER: Final = "messages whose invoice was paid after them, within the days chosen / messages that left"


@dataclass(frozen=True, slots=True)
class Rate:
    """A share in basis points (10000 is everything); None where there is nothing to divide by."""

    basis_points: int | None
    formula: str

    @property
    def percent(self) -> Decimal | None:
        """As people read it: Decimal("69.2") for 6923 basis points."""
        if self.basis_points is None:
            return None
        return (Decimal(self.basis_points) / 100).quantize(Decimal("0.1"), ROUND_HALF_EVEN)


def matured_rate(by_state: Mapping[State, int]) -> Rate:
    """Recovered among the cases that have ended, by count, or by money in minor units of one currency: what came and
    stayed, of what had failed.

    New failures do not move it until they end, so it can be compared between months.
    """
    return Rate(_share(by_state, _ENDED), MATURED)


def recovery_rate(by_state: Mapping[State, int]) -> Rate:
    """Recovered among all cases, open ones too: it sags with every new failure. By count or by minor units."""
    return Rate(_share(by_state, _ALL), OF_ALL)


def success_rate(paid: int, failed: int) -> Rate:
    """How many of the tries that ended were paid. A debit under way is in neither; one that came back has failed."""
    return Rate(_share({State.RECOVERED: paid, State.ABANDONED: failed}, _ENDED), SUCCESS)


def attempted_rate(by_state: Mapping[State, int]) -> Rate:
    """The matured rate of the cases in which something was tried: by minor units of one currency."""
    return Rate(_share(by_state, _ENDED), ATTEMPTED)


def part_of(part: int, whole: int) -> int | None:
    """A share of a count in basis points; None where there is nothing to divide by."""
    return round(Fraction(part * 10_000, whole)) if whole else None


def back_rate(back: int, sent: int) -> Rate:
    """Who came back by a letter, of those that left."""
    return Rate(round(Fraction(back * 10_000, sent)) if sent else None, BACK_BY)


def _share(by_state: Mapping[State, int], states: Sequence[State]) -> int | None:
    whole = sum(by_state.get(state, 0) for state in states)
    return round(Fraction(by_state.get(State.RECOVERED, 0) * 10_000, whole)) if whole else None


def median_days(tenths: Mapping[int, int]) -> Decimal | None:
    """The median time to recovery in days, from how many took how many tenths of a day; None where nobody did."""
    known = sum(tenths.values())
    if known <= 0:
        return None
    low, high = (_place(tenths, place) for place in ((known - 1) // 2, known // 2))
    return Decimal(round(Fraction(low + high, 2))).scaleb(-1)


def _place(tenths: Mapping[int, int], place: int) -> int:
    """The value at a place, counted from nothing, if all stood in a row."""
    for value in sorted(tenths):
        place -= tenths[value]
        if place < 0:
            return value
    return max(tenths)


# How many of each billing interval make a month: twelve months, 365.25 days and 52.18 weeks make a year.
_PER_MONTH: Final[Mapping[str, Fraction]] = {
    "day": Fraction(1461, 48),
    "week": Fraction(1461, 336),
    "month": Fraction(1),
    "year": Fraction(1, 12),
}


INTERVALS: Final = frozenset(_PER_MONTH)


def monthly(amount: Money, interval: str, count: int = 1) -> Money:
    """What an amount per `count` intervals (Stripe's day, week, month, year) is per month, rounded half to even."""
    return Money(round(amount.minor * _PER_MONTH[interval] / count), amount.currency)
