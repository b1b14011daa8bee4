"""A repair that is no attach: another method is charged by default, or its details were corrected. A reading shows it.

So it is heard by whatever makes us read: an event, a last look, the daily sweep. What the customer brought elsewhere
(the card page, an attached card) is known already and not taken for another repair.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tideover.core.facts import Fact, Learnt, fact
from tideover.core.outcomes import FAILED_TRIES
from tideover.gateways.answers import Card, InvoiceRead
from tideover.recovery.known import Known
from tideover.recovery.models import Attempt, Case


@dataclass(frozen=True, slots=True)
class Before:
    """What was on file when the case was read last, and when that was: `read_at` is None at its first reading."""

    payment_method_id: str
    expires: str
    known: bool
    read_at: datetime | None


def before(case: Case) -> Before:
    """As the case has it, before a new reading is copied into it."""
    known = bool(case.payment_method_id or case.card_fingerprint or case.card_last4)
    return Before(case.payment_method_id, case.card_expires, known, case.read_at if case.is_stored else None)


def repair(known: Known, read: InvoiceRead, was: Before, now: datetime) -> Fact | None:
    """The repair that the reading shows, marked on the case; None where it shows none, or one that is known already."""
    card = read.card
    if card is None or read.status != "open" or known.case.state != Case.State.FAILING:
        return None
    if not _differs(known, card, was) or _is_known(known, card) or _has_failed(known, card, was):
        return None
    known.case.new_method, known.case.customer_acted_at = "", now
    detail = {"payment_method": card.payment_method_id, "brand": card.brand, "fingerprint": card.fingerprint}
    about = f"{card.payment_method_id}:{card.expires}"
    return fact(Learnt.METHOD_CHANGED, now, about, **detail)


def _differs(known: Known, card: Card, was: Before) -> bool:
    if was.read_at is None:  # the first reading: it can only be held against what failed
        failed = [attempt.card_fingerprint for attempt in _failures(known) if attempt.card_fingerprint]
        return bool(failed and card.fingerprint) and card.fingerprint not in failed
    if not was.known:  # there was nothing to charge before, or nothing is known of it
        return not _failures(known)
    return _is_another(card, was) or _is_corrected(card, was)


def _is_another(card: Card, was: Before) -> bool:
    return bool(was.payment_method_id) and card.payment_method_id != was.payment_method_id


def _is_corrected(card: Card, was: Before) -> bool:
    return bool(was.expires and card.expires) and card.expires != was.expires


def _is_known(known: Known, card: Card) -> bool:
    """Whether it was heard of by another way: an attach that is tried now, or our own card page."""
    if known.case.new_method == card.payment_method_id:
        return True
    told = {Learnt.CARD_REPLACED, Learnt.METHOD_CHANGED}
    here = [each for each in known.facts if each.detail.get("payment_method") == card.payment_method_id]
    return any(each.kind == Learnt.CARD_REPLACED for each in here) or any(
        each.kind in told and each.key.endswith(f":{card.expires}") for each in here
    )


def _has_failed(known: Known, card: Card, was: Before) -> bool:
    """Whether this card was tried as it is now, or nobody can tell. A bank's question no correction answers."""
    tried = [attempt for attempt in _failures(known) if attempt.card_fingerprint == card.fingerprint != ""]
    if not tried:
        return False
    if not _is_corrected(card, was) or was.read_at is None or tried[-1].at > was.read_at:
        return True
    return any(each.kind == Learnt.ACTION_REQUIRED and each.at >= tried[-1].at for each in known.facts)


def _failures(known: Known) -> list[Attempt]:
    return [attempt for attempt in known.own_attempts if attempt.outcome in FAILED_TRIES]
