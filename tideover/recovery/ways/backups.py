"""Which of a customer's other methods is charged: the newest that is usable, was not tried here, and may be tried."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from tideover.core import networks
from tideover.core.methods import Means, fits, means_of, named
from tideover.core.outcomes import FAILED_TRIES
from tideover.core.steps import Backup, read
from tideover.gateways.answers import Card
from tideover.recovery import ledger
from tideover.recovery.effects import Effects
from tideover.recovery.known import Known
from tideover.recovery.last_look import Approach
from tideover.recovery.models import Action, Attempt

NO_OTHER: Final = "no other method of the customer is saved that may be charged"
CHARGEABLE: Final = frozenset({Means.CARD, Means.BANK_ACCOUNT, Means.LINK, Means.PAYPAL})


@dataclass(frozen=True, slots=True)
class Chosen:
    """The method to charge. passed_over: newer ones, each with what stood in the way."""

    card: Card
    passed_over: tuple[str, ...] = ()

    @property
    def sent(self) -> dict[str, Any]:
        """What the charge's request says of it."""
        told = {"brand": self.card.brand, "last4": self.card.last4, "fingerprint": self.card.fingerprint}
        return {"payment_method": self.card.payment_method_id, "backup": told}


def is_backup(action: Action) -> bool:
    """Whether the step charges another method than the one that failed."""
    return isinstance(read(action.step), Backup)


def saved_for(mine: Approach, effects: Effects) -> Sequence[Card]:
    """The customer's saved methods, the newest first, where the step is about one of them. Asks Stripe."""
    if mine.held_back or not is_backup(mine.action):
        return ()
    return effects.stripe_for(mine.case.connection).saved_methods(mine.case.customer_id)


def choose(known: Known, saved: Sequence[Card], now: datetime) -> Chosen | str:
    """The first of them that may be charged, or why none may. The case is held."""
    passed_over: list[str] = []
    for card in saved:
        why_not = _why_not(known, card, now)
        if not why_not:
            return Chosen(card, tuple(passed_over))
        passed_over.append(f"{named(card.brand, card.last4)} was passed over: {why_not}.")
    return " ".join([f"{NO_OTHER}.", *passed_over]) if passed_over else NO_OTHER


def _why_not(known: Known, card: Card, now: datetime) -> str:
    case = known.case
    if card.payment_method_id == case.payment_method_id or card.fingerprint == case.card_fingerprint != "":
        return "it is the one that failed"
    if means_of(card.brand) not in CHARGEABLE:
        return "it cannot be charged by itself"
    if not fits(card.brand, case.currency):
        return f"it does not pay in {case.currency.upper()}"
    if _has_expired(card, now):
        return "it has expired"
    if card.payment_method_id in _charged_before(known) or card.fingerprint in _failed_here(known):
        return "it was tried for this invoice"
    budget = _budget(known, card, now)
    return "" if budget.allowed else budget.why.rstrip(".")


def _has_expired(card: Card, now: datetime) -> bool:
    month, _, year = card.expires.partition("/")
    return bool(year) and (int(year), int(month)) < (now.year, now.month)


def _charged_before(known: Known) -> set[str]:
    return {str(action.request.get("payment_method") or "") for action in known.actions if action.started_at} - {""}


def _failed_here(known: Known) -> set[str]:
    failed = [attempt for attempt in known.own_attempts if attempt.outcome in FAILED_TRIES]
    return {attempt.card_fingerprint for attempt in failed} - {""}


def _budget(known: Known, card: Card, now: datetime) -> networks.Budget:
    """What its network, or a debit's scheme, leaves: everybody's tries on it in the account count."""
    case, since = known.case, now - ledger.COUNTED_FOR
    rows = Attempt.objects.filter(connection_id=case.connection_id, card_fingerprint=card.fingerprint, at__gte=since)
    found = rows.order_by("at", "id") if card.fingerprint else ()
    attempts = [ledger.as_core(row, elsewhere=row.case_id != case.pk) for row in found]
    return networks.budget(card.brand or None, case.owed, attempts, now, fingerprint=card.fingerprint or None)
