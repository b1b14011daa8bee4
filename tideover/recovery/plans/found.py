"""Parts that were charged though our rows do not know it: whatever was done after a backup that was put back.

Each part's payment bears its name at Stripe (payments.parts), so that it is not asked for again, whatever is forgotten
here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from tideover.core.outcomes import Word
from tideover.core.situation import Planned
from tideover.core.steps import Do, InPart, read
from tideover.gateways.answers import ChargeRead
from tideover.recovery.attribution import PART
from tideover.recovery.known import Known
from tideover.recovery.models import Action, Plan
from tideover.recovery.planning import row_of
from tideover.recovery.plans.standing import parts_of, standing

CHARGED_ALREADY: Final = "it was charged already, as its payment at Stripe tells"


def name_of(plan: Plan, number: int) -> str:
    """What the payment of a part is called at Stripe. No plan that is agreed after a restore has the id of this one."""
    return f"{plan.pk}:{number}"


def take_in(known: Known, charges: Sequence[ChargeRead], now: datetime) -> Mapping[str, Action]:
    """The step of the plan that each of these charges, oldest first, has done without our knowing it; settled so.

    The caller holds the case.
    """
    plan = standing(known.plans)
    if plan is None:
        return {}
    numbers = {name_of(plan, part.number): part.number for part in parts_of(plan) if part.paid_at is None}
    under_way = {action.request.get(PART, {}).get("name") for action in known.charges_under_way}
    fresh = [charge for charge in charges if charge.part in numbers and charge.part not in under_way]
    steps = [(charge, InPart(plan.number, numbers[charge.part])) for charge in fresh]
    return {charge.id: _settled(known, step, charge, plan, now) for charge, step in steps}


def _settled(known: Known, part: InPart, charge: ChargeRead, plan: Plan, now: datetime) -> Action:
    """Whoever has claimed it meanwhile finds that it is theirs no more."""
    action = _waiting(known, part) or _missing(known, part, charge.at)
    action.state, action.outcome, action.reason = Action.State.DONE, str(Word(charge.outcome)), CHARGED_ALREADY
    action.request = {"amount": charge.amount, "via": plan.via, PART: {"name": charge.part}}
    action.started_at, action.settled_at = charge.called_at, now
    action.lease_token = action.lease_until = None
    action.save()
    return action


def _steps_of(known: Known, part: InPart) -> list[Action]:
    """Whatever was, or is to be, done to collect this part."""
    steps = [(action, read(action.step)) for action in known.actions]
    alike = (part.plan, part.part)
    return [action for action, step in steps if isinstance(step, InPart) and (step.plan, step.part) == alike]


def _waiting(known: Known, part: InPart) -> Action | None:
    open_ = {Action.State.PLANNED, Action.State.CLAIMED}
    return next((one for one in _steps_of(known, part) if one.state in open_ and one.started_at is None), None)


def _missing(known: Known, part: InPart, at: datetime) -> Action:
    """A step that was planned after the backup was taken."""
    before = len(_steps_of(known, part))
    step = InPart(part.plan, part.part, again=before + 1) if before else part
    action = row_of(Planned(step.key, Do.CHARGE, at, "", "", "plan.found", CHARGED_ALREADY), known.case)
    known.actions.append(action)
    return action
