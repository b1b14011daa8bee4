"""What every payment on the pay page has in common: the truth first, one charge at a time, an answer in the end.

The browser is never believed: Stripe says what is open. A charge goes the way of every other charge: a claimed action
whose id is the idempotency key, so a double click is one payment.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import wraps
from typing import Final, ParamSpec, TypeVar
from uuid import uuid4

from django.db.models import Q

from tideover.core.declines import Decline
from tideover.core.outcomes import Outcome, Word, word_of
from tideover.core.steps import CHARGES
from tideover.gateways.answers import (
    Answer,
    Declined,
    InvoiceRead,
    LockedOut,
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
from tideover.messages.models import Message
from tideover.recovery import claims, reading
from tideover.recovery.attribution import BESIDE
from tideover.recovery.intake import refresh
from tideover.recovery.kinds.charge import pay
from tideover.recovery.models import Action, Case, Link
from tideover.recovery.telling.said import Said, Sentence, declined

P = ParamSpec("P")
R = TypeVar("R")
Agreed = Mapping[str, int]  # by public ids: which invoices the payer pays, and for how much each was shown


class State(StrEnum):
    """What the page does next. `declined` is every answer after which the customer may try again."""

    PAID = "paid"
    PROCESSING = "processing"
    DECLINED = "declined"
    AUTHENTICATE = "authenticate"
    CLOSED = "closed"  # there is nothing to pay any more


@dataclass(frozen=True, slots=True)
class Finished:
    """An answer to the customer. `client_secret` goes with `authenticate`, for the browser alone."""

    state: State
    said: Said
    client_secret: str = field(default="", repr=False)
    payment_method_id: str = ""  # the card that an `authenticate` is about, where it is not the latest one entered
    ask_again: bool = False  # the same question in a few seconds will have an answer

    @property
    def has_changed(self) -> bool:
        """Whether another amount is open than the payer agreed to."""
        return self.said.sentence == Sentence.CHANGED


def answering(ask: Callable[P, R]) -> Callable[P, R | Finished]:
    """What is raised on the way to Stripe, as an answer to the customer: try again in a minute, or pay elsewhere."""

    @wraps(ask)
    def asked(*args: P.args, **kwargs: P.kwargs) -> R | Finished:
        try:
            return ask(*args, **kwargs)
        except (NotHere, LockedOut):
            return Finished(State.DECLINED, Said(Sentence.NOT_HERE))
        except (Unknown, NotNow):
            return Finished(State.DECLINED, Said(Sentence.NOT_REACHED))

    return asked


# ── the truth, asked before anything is done ──


def look(case: Case, stripe: Stripe, now: datetime, agreed: Agreed | None = None) -> InvoiceRead | Finished:
    """The invoice as Stripe has it now, or why there is nothing to pay, or not what the payer agreed to."""
    read = stripe.read_invoice(case.invoice_id)
    return seen(refresh(case, read, now), read, agreed)


def seen(case: Case, read: InvoiceRead | None, agreed: Agreed | None) -> InvoiceRead | Finished:
    """The same of what was read a moment ago."""
    refused = nothing_to_pay(case, read) or _paid_elsewhere(case) or _changed(case, agreed)
    return refused or (read if read is not None else CLOSED)


CLOSED: Final = Finished(State.CLOSED, Said(Sentence.CLOSED))


def nothing_to_pay(case: Case, read: InvoiceRead | None) -> Finished | None:
    """Why there is nothing to pay. Whatever became of the case, an invoice that is open can be paid."""
    if case.state == Case.State.RECOVERED:
        return Finished(State.PAID, Said(Sentence.THANKS))
    if read is None or read.status != "open":
        return CLOSED
    return Finished(State.PROCESSING, Said(Sentence.BANK_DEBIT)) if read.processing or case.processing else None


def _paid_elsewhere(case: Case) -> Finished | None:
    """Whether the page has no form: what was sent to be paid by its receiver is paid on Stripe's own page."""
    return Finished(State.DECLINED, Said(Sentence.NOT_HERE)) if case.is_overdue else None


def _changed(case: Case, agreed: Agreed | None) -> Finished | None:
    """Whether another amount is open than the one the payer was shown: then they are shown that one first."""
    if agreed is None or agreed.get(case.public_id) == case.owed.minor:
        return None
    return Finished(State.DECLINED, Said(Sentence.CHANGED))


# ── one charge at a time ──


def via_of_link(link: Link) -> Case.Via:
    """What a payment through this link counts as: the channel of the message that carried it, or the page alone."""
    carried_by = Message.objects.filter(pk=link.message_id).values_list("channel", flat=True) if link.message_id else ()
    return Case.Via(next(iter(carried_by), Case.Via.CARD_PAGE))


# Under way, in doubt, or in doubt for good.
OUT: Final = Q(state=Action.State.CLAIMED) | Q(state=Action.State.DEAD, started_at__isnull=False)


def is_out(case: Case) -> bool:
    """Whether a charge of the invoice is under way or in doubt. The case is held."""
    return Action.objects.filter(case=case, do__in=CHARGES).filter(OUT).exists()


def begin(
    action: Action, link: Link, payment_method_id: str, now: datetime, *, asked: str = "", **more: object
) -> Action:
    """Claim and start it. Only the holder of the case's row comes here, and only while no other charge is out.

    asked: by what the payer asked for it (the intent's id), where one method may be asked for more than once. more:
    what else its request says.
    """
    action.state, action.tries, wall = Action.State.CLAIMED, action.tries + 1, claims.by_the_wall(action, now)
    action.lease_token, action.lease_until, action.started_at = uuid4(), wall + claims.LEASE, wall
    action.request = {
        "link": str(link.pk),
        "via": str(via_of_link(link)),
        "payment_method": payment_method_id,
        "off_session": False,
        "amount": action.case.owed.minor,
        **more,
    }
    if asked:
        action.request["asked"] = asked
    action.save(update_fields=["state", "tries", "lease_token", "lease_until", "started_at", "request"])
    return action


def not_begun(link: Link, read: InvoiceRead) -> Finished:
    """Why no payment was begun: another charge is out, or the invoice is paid by now."""
    waiting = Finished(State.PROCESSING, Said(Sentence.ANOTHER_TRY), ask_again=True)
    return nothing_to_pay(Case.objects.get(pk=link.case_id), read) or waiting


def charge(action: Action, stripe: Stripe, now: datetime, *, later: bool = True) -> Finished:
    """Make the payment that was begun.

    later: where Stripe has no time now, a worker makes it in a while, without the payer.
    """
    try:
        answer = pay(action, stripe, now)
    except (Unknown, claims.LostLease):  # the action stays claimed: reconcile asks what became of it
        return Finished(State.PROCESSING, Said(Sentence.IN_DOUBT), ask_again=True)
    except (NotHere, LockedOut) as closed:  # who is told to pay elsewhere is not charged here later
        claims.settle(action, Outcome(Word.SKIPPED, reason=str(closed)), now)
        return Finished(State.DECLINED, Said(Sentence.NOT_HERE))
    except NotNow as busy:
        return _not_now(action, busy, now, later=later)
    return _in_words(answer, action, stripe)


def _not_now(action: Action, busy: NotNow, now: datetime, *, later: bool) -> Finished:
    if later:
        claims.release(action, now, busy.why, wait=busy.wait)
        return Finished(State.PROCESSING, Said(Sentence.LATER))
    claims.settle(action, Outcome(Word.SKIPPED, reason=busy.why), now)
    return Finished(State.DECLINED, Said(Sentence.NOT_REACHED))


def told(action: Action, read: InvoiceRead) -> Finished:
    """What the earlier charge came to, told again. The invoice is still open."""
    if action.state != Action.State.DONE:
        return Finished(State.PROCESSING, Said(Sentence.IN_DOUBT), ask_again=action.state == Action.State.CLAIMED)
    if word_of(action.outcome) == Word.NEEDS_AUTHENTICATION and read.client_secret:
        method = str(action.request.get("payment_method") or "")
        return Finished(State.AUTHENTICATE, Said(Sentence.CONFIRM), read.client_secret, method)
    return Finished(State.DECLINED, declined(reading.latest_decline(read)))


def _in_words(answer: Answer, action: Action, stripe: Stripe) -> Finished:
    match answer:
        case Paid() | NotOpen("paid"):
            return Finished(State.PAID, Said(Sentence.THANKS))
        case Processing():
            is_debit = BESIDE not in action.request
            return Finished(State.PROCESSING, Said(Sentence.BANK_DEBIT if is_debit else Sentence.IN_DOUBT))
        case Declined(decline):
            return Finished(State.DECLINED, declined(decline))
        case NeedsAuthentication(client_secret):
            return _ask_the_bank(client_secret, action, stripe)
        case Refused():
            return Finished(State.DECLINED, declined(Decline(code=None, brand=action.case.card_brand or None)))
        case NotOpen():
            return Finished(State.CLOSED, Said(Sentence.CLOSED))


def _ask_the_bank(client_secret: str, action: Action, stripe: Stripe) -> Finished:
    """Stripe does not always send the secret along with its refusal; the invoice has it, or the payment beside it."""
    if not client_secret:
        beside = action.request.get(BESIDE)
        read = stripe.read_beside(beside) if beside else stripe.read_invoice(action.case.invoice_id)
        client_secret = read.client_secret if read else ""
    return Finished(State.AUTHENTICATE, Said(Sentence.CONFIRM), client_secret)
