"""A charge beside its invoice: a try of the payment by which a debt that came back is collected, its payer there."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from django.db import transaction

from tideover.core.outcomes import Outcome, Word
from tideover.gateways.answers import Answer, Paid, Unknown
from tideover.gateways.payments.beside import ASKS, Beside
from tideover.gateways.stripe import Stripe
from tideover.recovery import claims
from tideover.recovery.attribution import BESIDE, MADE_WITHIN, charge_of, via_of
from tideover.recovery.conclude import conclude_held
from tideover.recovery.kinds.answers import ending_of
from tideover.recovery.known import lock, still_known
from tideover.recovery.models import Action, Attempt
from tideover.recovery.returned import collecting


def pay(action: Action, stripe: Stripe, now: datetime, not_after: datetime) -> Answer:
    """Try it with what the payer brought, under the action's own key, and settle that. Raises as every charge does."""
    method = str(action.request["payment_method"])
    answer = stripe.pay_beside(action.request[BESIDE], method, key=action.key, not_after=not_after)
    with transaction.atomic():
        _conclude(action, answer, now)
    return answer


def _conclude(action: Action, answer: Answer, now: datetime) -> None:
    """What came of it: the money is the case's, and the payment over, in the one commit that settles the try."""
    known, ending = still_known(lock(action.case), now), ending_of(action, answer, now)
    if not isinstance(answer, Paid):
        conclude_held(action, ending, now, known)
        return
    amount = action.asked.minor
    came = collecting.money_of(known, answer.charge_id, amount, now)
    marks = {**ending.marks, "via": via_of(action)}  # no more came than before, and yet by another way
    collecting.close(known.case, action.request[BESIDE], amount, now)
    conclude_held(action, replace(ending, facts=[came], marks=marks), now, known)


def settle_by_reading(action: Action, stripe: Stripe, now: datetime) -> None:
    """The payment tells what became of the try; it is not repeated, as its payer may not be there any more.

    Raises Unknown where it says nothing, and the call may still be on its way.
    """
    told = stripe.read_beside(action.request[BESIDE])
    word = _word(action, told) if told else Word.NOT_TRIED
    if (
        word == Word.NOT_TRIED
        and action.started_at
        and claims.by_the_wall(action, now) - action.started_at < MADE_WITHIN
    ):
        raise Unknown("nothing is seen of it, and it may still be on its way")
    with transaction.atomic():
        action.case = lock(action.case)
        claims.settle(action, Outcome(word, reason="settled by reading the payment at Stripe"), now)
        if told:
            collecting.note(action.case, told, now)


def _word(action: Action, told: Beside) -> Word:
    """What became of this very try. Where the bank asks, there is no charge yet."""
    of_others = Attempt.objects.filter(case=action.case, action__isnull=False).exclude(action=action)
    known = set(of_others.values_list("charge_id", flat=True))
    charge = charge_of(action, [each for each in told.charges if each.id not in known])
    if charge:
        return Word(charge.outcome)
    mine = told.status == ASKS and told.payment_method_id == action.request["payment_method"]
    return Word.AUTHENTICATION if mine else Word.NOT_TRIED
