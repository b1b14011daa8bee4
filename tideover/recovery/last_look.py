"""The last look: the truth right before an effect, and the plan asked once more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from django.db import transaction
from django.db.models import OuterRef

from tideover.core.outcomes import Word
from tideover.flow.stops import halts_of, stopped_for_everybody
from tideover.gateways.answers import InvoiceRead, NotHere, NotNow
from tideover.inbox import queue
from tideover.recovery import ledger
from tideover.recovery.effects import Effects
from tideover.recovery.intake import bring_up
from tideover.recovery.known import Known, known_of, locking
from tideover.recovery.models import Action, Case
from tideover.recovery.planning import last_word

AT_ONCE = timedelta(0)
NEWS_IS_READ_IN = timedelta(seconds=5)
T = TypeVar("T")


class Held(NotNow):
    """Something stands in the way until `wait` is over."""

    together = False

    def __init__(self, why: str, wait: timedelta) -> None:
        super().__init__(why)
        self.wait = wait


class Moot(NotHere):
    """There is nothing to do any more, for the reason it says."""

    word = Word.SKIPPED


class Unwanted(Moot):
    """The plan, made anew at this moment, has the step no more."""

    word = Word.DROPPED


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen: the invoice at Stripe, and all that is known of its case now."""

    read: InvoiceRead
    known: Known


def last_look(
    action: Action, effects: Effects, now: datetime, begin: Callable[[Look], T], *, afresh: bool = False
) -> T:
    """Read the invoice, take in what was read, and `begin`: in one commit, while the case is held.

    Raises Moot where nothing is left to do, and Held where it must not be done now. What was read is kept either way.
    What is known of the case is read before Stripe is asked, and stands if nobody learns anything meanwhile; `afresh`
    reads it again while the case is held, also what is counted across cases.
    """
    if action.news_waits:
        raise _unread()
    case = action.case
    earlier = None if afresh else known_of([case], now)[0]
    tried = earlier.own_attempts if earlier else case.attempts.all()
    read = effects.stripe_for(case.connection).read_invoice(case.invoice_id, ledger.known_charges(tried))
    with transaction.atomic():
        held, held_back = _hold(case)
        known = bring_up(held, read, now, earlier)
        action.case = held
        obstacle = held_back or _obstacle(action, known, read, now)
        if obstacle is None and read is not None:
            return begin(Look(read, known))
    assert obstacle is not None
    raise obstacle


def _unread() -> Held:
    """An event about this invoice is stored and not yet understood: it may say that it is paid."""
    return Held("news about the invoice is waiting to be read", NEWS_IS_READ_IN)


def _hold(case: Case) -> tuple[Case, Held | None]:
    """The case's row, held until the transaction ends; and what holds back whatever is done for its account, or it."""
    unread = queue.waiting_about(OuterRef("connection_id"), OuterRef("invoice_id"))
    held = locking(case).annotate(everybody=stopped_for_everybody(), news_waits=unread).get()
    halted = halts_of(held.connection, held.everybody)
    if halted:  # the claim passes over what is stopped; it is due again at once
        return held, Held(halted[0].why, AT_ONCE)
    return held, _unread() if held.news_waits else None


def _obstacle(action: Action, known: Known, read: InvoiceRead | None, now: datetime) -> Held | Moot | None:
    """Why the action must not be done any more, or not yet."""
    if read is None or read.status != "open" or known.case.state != Case.State.FAILING:
        return Moot(f"the invoice is {read.status if read else 'deleted'}, the case {known.case.state}")
    return None if action.asked_by else _unplanned(action, known, now)


def _unplanned(action: Action, known: Known, now: datetime) -> Held | Moot | None:
    """Whether the plan, made anew at this moment, has the step no more, or later; if not, the action has its words."""
    word = last_word(known, action.step, now)
    if word is None:
        return Unwanted("at the last look it had lost its reason")
    if word.at > now:
        return Held(word.why, word.at - now)
    action.template, action.tone = word.template, word.tone
    return None
