"""The customer brings a card, or chooses one that they have saved: verified at Stripe, made the default where the old
one failed, and charged at once.

The browser is never believed: it names an intent, and Stripe says whose it is and what became of it. The charge goes
the way of every other charge: a claimed action whose id is the idempotency key, so a double click is one payment.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.db import transaction

from tideover.core.declines import Family, family
from tideover.core.facts import Learnt
from tideover.core.methods import named
from tideover.core.outcomes import Word, word_of
from tideover.core.situation import Planned
from tideover.core.steps import CHARGES, Brought, Do, Key, read
from tideover.core.ways.doors import BREATH
from tideover.gateways.answers import (
    IntentRead,
    InvoiceRead,
    NotHere,
    NotNow,
    Unknown,
)
from tideover.gateways.stripe import Stripe
from tideover.ids import new_id
from tideover.recovery import claims, reading
from tideover.recovery.intake import learn, refresh
from tideover.recovery.known import lock
from tideover.recovery.models import Action, Case, Link
from tideover.recovery.paying import returned, several
from tideover.recovery.paying.brought import forbidden, keep, remember
from tideover.recovery.paying.till import (
    Agreed,
    Finished,
    State,
    answering,
    begin,
    charge,
    is_out,
    look,
    not_begun,
    nothing_to_pay,
    told,
    via_of_link,
)
from tideover.recovery.planning import row_of
from tideover.recovery.telling import ways
from tideover.recovery.telling.said import Said, Sentence, declined
from tideover.recovery.test_clocks.keeping import dated_by
from tideover.recovery.ways.returning import is_open_again


@dataclass(frozen=True, slots=True)
class Begun:
    """An intent for the browser to confirm: `setup` for a new card, `payment` for the one that waits for the bank."""

    intent: str
    client_secret: str = field(repr=False)
    payment_method_id: str = ""  # the card that the waiting payment is to be confirmed with


def look_again(link: Link, stripe: Stripe, now: datetime) -> None:
    """After an invoice whose case has ended nobody asks any more, so whoever opens its page does."""
    with suppress(Unknown, NotNow, NotHere):
        link.case = refresh(link.case, stripe.read_invoice(link.case.invoice_id), now)


@answering
def begin_setup(link: Link, stripe: Stripe, now: datetime, agreed: Agreed | None = None) -> Begun | Finished:
    """Open Stripe's form for a new card, unless there is nothing to pay. Moves no money."""
    looked = returned.look(link.case, stripe, now, agreed)
    if isinstance(looked, Finished):
        return looked
    # A key of its own for every visit: under a repeated one Stripe would hand out an intent that is used already.
    key, methods = f"setup_{new_id()}", ways.offered_for(link.case)
    made = stripe.create_setup_intent(link.case.customer_id, key=key, methods=methods)
    return Begun("setup", made.client_secret)


def show_saved(link: Link, stripe: Stripe) -> str:
    """What lets Stripe's form show what the customer has saved; empty where it is shown without. Moves no money."""
    try:
        return stripe.show_saved(link.case.customer_id, key=f"saved_{new_id()}")
    except (Unknown, NotNow, NotHere):
        return ""


@answering
def begin_authentication(link: Link, stripe: Stripe, now: datetime, agreed: Agreed | None = None) -> Begun | Finished:
    """Hand the browser the very payment that waits for the bank's question. Moves no money by itself."""
    looked = look(link.case, stripe, now, agreed)
    if isinstance(looked, Finished):
        return looked
    if not looked.client_secret:
        return Finished(State.DECLINED, Said(Sentence.NOTHING_TO_CONFIRM))
    tried = [attempt.card for attempt in looked.attempts if attempt.card]
    card = tried[-1] if tried else looked.card
    return Begun("payment", looked.client_secret, card.payment_method_id if card else "")


@answering
def finish(link: Link, intent_id: str, stripe: Stripe, now: datetime, agreed: Agreed | None = None) -> Finished:
    """What became of the intent that the browser confirmed; a new card is charged at once. Safe to ask twice.

    agreed: what it pays, and for how much each; of the customer's other invoices those among it, and no other. None
    where the payer was not asked: then the rules of each say whether it is charged.
    """
    if intent_id.startswith("pi_") and (beside := returned.after_the_bank(link, intent_id, stripe, now)):
        return beside
    links = several.chosen(link, agreed or ())
    if intent_id.startswith("pi_"):
        return _after_the_bank(_with_intent(links, intent_id, stripe) or link, intent_id, stripe, now)
    intent = stripe.read_setup_intent(intent_id)
    if intent is None or not intent.customer_id or intent.customer_id != link.case.customer_id:
        return Finished(State.DECLINED, Said(Sentence.NOT_RECOGNIZED))  # another customer's reads like none at all
    if intent.status != "succeeded" or not intent.payment_method_id:
        return _unfinished(intent)
    return _charge_brought(link, links, intent, stripe, now, agreed)


@answering
def charge_saved(  # noqa: PLR0913, PLR0917 - who, what, by which form, and what they agreed to
    link: Link, brand: str, asked: str, stripe: Stripe, now: datetime, agreed: Agreed | None = None
) -> Finished:
    """Charge the newest method of this brand that the customer has saved. Safe to ask twice by one form (`asked`).

    The click is all it needs: they are there, and it is their own.
    """
    saved = next((card for card in stripe.saved_methods(link.case.customer_id) if card.brand == brand), None)
    if saved is None or not asked:
        return Finished(State.DECLINED, Said(Sentence.NOT_RECOGNIZED))
    chosen = IntentRead(asked, "succeeded", link.case.customer_id, saved.payment_method_id, "", saved)
    return _charge_brought(link, several.chosen(link, agreed or ()), chosen, stripe, now, agreed)


def _charge_brought(  # noqa: PLR0913, PLR0917 - as above
    link: Link, links: Sequence[Link], intent: IntentRead, stripe: Stripe, now: datetime, agreed: Agreed | None
) -> Finished:
    if agreed is not None:
        _keep_to_the_chosen(link, intent, now)
    finished = several.pay_in_turn(
        links,
        lambda each: returned.look(each.case, stripe, now, agreed),
        lambda each, looked: _with_new_card(each, looked, intent, stripe, now, agreed),
    )
    if finished.has_changed:  # nor is this one charged by news of the card, for what nobody agreed to
        remember(link, link.case, intent, now)
    return finished


def _with_intent(links: Sequence[Link], intent_id: str, stripe: Stripe) -> Link | None:
    """Which of several invoices the bank was asked about."""
    if len(links) == 1:
        return links[0]
    reads = ((link, stripe.read_invoice(link.case.invoice_id)) for link in links)
    return next((link for link, read in reads if read and read.payment_intent_id == intent_id), None)


def _keep_to_the_chosen(link: Link, intent: IntentRead, now: datetime) -> None:
    """Whatever else is open knows the card as one that the payer brought here: no news of it has it charged there."""
    for other in several.open_too(link.case):
        if not _knows(other, intent.payment_method_id):
            remember(link, other, intent, now)


def _knows(case: Case, payment_method_id: str) -> bool:
    brought = case.facts.filter(kind=Learnt.CARD_REPLACED, detail__payment_method=payment_method_id)
    return brought.exists()


def _standing(case: Case, read: InvoiceRead) -> Finished:
    """Where the payment stands after the bank was asked."""
    nothing = nothing_to_pay(case, read)
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


def _credit(link: Link, read: InvoiceRead, now: datetime) -> None:
    """The customer paid here. Stripe's own word may have come first; it cannot know by which way they came."""
    via = via_of_link(link)
    with transaction.atomic():
        case = lock(link.case)
        if case.state == Case.State.RECOVERED:
            unknown_way = Case.objects.filter(pk=case.pk, via__in=[Case.Via.STRIPE, Case.Via.CUSTOMER])
            unknown_way.update(via=via)
            return
        read = dated_by(case.clock, case.connection, read, is_new=False)
        learn(case, reading.money_of(read, reading.Failure(case.opened_at), now), now, via=via)


# ── a new card ──


def _with_new_card(  # noqa: PLR0913, PLR0917 - as above
    link: Link, looked: several.Looked, intent: IntentRead, stripe: Stripe, now: datetime, agreed: Agreed | None
) -> Finished:
    if isinstance(looked, Finished):
        return looked
    if is_open_again(link.case):
        return returned.collect(link, looked, intent, stripe, now, agreed)
    earlier = _earlier(link.case, intent, now)
    if earlier:
        return told(earlier, looked)
    keep(link, looked, intent, stripe, now)
    refused = forbidden(link.case, intent, now)
    if refused:
        return refused
    action = _claim(link, intent, now)
    return charge(action, stripe, now) if action else not_begun(link, looked)


def _unfinished(intent: IntentRead) -> Finished:
    """A setup intent that did not succeed, or not yet."""
    if intent.status == "requires_action":
        return Finished(State.AUTHENTICATE, Said(Sentence.CONFIRM), intent.client_secret)
    if intent.status == "processing":
        return Finished(State.PROCESSING, Said(Sentence.BEING_CHECKED))
    return Finished(State.DECLINED, declined(intent.decline) if intent.decline else Said(Sentence.NOT_SAVED))


def _earlier(case: Case, intent: IntentRead, now: datetime) -> Action | None:
    """The charge of this method that stands for what this very intent asks for: then no second one is made.

    What another intent asked for was of the same method when it was chosen before, and it may be chosen again.
    """
    begun = Action.objects.filter(case=case, do__in=CHARGES, request__payment_method=intent.payment_method_id)
    tried = begun.filter(state__in=[Action.State.CLAIMED, Action.State.DONE, Action.State.DEAD]).order_by("-id")
    brought = (action for action in tried if isinstance(read(action.step), Brought))
    return next((action for action in brought if _stands_for(action, intent, now)), None)


def _stands_for(action: Action, intent: IntentRead, now: datetime) -> bool:
    """A worker's charge names no intent: right after it nobody can have chosen again. One that waits is not over."""
    asked, at = action.request.get("asked"), action.started_at
    if asked == intent.id or word_of(action.outcome) == Word.NEEDS_AUTHENTICATION:
        return True
    return not asked and at is not None and claims.by_the_wall(action, now) - at < BREATH


def _claim(link: Link, intent: IntentRead, now: datetime) -> Action | None:
    """The charge of this card as a row that is ours and counts as begun, or None while another charge is out.

    One commit plans, claims and starts it: a worker that looks for charges under way sees either nothing or this one.
    """
    with transaction.atomic():
        case = lock(link.case)
        if case.state == Case.State.RECOVERED or _earlier(case, intent, now):  # it may have been made meanwhile
            return None
        case.new_method, case.customer_acted_at = intent.payment_method_id, now
        planned = None if is_out(case) else _planned(case, intent, now)
        action = begin(planned, link, intent.payment_method_id, now, asked=intent.id) if planned else None
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
    charges = Action.objects.filter(case=case, do=Do.CHARGE).exclude(state=Action.State.DROPPED)
    rows = [row for row in charges if _is_about(row, step)]
    waiting = next((row for row in rows if row.state == Action.State.PLANNED), None)
    if waiting is not None:
        return waiting
    card = named(intent.card.brand, intent.card.last4) if intent.card else "a new method"
    planned = Planned(
        # A charge of that step which did not name the card was not a try of this card; a saved one may be chosen often.
        step=_unused(step, rows),
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


def _unused(brought: Brought, rows: Sequence[Action]) -> Key:
    """The key of the next try of what was brought, which none of those before has."""
    taken = {row.step for row in rows}
    numbered = (replace(brought, here=bool(rows), again=again).key for again in (0, *range(2, len(rows) + 2)))
    return next(key for key in numbered if key not in taken)


def _is_about(row: Action, brought: Brought) -> bool:
    step = read(row.step)
    return isinstance(step, Brought) and step.name == brought.name
