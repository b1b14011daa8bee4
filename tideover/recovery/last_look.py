"""The last look: the truth right before an effect, and the plan asked once more."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeVar

from django.db import transaction
from django.db.models import Exists, OuterRef, Subquery

from tideover.core.outcomes import Word
from tideover.core.steps import CHARGES, InPart, NewLink, PartTold, Receipt, ReturnTold
from tideover.core.steps import read as step_of
from tideover.core.ways.in_parts import STANDS
from tideover.flow.stops import halts_of, stopped_for_everybody
from tideover.gateways.answers import InvoiceRead, NotHere, NotNow
from tideover.inbox import queue
from tideover.messages.drafts.speaking import any_speaks
from tideover.messages.models import Message
from tideover.messages.own.rows import any_of
from tideover.recovery import ledger
from tideover.recovery.conversing import has_others
from tideover.recovery.effects import Effects
from tideover.recovery.intake import bring_up
from tideover.recovery.known import WHOM, Known, known_of, locking
from tideover.recovery.models import Action, Case
from tideover.recovery.planning import PAUSED, last_word, why_unwanted
from tideover.recovery.plans.standing import standing
from tideover.recovery.ways.returning import debt_of

AT_ONCE = timedelta(0)
NEWS_IS_READ_IN = timedelta(seconds=5)
T = TypeVar("T")


class Held(NotNow):
    """Something stands in the way until `wait` is over."""

    together = False

    def __init__(self, why: str, wait: timedelta) -> None:
        super().__init__(why)
        self.wait = wait


class Later(Held):
    """The plan has it later, by the case's own time."""


class Moot(NotHere):
    """There is nothing to do any more, for the reason it says."""

    word = Word.SKIPPED


class Unwanted(Moot):
    """The plan, made anew at this moment, has the step no more."""

    word = Word.DROPPED


@dataclass(frozen=True, slots=True)
class Approach:
    """An action about to be done, its case as it is now with all whom it concerns, and what holds it back.

    has_message: whether a message of this very action was written already. has_others: whether the customer has more
    open invoices that are written about with this one. has_texts: whether the merchant has texts of their own;
    has_drafts: whether a model's speak unread in the place of ours.
    """

    action: Action
    case: Case
    held_back: Held | None
    has_message: bool
    has_others: bool
    has_texts: bool
    has_drafts: bool


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen: the invoice at Stripe, and all that is known of its case now."""

    read: InvoiceRead
    known: Known


def approach(action: Action) -> Approach:
    """What was true at the claim may be old: the case is read again before anything is asked or done."""
    written = Exists(Message.objects.filter(action_id=action.pk))
    rows = (
        Case.objects.filter(pk=action.case_id)
        .select_related(*WHOM)
        .annotate(has_message=written, has_others=has_others(), **_HOLDS)
        .annotate(has_texts=any_of(OuterRef("project")), has_drafts=any_speaks(OuterRef("project")))
    )
    case = action.case = rows.get()
    return Approach(action, case, _held_back(case), case.has_message, case.has_others, case.has_texts, case.has_drafts)


def as_it_stands(case: Case) -> tuple[Case, Held | None]:
    """The case as its row is at this moment, and what holds back all that is done about it."""
    read = Case.objects.filter(pk=case.pk).select_related(*WHOM).annotate(**_HOLDS).get()
    return read, _held_back(read)


def last_look(
    approach: Approach, effects: Effects, now: datetime, begin: Callable[[Look], T], *, afresh: bool = False
) -> T:
    """Read the invoice, take in what was read, and `begin`: in one commit, while the case is held.

    Raises Moot where nothing is left to do, and Held where it must not be done now, Later by the plan itself. What was
    read is kept either way.
    What is known of the case is read before Stripe is asked, and stands if nobody learns anything meanwhile; `afresh`
    reads it again while the case is held, also what is counted across cases.
    """
    if approach.held_back:
        raise approach.held_back
    action, case = approach.action, approach.case
    earlier = None if afresh else known_of([case], now)[0]
    tried = earlier.own_attempts if earlier else case.attempts.all()
    read = effects.stripe_for(case.connection).read_invoice(case.invoice_id, ledger.known_charges(tried))
    with transaction.atomic():
        action.case = held = locking(case).annotate(**_HOLDS).get()
        known = bring_up(held, read, now, earlier)
        obstacle = _held_back(held) or _obstacle(action, known, read, now)
        if obstacle is None and read is not None:
            return begin(Look(read, known))
    assert obstacle is not None
    raise obstacle


# What holds back all that is done for an account, or about an invoice: columns of the case that is read.
_HOLDS: Final[Mapping[str, Subquery]] = {
    "stopped_for_everybody": stopped_for_everybody(),
    "news_waits": queue.waiting_about(OuterRef("connection_id"), OuterRef("invoice_id")),
}


def _held_back(case: Case) -> Held | None:
    """The reason by a case that was read with `_HOLDS`."""
    seen = vars(case)
    halted = halts_of(case.connection, case.project, seen["stopped_for_everybody"])
    if halted:  # the claim passes over what is stopped; it is due again at once
        return Held(halted[0].why, AT_ONCE)
    if seen["news_waits"]:  # an event is stored and not yet understood: it may say that it is paid
        return Held("news about the invoice is waiting to be read", NEWS_IS_READ_IN)
    return None


def _obstacle(action: Action, known: Known, read: InvoiceRead | None, now: datetime) -> Held | Moot | None:
    """Why the action must not be done any more, or not yet."""
    if is_receipt(action):
        return _no_receipt(known) or _unplanned(action, known, now)
    if is_of_return(action):
        return _no_debt(known) or _unplanned(action, known, now)
    if (
        is_new_link(action) and read is not None and read.status == "open"
    ):  # whatever became of the case, it can be paid
        return _unplanned(action, known, now)
    if read is None or read.status != "open" or known.case.state != Case.State.FAILING:
        return Moot(f"the invoice is {read.status if read else 'deleted'}, the case {known.case.state}")
    return _asked_too_early(action, known, now) if action.asked_by else _unplanned(action, known, now)


def is_receipt(action: Action) -> bool:
    """Whether it tells of a payment, and so is the one thing that is sent after it."""
    return isinstance(step_of(action.step), Receipt)


def is_new_link(action: Action) -> bool:
    """Whether it brings the payer a new link, for which they have asked."""
    return isinstance(step_of(action.step), NewLink)


def is_of_return(action: Action) -> bool:
    """Whether it tells of a debit that came back, whose invoice Stripe keeps paid."""
    return isinstance(step_of(action.step), ReturnTold)


def _no_debt(known: Known) -> Moot | None:
    """Whether there is nothing to tell of, as it was paid or won or the case ended; or no page on which it is paid."""
    case = known.case
    if debt_of(known) is None:
        return Moot(f"nothing that came back is owed any more, the case is {case.state}")
    takes_cards = case.connection.publishable_key and case.customer_id
    return None if takes_cards else Moot("the pay page takes no card for it: the account has no publishable key here")


def _no_receipt(known: Known) -> Moot | None:
    """Whether there is nothing to tell of: the payment went back, or nobody knows of one."""
    paid = known.case.state == Case.State.RECOVERED and known.case.amount_recovered > 0
    return None if paid else Moot("the payment that it would tell of is none any more")


def _asked_too_early(action: Action, known: Known, now: datetime) -> Moot | None:
    """Who pauses a case, or begins or ends a payment plan, means also what was asked for and has not begun."""
    if known.case.is_paused(now):
        return Unwanted("the case was paused before it began")
    of_a_plan, stands = isinstance(step_of(action.step), InPart | PartTold), standing(known.plans) is not None
    if of_a_plan == stands:
        return None
    return Unwanted(STANDS if stands else "the payment plan stands no more")


def _why_unwanted(action: Action, known: Known, now: datetime) -> str:
    others = [other for other in known.actions if other.do in CHARGES and other.pk != action.pk]
    if action.do in CHARGES and any((other.settled_at or other.due_at) >= action.due_at for other in others):
        return "of several tries that were missed one is made up for"
    return why_unwanted(known, action.step, now)


def _unplanned(action: Action, known: Known, now: datetime) -> Held | Moot | None:
    """Whether the plan, made anew at this moment, has the step no more, or later; if not, the action has its words."""
    word = last_word(known, action.step, now)
    if word is None:
        return Unwanted(_why_unwanted(action, known, now))
    if word.at > now:
        return Later(PAUSED if known.case.is_paused(now) else word.why, word.at - now)
    action.template, action.tone, action.channel = word.template, word.tone, word.channel
    return None
