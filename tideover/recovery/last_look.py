"""The last look: the truth right before an effect, and the plan asked once more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from django.db import transaction

from tideover.core.outcomes import Word
from tideover.flow.stops import why_stopped
from tideover.gateways.answers import InvoiceRead, NotHere, NotNow
from tideover.inbox.models import StripeEvent
from tideover.recovery import ledger
from tideover.recovery.effects import Effects
from tideover.recovery.intake import bring_up
from tideover.recovery.known import Known, lock
from tideover.recovery.models import Action, Case
from tideover.recovery.planning import last_word

NEWS_IS_READ_IN = timedelta(seconds=5)
AT_ONCE = timedelta(0)
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


def last_look(action: Action, effects: Effects, now: datetime, begin: Callable[[Look], T]) -> T:
    """Read the invoice, take in what was read, and `begin`: in one commit, while the case is held.

    Raises Moot where nothing is left to do, and Held where it must not be done now. What was read is kept either way.
    """
    case = action.case
    read = effects.stripe_for(case.connection).read_invoice(case.invoice_id, ledger.known_charges(case))
    with transaction.atomic():
        known = bring_up(lock(case), read, now)
        action.case = known.case
        obstacle = _obstacle(action, known, read, now)
        if obstacle is None and read is not None:
            return begin(Look(read, known))
    assert obstacle is not None
    raise obstacle


def _obstacle(action: Action, known: Known, read: InvoiceRead | None, now: datetime) -> Held | Moot | None:
    """Why the action must not be done, or not now."""
    case = known.case
    stopped = why_stopped(case.connection)
    if stopped:
        return Held(stopped, AT_ONCE)  # the claim passes over what is stopped; it is due again at once
    if _news_waits(case):
        return Held("news about the invoice is waiting to be read", NEWS_IS_READ_IN)
    if read is None or read.status != "open" or case.state != Case.State.FAILING:
        return Moot(f"the invoice is {read.status if read else 'deleted'}, the case {case.state}")
    return None if action.asked_by else _unplanned(action, known, now)


def _news_waits(case: Case) -> bool:
    """Whether an event about this invoice is stored and not yet understood: it may say that it is paid."""
    return StripeEvent.objects.filter(
        connection_id=case.connection_id, object_id=case.invoice_id, state=StripeEvent.State.STORED
    ).exists()


def _unplanned(action: Action, known: Known, now: datetime) -> Held | Moot | None:
    """Whether the plan, made anew at this moment, has the step no more, or later; if not, the action has its words."""
    word = last_word(known, action.step, now)
    if word is None:
        return Unwanted("at the last look it had lost its reason")
    if word.at > now:
        return Held(word.why, word.at - now)
    action.template, action.tone = word.template, word.tone
    return None
