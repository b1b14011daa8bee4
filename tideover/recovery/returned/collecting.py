"""What Stripe says of the payment by which a debt that came back is collected, taken in: tries, money, the end of it.

Nobody is charged here. Whoever hears first of what a payment has come to makes no difference.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from operator import attrgetter

import structlog
from django.db import transaction

from tideover.core.facts import Fact, Learnt, fact
from tideover.core.networks import By
from tideover.core.outcomes import FAILED_TRIES
from tideover.core.steps import CHARGES
from tideover.core.ways.returns import Returned
from tideover.gateways.answers import ChargeRead, NotPossible
from tideover.gateways.payments.beside import Beside
from tideover.gateways.stripe import Stripe
from tideover.recovery import ledger
from tideover.recovery.attribution import BESIDE, charge_of, via_of
from tideover.recovery.claims import by_the_wall
from tideover.recovery.intake import Lesson, teach
from tideover.recovery.known import Known, known_of, lock
from tideover.recovery.models import Action, Attempt, Case, Collection
from tideover.recovery.ways.returning import debt_of

log = structlog.get_logger("recovery")


def open_of(case: Case) -> Collection | None:
    """The payment of the case's debt of which something may still come."""
    return Collection.objects.filter(case=case, closed_at=None).first()


def debt_now(case: Case, now: datetime) -> Returned | None:
    """What is owed of what came back, as far as it is known at this moment."""
    [known] = known_of([case], now)
    return debt_of(known)


def look(case: Case, stripe: Stripe, now: datetime) -> list[Beside]:
    """Ask Stripe what became of the payments of the debt, and take it in; returns those that may still come.

    Where the one that is known to us has ended, or none is, Stripe is asked for all of them: a backup that was put back
    knows less than Stripe, and so do we where an answer was lost.
    """
    row = open_of(case)
    told = stripe.read_beside(row.intent_id) if row and row.intent_id else None
    found = [told] if told and (told.paid or not told.has_ended) else _all_of(case, stripe, now)
    for each in found:
        note(case, each, now)
    return [each for each in found if not each.has_ended]


def _all_of(case: Case, stripe: Stripe, now: datetime) -> list[Beside]:
    """Every payment of the debt that Stripe knows. On a test clock no time tells when one was made."""
    [known] = known_of([case], now)
    debt = debt_of(known)
    if debt is None or not case.customer_id:
        return []
    first = min(learnt.at for learnt in known.facts if learnt.kind == Learnt.CAME_BACK)
    return stripe.read_besides(case.customer_id, case.public_id, None if case.hangs_on_a_clock else first)


def note(case: Case, told: Beside, now: datetime) -> None:
    """Take in what Stripe tells of a payment of ours: every try of it, the money it brought, and that it is over."""
    with transaction.atomic():
        [known] = known_of([lock(case)], now)
        told = _dated(told, known.case)
        tries = _tries(known, told)
        ledger.add(tries)
        known.attempts[:] = ledger.in_order([*known.attempts, *tries])
        facts = list(_facts_of(known, told))
        if told.paid and facts[-1].key not in {learnt.key for learnt in known.facts}:
            by = _action_of(known, told, told.paid)
            known.case.via = via_of(by) if by else Case.Via.CARD_PAGE
        Collection.objects.filter(case=case, intent_id=told.id, closed_at=None).update(
            looked_at=by_the_wall(known.case, now)
        )
        if told.has_ended:
            close(known.case, told.id, told.paid.amount if told.paid else 0, now)
        teach([Lesson(known, facts)], now)


def _dated(told: Beside, case: Case) -> Beside:
    """Its tries as of the time that the case lives by: Stripe dates payments by real time, also on a test clock."""
    if case.clock is None:
        return told
    return replace(told, charges=tuple(replace(each, at=case.clock.shows, asked_at=each.at) for each in told.charges))


def _facts_of(known: Known, told: Beside) -> Iterator[Fact]:
    """What the payment says of the case; last of the money, where it brought any."""
    for charge in told.charges:
        if charge.outcome in FAILED_TRIES:
            code = (charge.decline.code if charge.decline else None) or ""
            yield fact(Learnt.PAYMENT_FAILED, charge.at, charge.id, charge=charge.id, code=code)
    if told.paid:
        yield money_of(known, told.paid.id, told.paid.amount, told.paid.at)


def money_of(known: Known, charge_id: str, amount: int, at: datetime) -> Fact:
    """That the money came: never before the debt did, as two clocks may tell."""
    debt = debt_of(known)
    return fact(Learnt.RECEIVED, max(at, debt.at) if debt else at, charge_id, charge=charge_id, amount=amount)


def close(case: Case, intent_id: str, collected: int, now: datetime) -> None:
    """Nothing more comes of this payment. The case is held."""
    row = Collection.objects.filter(case=case, intent_id=intent_id, closed_at=None).first()
    if row is None:
        return
    if collected and Collection.objects.filter(case=case, debt=row.debt, collected__gt=0).exists():
        log.error("collection.twice", case=case.public_id, intent=intent_id)  # its facts have it, and the watch tells
        collected = 0
    row.collected, row.closed_at = min(collected, row.amount), now
    row.save(update_fields=["collected", "closed_at"])


def drop(case: Case, intent_id: str, stripe: Stripe, now: datetime) -> None:
    """Let nothing more come of a payment; where it has come meanwhile, take that in."""
    try:
        stripe.drop_payment(intent_id, key=f"drop_{intent_id}")
    except NotPossible:
        told = stripe.read_beside(intent_id)
        if told is not None:
            note(case, told, now)
            return
    with transaction.atomic():
        close(lock(case), intent_id, 0, now)


# ── whose try it was ──


def _tries(known: Known, told: Beside) -> list[Attempt]:
    """The tries of it that are not in the ledger."""
    before = {attempt.charge_id for attempt in known.own_attempts}
    fresh = [charge for charge in told.charges if charge.id not in before]
    return [ledger.row(known.case, charge, by=By.CUSTOMER, action=_action_of(known, told, charge)) for charge in fresh]


def _action_of(known: Known, told: Beside, charge: ChargeRead) -> Action | None:
    """The try of ours that a charge of the payment came of; where the bank's question held it up, the latest before."""
    ours = [each for each in known.actions if each.do in CHARGES and each.request.get(BESIDE) == told.id]
    for action in ours:
        action.case = known.case
    exact = [action for action in ours if charge_of(action, [charge])]
    begun: Sequence[Action] = [action for action in ours if action.started_at and action.started_at <= charge.called_at]
    return max(exact or begun, key=attrgetter("started_at"), default=None)
