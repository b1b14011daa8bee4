"""The customer brings a card: verified at Stripe, made the default where the old one failed, and charged at once.

The browser is never believed: it names an intent, and Stripe says whose it is and what became of it. The charge goes
the way of every other charge: a claimed action whose id is the idempotency key, so a double click is one payment.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from functools import wraps
from typing import Final, ParamSpec, TypeVar
from uuid import uuid4

from django.db import transaction
from django.db.models import Q

from tideover.core import networks
from tideover.core.declines import Decline, Family, family
from tideover.core.facts import Learnt, fact
from tideover.core.outcomes import Outcome, Word, word_of
from tideover.core.situation import Planned
from tideover.core.steps import CHARGES, Brought, Do, read
from tideover.gateways.answers import (
    Answer,
    Card,
    Declined,
    IntentRead,
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
from tideover.ids import new_id
from tideover.messages.models import Message
from tideover.recovery import claims, ledger, reading
from tideover.recovery.intake import learn, refresh
from tideover.recovery.kinds.charge import pay
from tideover.recovery.known import lock
from tideover.recovery.models import Action, Attempt, Case, Link
from tideover.recovery.planning import row_of
from tideover.recovery.telling import ways
from tideover.recovery.telling.said import Said, Sentence, declined

P = ParamSpec("P")
R = TypeVar("R")


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


@dataclass(frozen=True, slots=True)
class Begun:
    """An intent for the browser to confirm: `setup` for a new card, `payment` for the one that waits for the bank."""

    intent: str
    client_secret: str = field(repr=False)
    payment_method_id: str = ""  # the card that the waiting payment is to be confirmed with


def _answering(ask: Callable[P, R]) -> Callable[P, R | Finished]:
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


def look_again(link: Link, stripe: Stripe, now: datetime) -> None:
    """After an invoice whose case has ended nobody asks any more, so whoever opens its page does."""
    with suppress(Unknown, NotNow, NotHere):
        link.case = refresh(link.case, stripe.read_invoice(link.case.invoice_id), now)


@_answering
def begin_setup(link: Link, stripe: Stripe, now: datetime) -> Begun | Finished:
    """Open Stripe's form for a new card, unless there is nothing to pay. Moves no money."""
    looked = _look(link.case, stripe, now)
    if isinstance(looked, Finished):
        return looked
    # A key of its own for every visit: under a repeated one Stripe would hand out an intent that is used already.
    key, methods = f"setup_{new_id()}", ways.offered(link.case.project)
    made = stripe.create_setup_intent(link.case.customer_id, key=key, methods=methods)
    return Begun("setup", made.client_secret)


def _paid_elsewhere(case: Case) -> Finished | None:
    """Whether the page has no form: what was sent to be paid by its receiver is paid on Stripe's own page."""
    return Finished(State.DECLINED, Said(Sentence.NOT_HERE)) if case.is_overdue else None


@_answering
def begin_authentication(link: Link, stripe: Stripe, now: datetime) -> Begun | Finished:
    """Hand the browser the very payment that waits for the bank's question. Moves no money by itself."""
    looked = _look(link.case, stripe, now)
    if isinstance(looked, Finished):
        return looked
    if not looked.client_secret:
        return Finished(State.DECLINED, Said(Sentence.NOTHING_TO_CONFIRM))
    tried = [attempt.card for attempt in looked.attempts if attempt.card]
    card = tried[-1] if tried else looked.card
    return Begun("payment", looked.client_secret, card.payment_method_id if card else "")


@_answering
def finish(link: Link, intent_id: str, stripe: Stripe, now: datetime) -> Finished:
    """What became of the intent that the browser confirmed; a new card is charged at once. Safe to ask twice."""
    if intent_id.startswith("pi_"):
        return _after_the_bank(link, intent_id, stripe, now)
    return _with_new_card(link, intent_id, stripe, now)


# ── the truth, asked before anything is done ──


def _look(case: Case, stripe: Stripe, now: datetime) -> InvoiceRead | Finished:
    """The invoice as Stripe has it now, or why there is nothing to pay."""
    read = stripe.read_invoice(case.invoice_id)
    case = refresh(case, read, now)
    return _nothing_to_pay(case, read) or _paid_elsewhere(case) or (read if read is not None else CLOSED)


CLOSED: Final = Finished(State.CLOSED, Said(Sentence.CLOSED))


def _nothing_to_pay(case: Case, read: InvoiceRead | None) -> Finished | None:
    """Why there is nothing to pay. Whatever became of the case, an invoice that is open can be paid."""
    if case.state == Case.State.RECOVERED:
        return Finished(State.PAID, Said(Sentence.THANKS))
    if read is None or read.status != "open":
        return CLOSED
    return Finished(State.PROCESSING, Said(Sentence.BANK_DEBIT)) if read.processing or case.processing else None


def _standing(case: Case, read: InvoiceRead) -> Finished:
    """Where the payment stands after the bank was asked."""
    nothing = _nothing_to_pay(case, read)
    if nothing:
        return nothing
    if read.requires_action:
        return Finished(State.AUTHENTICATE, Said(Sentence.CONFIRM), read.client_secret)
    return Finished(State.DECLINED, declined(reading.latest_decline(read)))


# ── the same payment, confirmed with the bank ──


def _after_the_bank(link: Link, intent_id: str, stripe: Stripe, now: datetime) -> Finished:
    read = stripe.read_invoice(link.case.invoice_id)
    if read is None or read.payment_intent_id != intent_id:
        return Finished(State.DECLINED, Said(Sentence.NOT_RECOGNIZED))
    if read.status == "paid":
        _credit(link, read, now)
    standing = _standing(refresh(link.case, read, now), read)
    return standing if standing.state != State.DECLINED else _refused_by_the_bank(stripe.read_payment_intent(intent_id))


def _refused_by_the_bank(intent: IntentRead | None) -> Finished:
    """The customer did not confirm it, or did and the bank still said no. Only the payment itself knows which."""
    if intent is None or intent.decline is None or family(intent.decline) == Family.AUTHENTICATION:
        return Finished(State.DECLINED, Said(Sentence.NOT_CONFIRMED))
    return Finished(State.DECLINED, declined(intent.decline))


def via_of_link(link: Link) -> Case.Via:
    """What a payment through this link counts as: the channel of the message that carried it, or the page alone."""
    carried_by = Message.objects.filter(pk=link.message_id).values_list("channel", flat=True) if link.message_id else ()
    return Case.Via(next(iter(carried_by), Case.Via.CARD_PAGE))


def _credit(link: Link, read: InvoiceRead, now: datetime) -> None:
    """The customer paid here. Stripe's own word may have come first; it cannot know by which way they came."""
    via = via_of_link(link)
    with transaction.atomic():
        case = lock(link.case)
        if case.state == Case.State.RECOVERED:
            unknown_way = Case.objects.filter(pk=case.pk, via__in=[Case.Via.STRIPE, Case.Via.CUSTOMER])
            unknown_way.update(via=via)
            return
        learn(case, reading.money_of(read, reading.Failure(case.opened_at), now), now, via=via)


# ── a new card ──


def _with_new_card(link: Link, intent_id: str, stripe: Stripe, now: datetime) -> Finished:
    intent = stripe.read_setup_intent(intent_id)
    if intent is None or not intent.customer_id or intent.customer_id != link.case.customer_id:
        return Finished(
            State.DECLINED, Said(Sentence.NOT_RECOGNIZED)
        )  # another customer's intent reads like none at all
    if intent.status != "succeeded" or not intent.payment_method_id:
        return _unfinished(intent)
    looked = _look(link.case, stripe, now)
    if isinstance(looked, Finished):
        return looked
    earlier = _earlier(link.case, intent.payment_method_id)
    if earlier:
        return _told(earlier, looked)
    _remember(link, intent, now)
    default_key = f"default_{link.case_id}_{intent.payment_method_id}"
    stripe.set_default_method(looked, intent.payment_method_id, key=default_key)
    forbidden = _forbidden(link.case, intent.card, now)
    return forbidden or _charge(link, intent, stripe, now, looked)


def _unfinished(intent: IntentRead) -> Finished:
    """A setup intent that did not succeed, or not yet."""
    if intent.status == "requires_action":
        return Finished(State.AUTHENTICATE, Said(Sentence.CONFIRM), intent.client_secret)
    if intent.status == "processing":
        return Finished(State.PROCESSING, Said(Sentence.BEING_CHECKED))
    return Finished(State.DECLINED, declined(intent.decline) if intent.decline else Said(Sentence.NOT_SAVED))


def _earlier(case: Case, payment_method_id: str) -> Action | None:
    """The charge of this very card that is under way or done: then no second one is made."""
    begun = Action.objects.filter(case=case, do__in=CHARGES, request__payment_method=payment_method_id)
    tried = begun.filter(state__in=[Action.State.CLAIMED, Action.State.DONE, Action.State.DEAD]).order_by("-id")
    return next((action for action in tried if isinstance(read(action.step), Brought)), None)


def _told(action: Action, read: InvoiceRead) -> Finished:
    """What the earlier charge of this card came to, told again. The invoice is still open."""
    if action.state != Action.State.DONE:
        return Finished(State.PROCESSING, Said(Sentence.IN_DOUBT), ask_again=action.state == Action.State.CLAIMED)
    if word_of(action.outcome) == Word.NEEDS_AUTHENTICATION and read.client_secret:
        method = str(action.request.get("payment_method") or "")
        return Finished(State.AUTHENTICATE, Said(Sentence.CONFIRM), read.client_secret, method)
    return Finished(State.DECLINED, declined(reading.latest_decline(read)))


def _remember(link: Link, intent: IntentRead, now: datetime) -> None:
    """The fact first, so that a crash after it leaves a trace. Nothing is planned by it: the default is not set yet."""
    method, card = intent.payment_method_id, intent.card or Card(intent.payment_method_id)
    detail = {"payment_method": method, "brand": card.brand, "last4": card.last4}
    detail |= {"fingerprint": card.fingerprint, "link": str(link.pk)}
    with transaction.atomic():
        case = lock(link.case)
        learn(case, [fact(Learnt.CARD_REPLACED, now, method, **detail)], now)


def _forbidden(case: Case, card: Card | None, now: datetime) -> Finished | None:
    """Whether the card's network forbids a try on it. Everybody's tries on this card in this account count."""
    if card is None or not card.fingerprint:
        return None
    since = now - ledger.COUNTED_FOR
    rows = Attempt.objects.filter(connection_id=case.connection_id, card_fingerprint=card.fingerprint, at__gte=since)
    attempts = [ledger.as_core(row, elsewhere=row.case_id != case.pk) for row in rows.order_by("at", "id")]
    budget = networks.budget(card.brand or None, case.owed, attempts, now, fingerprint=card.fingerprint)
    return (
        None if budget.allowed else Finished(State.DECLINED, Said(Sentence.FORBIDDEN, earliest_at=budget.earliest_at))
    )


def _charge(link: Link, intent: IntentRead, stripe: Stripe, now: datetime, looked: InvoiceRead) -> Finished:
    action = _claim(link, intent, now)
    if action is None:
        waiting = Finished(State.PROCESSING, Said(Sentence.ANOTHER_TRY), ask_again=True)
        return _nothing_to_pay(Case.objects.get(pk=link.case_id), looked) or waiting
    try:
        answer = pay(action, stripe, now)
    except (Unknown, claims.LostLease):  # the action stays claimed: reconcile asks what became of it
        return Finished(State.PROCESSING, Said(Sentence.IN_DOUBT), ask_again=True)
    except (NotHere, LockedOut) as closed:  # who is told to pay elsewhere is not charged here later
        claims.settle(action, Outcome(Word.SKIPPED, reason=str(closed)), now)
        return Finished(State.DECLINED, Said(Sentence.NOT_HERE))
    except NotNow as later:
        claims.release(action, now, later.why, wait=later.wait)
        return Finished(State.PROCESSING, Said(Sentence.LATER))
    return _in_words(answer, action, stripe)


# Under way, in doubt, or in doubt for good.
OUT: Final = Q(state=Action.State.CLAIMED) | Q(state=Action.State.DEAD, started_at__isnull=False)


def _claim(link: Link, intent: IntentRead, now: datetime) -> Action | None:
    """The charge of this card as a row that is ours and counts as begun, or None while another charge is out.

    One commit plans, claims and starts it: a worker that looks for charges under way sees either nothing or this one.
    """
    with transaction.atomic():
        case = lock(link.case)
        if case.state == Case.State.RECOVERED:
            return None
        case.new_method, case.customer_acted_at = intent.payment_method_id, now
        out = Action.objects.filter(case=case, do__in=CHARGES).filter(OUT).exists()
        action = None if out else _begun(_planned(case, intent, now), link, intent, now)
        if action is not None and intent.card is not None:
            # The default is this card from now on, so the attempt that follows is counted on it and not on the old one.
            case.payment_method_id, case.card_fingerprint = intent.payment_method_id, intent.card.fingerprint
            case.card_brand, case.card_last4 = intent.card.brand, intent.card.last4
        learn(case, [], now)
        if action is not None:
            action.case = case
    return action


def _planned(case: Case, intent: IntentRead, now: datetime) -> Action:
    """The planned row for this card: what news of the attached card may have planned already, or a new one."""
    step = Brought.of_method(intent.payment_method_id)  # as the planner calls it: neither plans what the other has done
    rows = list(Action.objects.filter(case=case, step=step.key).exclude(state=Action.State.DROPPED))
    waiting = next((row for row in rows if row.state == Action.State.PLANNED), None)
    if waiting is not None:
        return waiting
    card = f"{intent.card.brand} ·· {intent.card.last4}" if intent.card and intent.card.last4 else "a new method"
    planned = Planned(
        # A charge of that step which did not name the card was not a try of this card.
        step=replace(step, here=bool(rows)).key,
        do=Do.CHARGE,
        at=now,
        template="",
        tone="",
        rule="card-page",
        why=f"The customer brought {card} on the card page and is there to confirm it.",
        instead=(),
    )
    row = row_of(planned, case)
    row.save(force_insert=True)
    return row


def _begun(action: Action, link: Link, intent: IntentRead, now: datetime) -> Action:
    """Claim and start it. Only the holder of the case's row comes here, and only while no other charge is out."""
    action.state, action.tries = Action.State.CLAIMED, action.tries + 1
    action.lease_token, action.lease_until, action.started_at = uuid4(), now + claims.LEASE, now
    action.request = {
        "link": str(link.pk),
        "via": str(via_of_link(link)),
        "payment_method": intent.payment_method_id,
        "off_session": False,
        "amount": action.case.owed.minor,
    }
    action.save(update_fields=["state", "tries", "lease_token", "lease_until", "started_at", "request"])
    return action


def _in_words(answer: Answer, action: Action, stripe: Stripe) -> Finished:
    match answer:
        case Paid() | NotOpen("paid"):
            return Finished(State.PAID, Said(Sentence.THANKS))
        case Processing():
            return Finished(State.PROCESSING, Said(Sentence.BANK_DEBIT))
        case Declined(decline):
            return Finished(State.DECLINED, declined(decline))
        case NeedsAuthentication(client_secret):
            return _ask_the_bank(client_secret, action.case, stripe)
        case Refused():
            return Finished(State.DECLINED, declined(Decline(code=None, brand=action.case.card_brand or None)))
        case NotOpen():
            return Finished(State.CLOSED, Said(Sentence.CLOSED))


def _ask_the_bank(client_secret: str, case: Case, stripe: Stripe) -> Finished:
    """Stripe does not always send the secret along with its refusal; the invoice has it."""
    if not client_secret:
        read = stripe.read_invoice(case.invoice_id)
        client_secret = read.client_secret if read else ""
    return Finished(State.AUTHENTICATE, Said(Sentence.CONFIRM), client_secret)
