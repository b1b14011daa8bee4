"""The payment plans of a case in the merchant's words: what was agreed, which parts came, what is still to come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from tideover.core.money import Money
from tideover.recovery.known import Known, known_of
from tideover.recovery.models import Case, Instalment, Plan
from tideover.recovery.plans.rows import BY_CUSTOMER
from tideover.recovery.plans.standing import agreed, parts_of
from tideover.recovery.test_clocks.rows import now_by

STATES: Final = {
    Plan.State.STANDS: "It stands",
    Plan.State.KEPT: "Kept",
    Plan.State.BROKEN: "Broken",
    Plan.State.ENDED: "Ended",
}
GIVEN_UP: Final = {Plan.State.BROKEN, Plan.State.ENDED}


@dataclass(frozen=True, slots=True)
class PartShown:
    """A part. amount: what came of it; before that what will be charged; else what was agreed. state: in a word."""

    number: int
    due_at: datetime
    amount: Money
    state: str  # paid | late | to come | not needed | not paid
    paid_at: datetime | None


@dataclass(frozen=True, slots=True)
class PlanShown:
    """A plan. left: what is still to come of it; why_ended: a clause, empty while it stands."""

    number: int
    state: str
    stands: bool
    total: Money
    left: Money
    agreed_at: datetime
    agreed_by: str
    ended_at: datetime | None
    why_ended: str
    parts: Sequence[PartShown]

    @property
    def paid(self) -> int:
        """How many parts came."""
        return sum(part.state == "paid" for part in self.parts)


def plans_shown(case: Case, now: datetime) -> list[PlanShown]:
    """Every plan of a case, the newest first."""
    if not case.in_parts:
        return []
    now = now_by(case.clock, now)
    [known] = known_of([case], now)
    return [_shown(plan, known, now) for plan in reversed(known.plans)]


def _shown(plan: Plan, known: Known, now: datetime) -> PlanShown:
    stands, terms = plan.state == Plan.State.STANDS, agreed([plan])
    open_ = {part.number: part.amount for part in terms.still_open(known.case.owed.minor)} if terms else {}
    return PlanShown(
        number=plan.number,
        state=STATES[Plan.State(plan.state)],
        stands=stands,
        total=Money(plan.total, plan.currency),
        left=Money(sum(open_.values()), plan.currency),
        agreed_at=plan.agreed_at,
        agreed_by="the customer" if plan.agreed_by == BY_CUSTOMER else plan.agreed_by,
        ended_at=plan.ended_at,
        why_ended=plan.why_ended,
        parts=[_part(part, plan, open_.get(part.number, 0), now) for part in parts_of(plan)],
    )


def _part(part: Instalment, plan: Plan, open_: int, now: datetime) -> PartShown:
    if part.paid_at:
        amount, state = part.paid, "paid"
    elif plan.state == Plan.State.STANDS and open_:
        amount, state = open_, "late" if part.due_at < now else "to come"
    else:
        amount, state = part.amount, "not paid" if plan.state in GIVEN_UP else "not needed"
    return PartShown(part.number, part.due_at, Money(amount, plan.currency), state, part.paid_at)
