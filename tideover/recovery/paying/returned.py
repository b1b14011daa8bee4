"""The payer pays what their bank sent back, by a payment of its own: its invoice is paid at Stripe, and stays so.

One payment is made, over exactly what they agreed to, and tried with whatever they bring: Stripe lets it come once.
Whatever Stripe knows of earlier ones of this debt is taken in first, so that none can come beside it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.db import transaction

from tideover.core.declines import Family, family
from tideover.core.methods import Means, means_of, named
from tideover.core.situation import Planned
from tideover.core.steps import Beside as Step
from tideover.core.steps import Do, read
from tideover.core.ways.returns import Returned
from tideover.gateways.answers import IntentRead, InvoiceRead
from tideover.gateways.payments.beside import ASKS, PROCESSING, Beside, Debt
from tideover.gateways.stripe import Stripe
from tideover.recovery.attribution import BESIDE
from tideover.recovery.claims import by_the_wall
from tideover.recovery.intake import learn, refresh
from tideover.recovery.known import known_of, lock
from tideover.recovery.models import Action, Case, Collection, Link
from tideover.recovery.paying import till
from tideover.recovery.paying.brought import forbidden, keep
from tideover.recovery.paying.till import Agreed, Finished, State, begin, charge, is_out
from tideover.recovery.planning import row_of
from tideover.recovery.returned import collecting
from tideover.recovery.telling import ways
from tideover.recovery.telling.said import Said, Sentence, declined
from tideover.recovery.ways.returning import debt_of, is_open_again

THANKS: Final = Finished(State.PAID, Said(Sentence.THANKS))
WAITING: Final = Finished(State.PROCESSING, Said(Sentence.IN_DOUBT), ask_again=True)
ANOTHER: Final = Finished(State.PROCESSING, Said(Sentence.ANOTHER_TRY), ask_again=True)
CHANGED: Final = Finished(State.DECLINED, Said(Sentence.CHANGED))
ELSEWHERE: Final = Finished(State.DECLINED, Said(Sentence.NOT_HERE))
TAKEN: Final = {Means.CARD, Means.LINK}  # what pays at once, and no bank takes back as it did the debit


def look(case: Case, stripe: Stripe, now: datetime, agreed: Agreed | None = None) -> InvoiceRead | Finished:
    """The invoice as Stripe has it now, open, or paid where a bank sent that back; or why nothing is paid by card."""
    read = stripe.read_invoice(case.invoice_id)
    case = refresh(case, read, now)
    if not is_open_again(case):
        return till.seen(case, read, agreed)
    live, is_beside = collecting.look(case, stripe, now), read is not None and read.status == "paid"
    if not is_beside:  # Stripe takes it on the invoice again: what was begun here must not come as well
        for told in live:
            collecting.drop(case, told.id, stripe, now)
    case = Case.objects.get(pk=case.pk)
    if case.state == Case.State.RECOVERED:
        return THANKS
    if any(told.status == PROCESSING for told in live):
        return WAITING
    if read is None or not is_beside:
        return ELSEWHERE
    return read if (agreed or {}).get(case.public_id) == case.owed.minor else CHANGED


def collect(  # noqa: PLR0913, PLR0917 - who, what they looked at, brought and agreed to
    link: Link, looked: InvoiceRead, intent: IntentRead, stripe: Stripe, now: datetime, agreed: Agreed | None
) -> Finished:
    """Try the payment of the debt with what the payer brings. Safe to ask twice by one intent.

    A bank account is not asked: it was a debit that came back, and none is presented again by this.
    """
    earlier = _earlier(link.case, intent)
    if earlier:
        return _told(earlier, stripe, now)
    if means_of(intent.card.brand if intent.card else "") not in TAKEN:
        return Finished(State.DECLINED, Said(Sentence.BY_CARD))
    keep(link, looked, intent, stripe, now)
    refused = forbidden(link.case, intent, now)
    if refused:
        return refused
    payment = _payment_of(link.case, (agreed or {}).get(link.case.public_id, 0), stripe, now)
    if isinstance(payment, Finished):
        return payment
    action = _claim(link, payment, intent, now)
    return charge(action, stripe, now, later=False) if action else ANOTHER


def after_the_bank(link: Link, intent_id: str, stripe: Stripe, now: datetime) -> Finished | None:
    """What became of a payment of ours that the browser confirmed with the bank; None where it is none of the case."""
    if not Collection.objects.filter(case=link.case_id, intent_id=intent_id).exists():
        return None
    return _became(link.case, intent_id, stripe, now)


def _became(case: Case, intent_id: str, stripe: Stripe, now: datetime) -> Finished:
    told = stripe.read_beside(intent_id)
    if told is None:
        return Finished(State.DECLINED, Said(Sentence.NOT_RECOGNIZED))
    collecting.note(case, told, now)
    return _standing(told)


def _standing(told: Beside) -> Finished:
    """What the payer is told of it."""
    if told.paid:
        return THANKS
    if told.status == PROCESSING:
        return WAITING
    if told.status == ASKS:
        return Finished(State.AUTHENTICATE, Said(Sentence.CONFIRM), told.client_secret)
    if told.decline is None or family(told.decline) == Family.AUTHENTICATION:
        return Finished(State.DECLINED, Said(Sentence.NOT_CONFIRMED))
    return Finished(State.DECLINED, declined(told.decline))


# ── one payment for the debt ──


def _payment_of(case: Case, agreed: int, stripe: Stripe, now: datetime) -> Collection | Finished:
    """The payment of the debt, made at Stripe where none that fits is there; or why there is none."""
    live, fits = collecting.look(case, stripe, now), ""
    debt = collecting.debt_now(case, now)
    for told in live:
        if not fits and debt and (told.amount, told.disputes) == (debt.amount, _named(debt)):
            fits = told.id
        else:
            collecting.drop(case, told.id, stripe, now)
    row = _row_of(case, agreed, fits, now)
    if isinstance(row, Finished) or row.intent_id or debt is None:
        return row
    row.intent_id = stripe.make_beside(_debt(case, row, debt), key=row.key)
    still = Collection.objects.filter(pk=row.pk, closed_at=None, intent_id__in=["", row.intent_id])
    return row if still.update(intent_id=row.intent_id) else ANOTHER


def _row_of(case: Case, agreed: int, intent_id: str, now: datetime) -> Collection | Finished:
    """The row of what the payer has agreed to, opened where there is none. intent_id: of its payment, if it is made."""
    with transaction.atomic():
        [known] = known_of([lock(case)], now)
        debt, row = debt_of(known), collecting.open_of(case)
        if known.case.state == Case.State.RECOVERED:
            return THANKS
        if debt is None or debt.amount != agreed:
            return CHANGED
        if row is not None and not row.is_of(debt):
            if row.intent_id:  # it could not be dropped: its bank has not answered
                return WAITING
            collecting.close(known.case, "", 0, now)
            row = None
        row = row or _new(known.case, debt, now)
        row.agreed_at, row.intent_id = by_the_wall(known.case, now), row.intent_id or intent_id
        row.save()
    return row


def _new(case: Case, debt: Returned, now: datetime) -> Collection:
    return Collection(
        organization_id=case.organization_id,
        case=case,
        debt=debt.number,
        currency=case.currency,
        amount=debt.amount,
        looked_at=by_the_wall(case, now),
    )


def _debt(case: Case, row: Collection, debt: Returned) -> Debt:
    return Debt(
        case=case.public_id,
        invoice_id=case.invoice_id,
        disputes=_named(debt),
        amount=row.amount,
        currency=row.currency,
        customer_id=case.customer_id,
        description=f"Invoice {case.invoice_number or case.invoice_id}",
        methods=tuple(ways.offered_for(case)),
    )


def _named(debt: Returned) -> str:
    """By which disputes it is owed, as far as the metadata of a payment have room for it."""
    return ",".join(debt.disputes)[:500]


# ── one try of it at a time ──


def _claim(link: Link, payment: Collection, intent: IntentRead, now: datetime) -> Action | None:
    """The try as a row that is ours and counts as begun, or None while another one is out, or it is owed no more."""
    with transaction.atomic():
        case = lock(link.case)
        [known] = known_of([case], now)
        still = Collection.objects.filter(pk=payment.pk, closed_at=None, intent_id=payment.intent_id).exists()
        if not still or not payment.is_of(debt_of(known)) or is_out(case) or _earlier(case, intent):
            return None
        row = row_of(_planned(case, payment, intent, now), case)
        row.save(force_insert=True)
        card = {name: getattr(intent.card, name) for name in ("brand", "last4", "fingerprint")} if intent.card else {}
        about = {BESIDE: payment.intent_id, "amount": payment.amount, "card": card}
        action = begin(row, link, intent.payment_method_id, now, asked=intent.id, **about)
        learn(case, [], now)
        action.case = case
    return action


def _planned(case: Case, payment: Collection, intent: IntentRead, now: datetime) -> Planned:
    tried = Action.objects.filter(case=case, do=Do.CHARGE).values_list("step", flat=True)
    before = sum(isinstance(step, Step) and step.debt == payment.debt for step in map(read, tried))
    card = named(intent.card.brand, intent.card.last4) if intent.card else "a new method"
    return Planned(
        step=Step(payment.debt, before + 1 if before else 0).key,
        do=Do.CHARGE,
        at=now,
        template="",
        tone="",
        rule="pay-page.returned",
        why=f"The payer pays what their bank sent back with {card}, by a payment of its own, and is there to confirm.",
    )


def _earlier(case: Case, intent: IntentRead) -> Action | None:
    """The try that this very intent has asked for."""
    return Action.objects.filter(case=case, do=Do.CHARGE, request__asked=intent.id).order_by("-id").first()


def _told(action: Action, stripe: Stripe, now: datetime) -> Finished:
    """What it came to, told again, by the payment itself."""
    if action.state != Action.State.DONE:
        return Finished(State.PROCESSING, Said(Sentence.IN_DOUBT), ask_again=action.state == Action.State.CLAIMED)
    return _became(action.case, str(action.request.get(BESIDE) or ""), stripe, now)
