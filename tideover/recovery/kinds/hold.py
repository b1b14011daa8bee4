"""The hold: Stripe's own tries of an invoice rest, and are given back. Both are read there."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from django.db import transaction

from tideover.core.outcomes import Outcome, Word
from tideover.core.steps import Holding, read
from tideover.failpoints import failpoint
from tideover.gateways.answers import NotPossible
from tideover.gateways.stripe import Stripe
from tideover.recovery import claims
from tideover.recovery.conclude import Ending, conclude, conclude_held
from tideover.recovery.effects import Effects
from tideover.recovery.known import known_of, lock
from tideover.recovery.last_look import Look, Unwanted, approach, last_look
from tideover.recovery.models import Action, Case
from tideover.recovery.planning import last_word

TAKEN: Final = "taken"  # of a request: with it Stripe's own collecting of the invoice was turned off
GIVEN_BACK: Final = "given_back"  # of the same request: Stripe collects the invoice by itself again
BY_READING: Final = "settled by reading the invoice at Stripe"
NOT_BY_ITSELF: Final = "Stripe does not try the invoice by itself"


def perform(action: Action, effects: Effects, now: datetime) -> None:
    """Hold them, or give them back."""
    if _is_over(action):
        _give_back(action, effects, now)
    else:
        _hold(action, effects, now)


def _is_over(action: Action) -> bool:
    step = read(action.step)
    return isinstance(step, Holding) and step.over


def _hold(action: Action, effects: Effects, now: datetime) -> None:
    look = last_look(approach(action), effects, now, lambda look: _begin(action, look, now))
    if look is None:
        return
    failpoint("hold.started")
    effects.stripe_for(action.case.connection).set_auto_advance(look.read.id, on=False, key=f"{action.key}_hold")
    failpoint("hold.taken")
    conclude(action, _HELD, now, look.known)


_HELD: Final = Ending(Outcome(Word.HELD), marks={"held": True, "collects": False, "stripe_next_attempt_at": None})


def _begin(action: Action, look: Look, now: datetime) -> Look | None:
    """Write down that we hold it before we do; None where nothing is to be held."""
    if not look.read.auto_advance:
        conclude_held(action, Ending(Outcome(Word.SKIPPED, reason=NOT_BY_ITSELF)), now, look.known)
        return None
    claims.mark_started(action, now, **{TAKEN: True})
    return look


def _give_back(action: Action, effects: Effects, now: datetime) -> None:
    """Whatever became of the case, as long as its invoice is open."""
    mine = approach(action)
    if mine.held_back:
        raise mine.held_back
    stripe = effects.stripe_for(mine.case.connection)
    with transaction.atomic():
        action.case = held = lock(mine.case)
        [known] = known_of([held], now)
        if last_word(known, action.step, now) is None:
            raise Unwanted("it is held for another reason, or was given back")
        claims.mark_started(action, now)
    outcome = _given_back(action, stripe)
    failpoint("hold.given_back")
    conclude(action, Ending(outcome, marks=_marks(outcome)), now)
    if _marks(outcome):
        note_given_back(action.case)


def _given_back(action: Action, stripe: Stripe) -> Outcome:
    if stripe.invoice_status(action.case.invoice_id) != "open":
        return Outcome(Word.SKIPPED, reason="the invoice is not open any more")
    try:
        stripe.set_auto_advance(action.case.invoice_id, on=True, key=f"{action.key}_back")
    except NotPossible as refused:
        return Outcome(Word.REFUSED, reason=str(refused))
    return Outcome(Word.GIVEN_BACK)


def _marks(outcome: Outcome) -> dict[str, Any]:
    return {} if outcome.word == Word.REFUSED else {"held": False}


def note_given_back(case: Case) -> None:
    """Whoever took the invoice over holds it no more."""
    for taken in Action.objects.filter(case_id=case.pk, **{f"request__{TAKEN}": True}):
        Action.objects.filter(pk=taken.pk).update(request={**taken.request, GIVEN_BACK: True})


def may_have_left(action: Action) -> bool:
    """Whether a claimed one may have reached Stripe."""
    return action.started_at is not None


def settle_doubt(action: Action, effects: Effects, now: datetime) -> None:
    """The invoice itself says what became of it; what is not as it was meant to be is done again."""
    if action.started_at is None:
        claims.give_back(action, now)
        return
    found = effects.stripe_for(action.case.connection).read_invoice(action.case.invoice_id)
    if _is_over(action):
        is_so, word = found is None or found.status != "open" or not found.held, Word.GIVEN_BACK
    else:
        is_so, word = found is not None and found.held, Word.HELD
    if not is_so:
        claims.give_back(action, now)
        return
    conclude(action, Ending(Outcome(word, reason=BY_READING), marks={"held": word == Word.HELD}), now)
    if word == Word.GIVEN_BACK:
        note_given_back(action.case)
