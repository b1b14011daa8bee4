"""The end of the plan: the case is given up, unless the truth says otherwise; and what the rules do at Stripe then.

Where we took over Stripe's own end does not come any more. So what the merchant chose is done here, after a last look
of its own: never of an invoice that is paid, or that a payment is under way for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

from tideover.core.case import Rest, State
from tideover.core.choices import FinalAction
from tideover.core.facts import Learnt, fact
from tideover.core.outcomes import Outcome, Word
from tideover.failpoints import failpoint
from tideover.gateways.answers import InvoiceRead, NotPossible, ReadOnly
from tideover.gateways.stripe import Stripe
from tideover.recovery import claims
from tideover.recovery.conclude import Ending, conclude, conclude_held
from tideover.recovery.effects import Effects
from tideover.recovery.last_look import AT_ONCE, Held, Look, Moot, approach, last_look
from tideover.recovery.models import Action
from tideover.recovery.rulesets import rules_of

FINAL: Final = "final"  # of a request: what Stripe was asked for
DOUBTED: Final = "doubted"  # of the same: the answer was lost
A_MOMENT: Final = timedelta(minutes=1)
LOST: Final = "its answer was lost: Stripe tells what became of it"
NO_SUBSCRIPTION: Final = "no subscription hangs on the invoice: everything at Stripe stays as it is"


def perform(action: Action, effects: Effects, now: datetime) -> None:
    """Every step was taken."""
    try:
        look = last_look(approach(action), effects, now, lambda look: _begin(action, look, now))
    except (Moot, Held):
        if not _ended_by_us(action):
            raise
        conclude(action, _ending(action, "Stripe says that it was done", action.case.ended_at or now), now)
        return
    if look is not None:
        failpoint("close.started")
        said = _at_stripe(action, look.read, effects.stripe_for(action.case.connection))
        conclude(action, _ending(action, said, now), now, look.known)


def _begin(action: Action, look: Look, now: datetime) -> Look | None:
    """None where nothing is to be done at Stripe: then it is over in this commit."""
    chosen, case = rules_of(look.known.case.ruleset).ends_with, look.known.case
    ours = case.connection.may_write and not case.is_overdue and not case.rest
    final = chosen if ours else FinalAction.LEAVE
    if look.known.charges_under_way:
        raise Held("a charge of this invoice is under way", A_MOMENT)
    if final == FinalAction.LEAVE or (final in OF_SUBSCRIPTIONS and not look.read.subscription_id):
        reason = "" if final == FinalAction.LEAVE else NO_SUBSCRIPTION
        exhausted = fact(Learnt.EXHAUSTED, now)
        conclude_held(action, Ending(Outcome(Word.CLOSED, reason=reason), [exhausted]), now, look.known)
        failpoint("close.before_commit")
        return None
    claims.mark_started(action, now, **{FINAL: str(final)})
    return look


# ── at Stripe ──


def _cancel(stripe: Stripe, read: InvoiceRead, key: str) -> None:
    stripe.cancel_subscription(read.subscription_id, key=key)
    failpoint("close.canceled")


def _pause(stripe: Stripe, read: InvoiceRead, key: str) -> None:
    stripe.pause_collection(read.subscription_id, key=key)
    failpoint("close.paused")


def _write_off(stripe: Stripe, read: InvoiceRead, key: str) -> None:
    stripe.mark_uncollectible(read.id, key=key)
    failpoint("close.written_off")


DONE_BY: Final[Mapping[FinalAction, Callable[[Stripe, InvoiceRead, str], None]]] = {
    FinalAction.CANCEL: _cancel,
    FinalAction.PAUSE: _pause,
    FinalAction.UNCOLLECTIBLE: _write_off,
}
OF_SUBSCRIPTIONS: Final = (FinalAction.CANCEL, FinalAction.PAUSE)
SAID: Final[Mapping[FinalAction, str]] = {
    FinalAction.CANCEL: "the subscription was canceled at Stripe",
    FinalAction.PAUSE: "the collection of the subscription was paused at Stripe",
    FinalAction.UNCOLLECTIBLE: "the invoice was marked as uncollectible at Stripe",
}


def _at_stripe(action: Action, read: InvoiceRead, stripe: Stripe) -> str:
    """Do it, and say so; or why it could not be done."""
    final = FinalAction(action.request[FINAL])
    try:
        DONE_BY[final](stripe, read, f"{action.key}_{final}")
    except NotPossible as refused:
        return f"Stripe would not do it ({refused}): everything there stays as it is"
    except ReadOnly:
        if action.case.connection.may_write:  # stopped this very moment: it is tried again once that ends
            raise
        return "in observe mode nothing is done at Stripe"
    return SAID[final]


def _ending(action: Action, said: str, at: datetime) -> Ending:
    """We gave it up first, whatever Stripe tells of it in the same moment: that comes from what we did."""
    final = str(action.request[FINAL])
    return Ending(Outcome(Word.CLOSED, final, said), [fact(Learnt.EXHAUSTED, at - A_MOMENT, final=final, because=said)])


# What Stripe tells of an invoice, or its subscription, once it was done.
ENDS_AS: Final[Mapping[str, State]] = {
    FinalAction.CANCEL: State.CHURNED,
    FinalAction.UNCOLLECTIBLE: State.CANCELED,
}


def _ended_by_us(action: Action) -> bool:
    """Whether the case ended by what this action had asked for before its answer was lost."""
    final = action.request.get(FINAL, "")
    case = action.case
    is_so = ENDS_AS.get(final) == case.state or (final == FinalAction.PAUSE and case.rest == Rest.PAUSED)
    return DOUBTED in action.request and is_so


# ── in doubt ──


def may_have_left(action: Action) -> bool:
    """Whether Stripe may have been asked for something."""
    return action.started_at is not None


def settle_doubt(action: Action, _effects: Effects, now: datetime) -> None:
    """What was not committed did not happen; what Stripe was asked for is asked for again, after another last look."""
    if action.started_at is None:
        claims.give_back(action, now)
    else:
        claims.mark_started(action, now, **{DOUBTED: True})
        claims.release(action, now, LOST, wait=AT_ONCE)
