"""What the door to paying in parts shows: each plan that may be chosen, and the one that stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tideover.core.money import Money
from tideover.core.timing import local_day
from tideover.customer.doors.owing import Owing
from tideover.messages.languages import Language
from tideover.recovery.models import Case
from tideover.recovery.places import zone
from tideover.recovery.plans.offering import Choice, choices
from tideover.recovery.telling.plans import PlanShown, plans_shown


@dataclass(frozen=True, slots=True)
class Row:
    """A part, in the payer's language."""

    day: str
    amount: str
    paid: bool = False


@dataclass(frozen=True, slots=True)
class Offered:
    """A plan that may be chosen. said: how many parts it has, in words."""

    count: int
    said: str
    each: str
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True)
class PlanTold:
    """The plan that stands. begun: its first part came. late: a later one should have come by now."""

    rows: Sequence[Row]
    left: str
    begun: bool
    late: bool


def facts(owing: Owing) -> Mapping[str, Any]:
    """The plans that may be chosen, the middle one first thought of, and the amount they are over."""
    offered = [_offered(each, owing) for each in choices(owing.case, owing.now)]
    chosen = offered[len(offered) // 2].count if offered else 0
    return {
        "offered": offered,
        "chosen": chosen,
        "owed": owing.case.owed.minor,
        "total": owing.language.amount(owing.case.owed),
        "alone": _alone(owing),
    }


def _alone(owing: Owing) -> str:
    """Of several that can be paid at once, which one the plan is of; empty where there is no other."""
    if len(owing.chosen) == 1:
        return ""
    return owing.language.say("page", "plan_alone", number=owing.case.invoice_number)


def _offered(choice: Choice, owing: Owing) -> Offered:
    language, currency = owing.language, choice.owed.currency
    rows = [
        Row(_day(part.due_at, owing.case, language), language.amount(Money(part.amount, currency)))
        for part in choice.parts
    ]
    said = language.say("page", "plan_parts", count=choice.count)
    return Offered(choice.count, said, rows[-1].amount, rows)


def standing_of(case: Case, language: Language, now: datetime) -> PlanTold | None:
    """The plan that stands; None where none does."""
    plan = next((each for each in plans_shown(case, now) if each.stands), None)
    if plan is None:
        return None
    begun, late = plan.paid > 0, any(part.state == "late" for part in plan.parts)
    return PlanTold(_rows(plan, case, language), language.amount(plan.left), begun=begun, late=begun and late)


def _rows(plan: PlanShown, case: Case, language: Language) -> list[Row]:
    needed = [part for part in plan.parts if part.state != "not needed"]
    return [
        Row(_day(part.paid_at or part.due_at, case, language), language.amount(part.amount), part.paid_at is not None)
        for part in needed
    ]


def _day(at: datetime, case: Case, language: Language) -> str:
    return language.day(local_day(at, zone(case.time_zone)), "full")
