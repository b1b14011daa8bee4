"""Whose try a charge at Stripe was: of a call of ours where it fits that call, else the customer's or Stripe's own."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from tideover.core.networks import By
from tideover.core.outcomes import Tried
from tideover.gateways.answers import ChargeRead
from tideover.recovery import ledger
from tideover.recovery.models import Action, Attempt, Case

CLOCKS_DIFFER_BY: Final = timedelta(minutes=1)  # Stripe's and ours
MADE_WITHIN: Final = timedelta(minutes=5)  # of the call, with the wait for its turn: then nobody listens any more
PART: Final = "part"  # of a charge's request: it is of a part of the invoice, by a payment of its own
BESIDE: Final = "beside"  # the same: it is by a payment beside the invoice, of this id
ASKED_AGAIN: Final = "asked_again_at"  # when the call was last repeated under its key


def is_of(action: Action, charge: ChargeRead) -> bool:
    """Whether `charge` can have come of the call that `action` has out: by its moment and by what was charged.

    Stripe's own retries and the customer's payments go on while a call is in doubt, for hours.
    """
    if charge.part:
        return _is_its_part(action, charge)
    in_time = any(-CLOCKS_DIFFER_BY <= charge.called_at - at <= MADE_WITHIN for at in _calls(action))
    beside = action.request.get(BESIDE)
    fits = charge.payment_intent_id == beside if beside else _fits(action, charge)
    return in_time and fits and _is_its_card(action, charge)


def _fits(action: Action, charge: ChargeRead) -> bool:
    return PART not in action.request or charge.amount == action.asked.minor


def _is_its_part(action: Action, charge: ChargeRead) -> bool:
    """Whether the payment is named after the part that was asked for: by this call, or by an earlier try of it."""
    named, began = action.request.get(PART, {}).get("name"), action.started_at
    return named == charge.part and began is not None and charge.called_at >= began - CLOCKS_DIFFER_BY


def charge_of(action: Action, charges: Iterable[ChargeRead]) -> ChargeRead | None:
    """The one that came of it: where several can have, the one nearest to a call."""
    mine = [charge for charge in charges if is_of(action, charge)]
    return min(mine, key=lambda charge: min(abs(charge.called_at - at) for at in _calls(action)), default=None)


def _calls(action: Action) -> list[datetime]:
    again = action.request.get(ASKED_AGAIN)
    calls = [action.started_at, datetime.fromisoformat(again) if again else None]
    return [at for at in calls if at is not None]


def _is_its_card(action: Action, charge: ChargeRead) -> bool:
    """A named method is that one; what is on file is the card the case had. What is unknown excludes nothing."""
    named = str(action.request.get("payment_method") or "")
    if charge.card is None:
        return True
    if named:
        return charge.card.payment_method_id in {"", named}
    return not action.case.card_fingerprint or charge.card.fingerprint in {"", action.case.card_fingerprint}


def attributed(case: Case, charge: ChargeRead, ours: Action | None, failed: set[str]) -> Attempt:
    """Whose try it was: ours where a charge of ours is known to have made it, or its payment says so, the customer's if
    it went through on a card that never failed here, else Stripe's. What is sent to be paid by its receiver is tried by
    nobody else.
    """
    if ours is not None or charge.part:
        return ledger.row(case, charge, by=By.US, action=ours)
    brought = case.is_overdue or (
        charge.outcome == Tried.PAID and charge.card is not None and charge.card.fingerprint not in failed
    )
    return ledger.row(case, charge, by=By.CUSTOMER if brought else By.STRIPE, action=None)


def via_of_attempt(attempt: Attempt) -> Case.Via:
    """What money that this try brought counts as."""
    if attempt.by == By.CUSTOMER:
        return Case.Via.CUSTOMER
    if attempt.by == By.STRIPE:
        return Case.Via.STRIPE
    return via_of(attempt.action)


def via_of(action: Action | None) -> Case.Via:
    """What a charge of ours that went through counts as: the way by which the customer brought a card, or a retry."""
    brought = action.request.get("via") if action is not None else None
    return Case.Via(brought) if brought else Case.Via.RETRY
