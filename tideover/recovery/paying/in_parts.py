"""The payer agrees to a plan: set in the commit that begins its first part's charge, or not at all.

Where the first part does not come nothing has changed. The amount that was looked at is the one that is agreed to.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import uuid4

from django.db import transaction

from tideover.core.outcomes import Outcome, Word
from tideover.core.situation import Planned
from tideover.core.steps import Do, InPart
from tideover.failpoints import failpoint
from tideover.gateways.answers import (
    Declined,
    InvoiceRead,
    LessIsOpen,
    NeedsAuthentication,
    NotHere,
    NotNow,
    NotOpen,
    Paid,
    Processing,
    Refused,
    Unknown,
)
from tideover.gateways.stripe import Stripe
from tideover.recovery import claims
from tideover.recovery.intake import learn, refresh
from tideover.recovery.kinds.charge import part_request, pay, refusal, take
from tideover.recovery.known import Known, known_of, lock
from tideover.recovery.models import Action, Case, Instalment, Plan
from tideover.recovery.planning import row_of
from tideover.recovery.plans.offering import Choice, choices_of
from tideover.recovery.plans.rows import BY_CUSTOMER
from tideover.recovery.plans.standing import standing


@dataclass(frozen=True, slots=True)
class Wish:
    """What the customer agrees to: so many parts over exactly this amount, in minor units, having come by that way."""

    count: int
    owed: int
    via: Case.Via


class Came(StrEnum):
    """What came of agreeing to a plan."""

    SET = "set"
    UNDER_WAY = "under_way"  # the first part is, or nobody knows yet
    DECLINED = "declined"  # the first part was, or Stripe would not try it
    CHANGED = "changed"  # what is owed is not what was looked at, or no plan may be chosen any more
    BUSY = "busy"  # another charge is out, or Stripe is silent: nothing was done


def agree(case: Case, wish: Wish, stripe: Stripe, now: datetime) -> Came:
    """Set the plan that was asked for, and charge its first part. Safe to send twice."""
    try:
        read = stripe.read_invoice(case.invoice_id)
        case = refresh(case, read, now)
        if read is None or read.status != "open":
            return Came.CHANGED
        begun = _begin(case, wish, now)
        if not isinstance(begun, Action):
            return begun
        failpoint("plan.agreed")
        return _first_part(begun, read, stripe, now)
    except (Unknown, claims.LostLease):  # the action stays claimed: reconcile asks what became of it
        return Came.UNDER_WAY
    except (NotNow, NotHere):
        return Came.BUSY


def _first_part(action: Action, read: InvoiceRead, stripe: Stripe, now: datetime) -> Came:
    try:
        take(action, read, stripe, now)
        answer = pay(action, stripe, now)
        failpoint("plan.first_part")
    except (NotHere, NotNow) as closed:
        _undo(action, str(closed), now)
        return Came.CHANGED if isinstance(closed, LessIsOpen) else Came.BUSY
    match answer:
        case Paid():
            return Came.SET
        case Processing():
            return Came.UNDER_WAY
        case NotOpen():
            return Came.CHANGED
        case Declined() | NeedsAuthentication() | Refused():
            return Came.DECLINED


def _undo(action: Action, why: str, now: datetime) -> None:
    """Nothing was charged: it is as if nobody had agreed."""
    with transaction.atomic():
        case = lock(action.case)
        claims.settle(action, Outcome(Word.SKIPPED, reason=why), now)
        learn(case, [], now)


def _begin(case: Case, wish: Wish, now: datetime) -> Action | Came:
    """The plan, and its first part as a row that is ours and counts as begun, in one commit."""
    with transaction.atomic():
        case = lock(case)
        [known] = known_of([case], now)
        plan = standing(known.plans)
        if plan is not None:  # sent twice
            return Came.SET if any(part.paid_at for part in plan.parts.all()) else Came.UNDER_WAY
        chosen = next((each for each in choices_of(known, now) if each.count == wish.count), None)
        if chosen is None or chosen.owed.minor != wish.owed:
            return Came.CHANGED
        if known.charges_under_way or refusal(known, now):
            return Came.BUSY
        plan = _set(known, chosen, wish.via, now)
        return _claimed(known, plan, now)


def _set(known: Known, chosen: Choice, via: Case.Via, now: datetime) -> Plan:
    case, amounts = known.case, [part.amount for part in chosen.parts]
    plan = Plan.objects.create(
        organization_id=case.organization_id,
        case=case,
        number=len(known.plans) + 1,
        currency=case.currency,
        total=chosen.owed.minor,
        first=amounts[0],
        each=amounts[-1],
        count=chosen.count,
        agreed_at=now,
        agreed_by=BY_CUSTOMER,
        via=via,
    )
    whose = {"organization_id": case.organization_id, "plan": plan}
    rows = [Instalment(**whose, number=part.number, due_at=part.due_at, amount=part.amount) for part in chosen.parts]
    Instalment.objects.bulk_create(rows)
    case.in_parts = True
    known.plans.append(plan)
    return plan


def _claimed(known: Known, plan: Plan, now: datetime) -> Action:
    """The first part's charge: planned, claimed and started at once, while the case is held."""
    case = known.case
    why = "The customer agreed to pay in parts: the first is charged at once."
    step = Planned(InPart(plan.number, 1).key, Do.CHARGE, now, "", "", "plan.agreed", why)
    action = row_of(step, case)
    action.state, action.tries, wall = Action.State.CLAIMED, 1, claims.by_the_wall(action, now)
    action.lease_token, action.lease_until, action.started_at = uuid4(), wall + claims.LEASE, wall
    action.request = {"off_session": True, "amount": plan.first, **part_request(action, known)}
    action.save(force_insert=True)
    learn(case, [], now)  # what was planned rests from now on
    action.case = case
    return action
