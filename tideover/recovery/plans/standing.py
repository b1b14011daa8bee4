"""The plan of a case as the planner sees it, and what becomes of its rows with what is learnt. Decides nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef

from tideover.core.case import State
from tideover.core.outcomes import Tried
from tideover.core.steps import InPart, read
from tideover.core.ways.plans import Agreed, Part
from tideover.recovery.models import Action, Attempt, Case, Instalment, Plan


def plans_of(cases: Sequence[Case]) -> Mapping[UUID, list[Plan]]:
    """Every plan of each, oldest first, its parts along with it; no query where there is none."""
    found = defaultdict[UUID, list[Plan]](list)
    mine = [case.pk for case in cases if case.in_parts]
    if mine:
        plans = Plan.objects.filter(case_id__in=mine).order_by("number").prefetch_related("parts")
        for plan in plans:
            found[plan.case_id].append(plan)
    return found


def standing(plans: Sequence[Plan]) -> Plan | None:
    """The plan that stands."""
    return next((plan for plan in plans if plan.state == Plan.State.STANDS), None)


def has_a_plan() -> Exists:
    """Whether a plan stands, as a condition on a case that is read."""
    return Exists(Plan.objects.filter(case_id=OuterRef("pk"), state=Plan.State.STANDS))


def parts_of(plan: Plan) -> list[Instalment]:
    """Its parts, in order."""
    return sorted(plan.parts.all(), key=lambda part: part.number)


def agreed(plans: Sequence[Plan]) -> Agreed | None:
    """The plan that stands, for the planner."""
    plan = standing(plans)
    if plan is None:
        return None
    parts = tuple(Part(part.number, part.due_at, part.amount, part.paid_at is not None) for part in parts_of(plan))
    return Agreed(plan.number, parts)


def rested(plans: Sequence[Plan]) -> timedelta:
    """For how long plans stood that stand no more: so long nobody was dunned."""
    return sum((plan.ended_at - plan.agreed_at for plan in plans if plan.ended_at), timedelta())


def mark_paid(plan: Plan, actions: Sequence[Action], attempts: Sequence[Attempt]) -> None:
    """Write down which parts came: each by the first charge for it that went through."""
    steps = {action.pk: read(action.step) for action in actions}
    open_ = {part.number: part for part in parts_of(plan) if part.paid_at is None}
    for attempt in attempts:
        step = steps.get(attempt.action_id) if attempt.action_id and attempt.outcome == Tried.PAID else None
        part = open_.pop(step.part, None) if isinstance(step, InPart) and step.plan == plan.number else None
        if part is not None:
            part.paid_at, part.charge_id = attempt.at, attempt.action_id
            part.paid = min(attempt.amount, part.amount)
            part.save(update_fields=["paid_at", "charge", "paid"])


def end(plan: Plan, state: Plan.State, why: str, now: datetime) -> None:
    """It stands no more."""
    plan.state, plan.ended_at, plan.why_ended = state, now, why[:200]
    plan.save(update_fields=["state", "ended_at", "why_ended"])


def end_with_case(plan: Plan, case: Case, now: datetime) -> None:
    """The case has ended, and its plan with it."""
    if case.state == State.RECOVERED:
        end(plan, Plan.State.KEPT, "everything is paid", now)
    else:
        end(plan, Plan.State.ENDED, f"the case ended: {case.state}", now)
