"""What rules would do with a payment that fails now: one case lived through with the planner itself, step by step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from tideover.core.case import State
from tideover.core.choices import Rules
from tideover.core.declines import CODES, Decline, Family
from tideover.core.editing.lives import Kind, Life, Mark, Story, in_order, live_together
from tideover.core.money import Money
from tideover.core.networks import Attempt, By
from tideover.core.outcomes import Tried
from tideover.core.situation import Situation
from tideover.core.timing import day_after

__all__ = ["Kind", "Mark", "failed_now", "rehearse"]

_BRAND: Final = "visa"
_CARD: Final = "the card of the rehearsal"


def failed_now(family: Family, zone: ZoneInfo, now: datetime, *, may_charge: bool = True) -> Situation:
    """A renewal of 99 on a Visa card that fails at this moment, for this reason; or an invoice of 99 that is due."""
    code = next((code for code, kind in CODES.items() if kind == family), None)
    decline = Decline(code, brand=_BRAND, blocked=family == Family.BLOCKED)
    amount = Money(9900, "usd")
    if family == Family.OVERDUE:
        return Situation(now, amount, State.FAILING, zone, family, may_charge=may_charge, has_method=False)
    first = Attempt(now, By.STRIPE, amount, Tried.DECLINED, decline, _CARD, _BRAND)
    return Situation(
        now, amount, State.FAILING, zone, family, decline, _BRAND, _CARD, attempts=(first,), may_charge=may_charge
    )


def rehearse(situation: Situation, rules: Rules, stripes_days: Sequence[int]) -> tuple[Mark, ...]:
    """Everything that would happen if nobody pays, in order. stripes_days: after the failure, when Stripe tries."""
    life = Life(situation, rules, Story(tuple(_stripes(situation, rules, stripes_days))))
    live_together([life])
    return in_order(life.marks)


def _stripes(situation: Situation, rules: Rules, days: Sequence[int]) -> Iterator[Attempt]:
    """Stripe's own tries: none where we take over, which we do as soon as it has failed, or nothing is charged."""
    if situation.is_overdue or (rules.takes_over and situation.may_charge):
        return
    told = situation.decline, situation.fingerprint, situation.brand
    for day in days:
        at = day_after(situation.opened_at, day, situation.zone)
        yield Attempt(at, By.STRIPE, situation.amount, Tried.DECLINED, *told)
