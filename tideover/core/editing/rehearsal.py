"""What rules would do with a payment that fails now: one case lived through with the planner itself, step by step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from tideover.core.case import State
from tideover.core.charging import PassedOver, slots_passed_over
from tideover.core.choices import Rules
from tideover.core.declines import CODES, Decline, Family
from tideover.core.money import Money
from tideover.core.networks import Attempt, By
from tideover.core.outcomes import Tried, Word
from tideover.core.planner import plan
from tideover.core.situation import DoneStep, Planned, Situation
from tideover.core.steps import CHARGES, Do
from tideover.core.timing import day_after, local_day

_BRAND: Final = "visa"
_CARD: Final = "the card of the rehearsal"
_MOST_STEPS: Final = 100  # far more than any rules have


class Kind(StrEnum):
    """What a mark tells of."""

    FAILED = "failed"
    DUE = "due"  # an invoice that nobody charges
    STRIPE = "stripe"
    CHARGE = "charge"
    MESSAGE = "message"
    PASSED = "passed"  # an instant of the strategy at which nothing is charged
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class Mark:
    """What falls on a day. number: of a try, counted over everybody's since the failure. step: of ours."""

    day: int
    at: datetime
    kind: Kind
    why: str = ""
    number: int = 0
    step: Planned | None = None


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
    begins = Kind.DUE if situation.is_overdue else Kind.FAILED
    marks = [_mark(situation, situation.opened_at, begins), *_lived(situation, rules, stripes_days)]
    number, counted = 0, list[Mark]()
    for mark in sorted(marks, key=lambda mark: mark.at):
        number += mark.kind in {Kind.STRIPE, Kind.CHARGE}
        counted.append(replace(mark, number=number) if mark.kind in {Kind.STRIPE, Kind.CHARGE} else mark)
    return tuple(counted)


def _lived(situation: Situation, rules: Rules, stripes_days: Sequence[int]) -> Iterator[Mark]:
    theirs = [] if situation.is_overdue else _stripes(situation, rules, stripes_days)
    now = situation.opened_at
    for _ in range(_MOST_STEPS):
        situation = replace(situation, stripe_next_attempt_at=theirs[0] if theirs else None)
        steps = plan(situation, rules, None, now)
        if not steps:
            return
        step = steps[0]
        is_theirs = bool(theirs) and theirs[0] <= step.at
        at = theirs.pop(0) if is_theirs else step.at
        yield from _passed(situation, rules, now, at)
        if is_theirs:
            yield _mark(situation, at, Kind.STRIPE)
            situation = _tried(situation, at, By.STRIPE)
        else:
            yield replace(_mark(situation, at, _kind(step)), why=step.why, step=step)
            situation = _done(situation, step)
        now = at


def _stripes(situation: Situation, rules: Rules, days: Sequence[int]) -> list[datetime]:
    """When Stripe tries by itself: never where we take over, which we do as soon as it has failed."""
    if rules.takes_over and situation.may_charge:
        return []
    return [day_after(situation.opened_at, day, situation.zone) for day in days]


def _passed(situation: Situation, rules: Rules, now: datetime, until: datetime) -> Iterator[Mark]:
    """The instants that go by until the next step without a charge, as it is known by then."""
    for passed in slots_passed_over(situation, rules, now):
        if now < passed.slot.at <= until:
            yield replace(_mark(situation, passed.slot.at, Kind.PASSED), why=_sentence(passed))


def _sentence(passed: PassedOver) -> str:
    return f"{passed.slot.name[0].upper()}{passed.slot.name[1:]} is passed over: {passed.why}"


def _kind(step: Planned) -> Kind:
    return Kind.CHARGE if step.do in CHARGES else Kind.CLOSE if step.do == Do.CLOSE else Kind.MESSAGE


def _mark(situation: Situation, at: datetime, kind: Kind) -> Mark:
    first = local_day(situation.opened_at, situation.zone)
    return Mark((local_day(at, situation.zone) - first).days, at, kind)


def _tried(situation: Situation, at: datetime, by: By) -> Situation:
    attempt = Attempt(at, by, situation.amount, Tried.DECLINED, situation.decline, _CARD, _BRAND)
    return replace(situation, attempts=(*situation.attempts, attempt))


def _done(situation: Situation, step: Planned) -> Situation:
    """The case once the step was executed and brought no money."""
    if step.do == Do.CLOSE:
        return replace(situation, state=State.ABANDONED)
    word = Word.DECLINED if step.do in CHARGES else Word.SENT
    done = DoneStep(step.step, step.do, step.at, str(word), step.template, step.tone)
    after = replace(situation, done=(*situation.done, done))
    return _tried(after, step.at, By.US) if step.do in CHARGES else after
