"""Access as a contract: what a customer has of what they pay for, until when that was promised, and why. Pure.

The day is fixed when the payment fails: tries do not extend it, and nothing moves it nearer. A promise to pay that lies
later moves it there. Money restores all at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from tideover.core.case import State
from tideover.core.catalogue import Consequence
from tideover.core.choices import Rules
from tideover.core.timing import DAY, local_day


class Standing(StrEnum):
    """What a customer has, the most first."""

    FULL = "full"
    WARNED = "warned"  # all of it, and the day on which that ends is announced
    LIMITED = "limited"
    ENDED = "ended"


ORDER: Final = tuple(Standing)
# What a customer has from the promised day on, by what the merchant says will follow.
FOLLOWS: Final[Mapping[Consequence, Standing]] = {
    Consequence.NONE: Standing.FULL,
    Consequence.PAUSED: Standing.LIMITED,
    Consequence.SUSPENDED: Standing.LIMITED,
    Consequence.CANCELED: Standing.ENDED,
}


@dataclass(frozen=True, slots=True)
class Debt:
    """One failed invoice of the customer: where it stands, and the day until which access was promised, if any.

    until: the first day without all of it, by the customer's calendar. then: what they have from that day on. promised:
    a promise to pay stands; as long as it does nothing is taken away. in_parts: the same of a payment plan.
    """

    state: State
    opened_at: datetime
    zone: ZoneInfo
    until: date | None = None
    then: Standing = Standing.FULL
    promised: bool = False
    in_parts: bool = False


@dataclass(frozen=True, slots=True)
class Access:
    """What the customer has, the day it ends or ended, and why, in a sentence."""

    standing: Standing
    until: date | None
    why: str


def promised_until(opened_at: datetime, rules: Rules, zone: ZoneInfo) -> date | None:
    """The day that is promised as the payment fails; None where the merchant announces no loss."""
    if rules.consequence == Consequence.NONE or rules.consequence_day is None:
        return None
    return local_day(opened_at, zone) + rules.consequence_day * DAY


def later(until: date, promised_on: date) -> date:
    """The later of both: who promised to pay on a day keeps access until then."""
    return max(until, promised_on)


def access_of(debts: Iterable[Debt], now: datetime) -> Access:
    """By all that failed: the debt that leaves the least decides, and of those the first that is open."""
    told = [_by(debt, now) for debt in sorted(debts, key=lambda debt: debt.opened_at)]
    return max(told, key=lambda each: (ORDER.index(each.standing), each != UNTROUBLED), default=UNTROUBLED)


UNTROUBLED: Final = Access(Standing.FULL, None, "Nothing is open that access depends on.")


def _by(debt: Debt, now: datetime) -> Access:
    if debt.state == State.CHURNED:
        return Access(Standing.ENDED, None, "The subscription has ended.")
    if debt.state not in {State.FAILING, State.ABANDONED}:
        return UNTROUBLED
    if debt.in_parts:
        return Access(Standing.FULL, None, "A payment is made in parts. Access is kept in full while each part comes.")
    if debt.until is None:
        return Access(Standing.FULL, None, "A payment is open, and no loss of access was announced.")
    if debt.promised or local_day(now, debt.zone) < debt.until:
        return Access(Standing.WARNED, debt.until, "A payment is open. Access is kept in full until the promised day.")
    return Access(debt.then, debt.until, "A payment is open, and the promised day has come.")
