"""What a message about a payment plan may say of it, from what is known at this moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from tideover.core.money import Money
from tideover.core.steps import InPart, OfPart, PartTold, PlanOffered, read
from tideover.core.timing import local_day
from tideover.core.ways import plans
from tideover.core.ways.plans import Part
from tideover.messages.wording import InParts
from tideover.recovery.known import Known
from tideover.recovery.models import Action
from tideover.recovery.places import zone
from tideover.recovery.plans.standing import agreed, parts_of, standing
from tideover.tenants.terms import terms_of


def parts_told(action: Action, known: Known, now: datetime) -> InParts | None:
    """The plan that the step is about, or the one that is offered; None where the message tells of none."""
    step = read(action.step)
    if isinstance(step, PlanOffered):
        most = terms_of(known.case.project).most
        smallest = plans.split(known.case.owed, most)[-1]
        return InParts(0, most, Money(smallest, known.case.currency))
    return _of_part(step, known, now) if isinstance(step, PartTold) else None


def _of_part(step: PartTold, known: Known, now: datetime) -> InParts | None:
    plan, terms = standing(known.plans), agreed(known.plans)
    if plan is None or terms is None or plan.number != step.plan:
        return None
    open_ = terms.still_open(known.case.owed.minor)
    if step.what == OfPart.PAID:
        paid = next(part for part in parts_of(plan) if part.number == step.part)
        return replace(_following(open_, known), number=step.part, count=plan.count, amount=_money(paid.paid, known))
    mine = next((part for part in open_ if part.number == step.part), None)
    if mine is None:
        return None
    left = sum(part.amount for part in open_ if part.number > step.part)
    day = _day(mine.due_at, known) if step.what == OfPart.DUE else _next_try(step, known, now)
    return InParts(step.part, plan.count, _money(mine.amount, known), day, None, _money(left, known))


def _following(open_: Sequence[Part], known: Known) -> InParts:
    """The next part, and what is still to come in all."""
    left = _money(sum(part.amount for part in open_), known)
    if not open_:
        return InParts(0, 0, left, left=left)
    return InParts(0, 0, left, _day(open_[0].due_at, known), _money(open_[0].amount, known), left)


def _money(minor: int, known: Known) -> Money:
    return Money(minor, known.case.currency)


def _next_try(step: PartTold, known: Known, now: datetime) -> date | None:
    """The day on which a missed part is asked for again."""
    planned = [action for action in known.actions if action.state == Action.State.PLANNED and action.due_at > now]
    for action in sorted(planned, key=lambda action: action.due_at):
        charge = read(action.step)
        if isinstance(charge, InPart) and charge.part == step.part:
            return _day(action.due_at, known)
    return None


def _day(at: datetime, known: Known) -> date:
    return local_day(at, zone(known.case.time_zone))
