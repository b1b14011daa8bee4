"""What Stripe's answer to a charge means for its case: a word, facts, a line in the ledger, marks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from tideover.core.case import Attention
from tideover.core.declines import Heals, family, heals_refusal, stopped_by
from tideover.core.facts import Fact, Learnt, fact
from tideover.core.networks import By
from tideover.core.outcomes import Outcome, Tried, Word
from tideover.gateways.answers import (
    Answer,
    Declined,
    InvoiceRead,
    NeedsAuthentication,
    NotOpen,
    Paid,
    Processing,
    Refused,
)
from tideover.recovery import ledger
from tideover.recovery.attribution import BESIDE, PART, via_of
from tideover.recovery.conclude import Ending
from tideover.recovery.models import Action, Attempt
from tideover.recovery.reading import ENDINGS, Failure, money_of
from tideover.recovery.test_clocks.keeping import dated_by
from tideover.recovery.ways.backups import is_backup

# What Stripe says of a method that is not there (any more), or is another customer's.
GONE: Final = frozenset({"resource_missing", "payment_method_unexpected_state"})


def asked_in(answer: Answer) -> int | None:
    """What the bank was asked for, by the answer; None where it does not tell, or nothing was asked."""
    match answer:
        case Paid(charge_id, read):
            return _brought_by(charge_id, read) if read else None
        case Declined() | NeedsAuthentication() | Processing():
            return answer.amount
        case NotOpen() | Refused():
            return None


def _brought_by(charge_id: str, read: InvoiceRead) -> int | None:
    told = {charge.id: charge.amount for charge in read.attempts}
    told |= {payment.id: payment.amount for payment in read.payments}
    return told.get(charge_id)


def ending_of(action: Action, answer: Answer, now: datetime) -> Ending:
    """The end of a charge that was answered."""
    match answer:
        case Paid():
            return _paid(action, answer, now)
        case Declined():
            return _declined(action, answer, now)
        case NeedsAuthentication(_, _, charge_id, intent_id):
            return _needs_authentication(action, charge_id, intent_id, now)
        case Processing(intent_id, charge_id):
            return _under_way(action, intent_id, charge_id, now)
        case NotOpen(status):
            outcome = Outcome(Word.SKIPPED, reason=f"the invoice is {status}")
            return Ending(outcome, _end(action, answer, now))
        case Refused(code, message):
            return Ending(Outcome(Word.REFUSED, code, message), marks=_refused(action, code))


def _paid(action: Action, answer: Paid, now: datetime) -> Ending:
    intent = answer.read.payment_intent_id if answer.read else ""
    attempts = [_attempt(action, answer.charge_id, intent, Tried.PAID, now)] if answer.charge_id else []
    facts = _money_of(action, answer, now)
    return Ending(Outcome(Word.PAID), facts, attempts, marks=_tried(action), via=via_of(action))


def _money_of(action: Action, answer: Paid | NotOpen, now: datetime) -> Sequence[Fact]:
    """What every other reading of the paid invoice says, word for word: whoever hears it first makes no difference."""
    if answer.read is None:
        return ()
    read = dated_by(action.clock, action.case.connection, answer.read, is_new=False)
    return tuple(money_of(read, Failure(action.case.opened_at), now))


def _declined(action: Action, answer: Declined, now: datetime) -> Ending:
    decline, charge_id = answer.decline, answer.charge_id
    tried, word = (Tried.BLOCKED, Word.BLOCKED) if decline.blocked else (Tried.DECLINED, Word.DECLINED)
    attempt = _attempt(action, charge_id or action.key, answer.payment_intent_id, tried, now)
    attempt.counts = answer.reached_network
    attempt.code, attempt.advice_code = (decline.code or "")[:64], (decline.advice_code or "")[:40]
    attempt.network_decline_code = (decline.network_decline_code or "")[:10]
    attempt.network_advice_code = (decline.network_advice_code or "")[:10]
    failed = fact(Learnt.PAYMENT_FAILED, now, attempt.charge_id, charge=charge_id, code=decline.code or "")
    known = ledger.decline_of(attempt)
    latest = {"family": family(known), "decline_code": attempt.code} if known and not _is_apart(action) else {}
    reason = f"stopped by {stopped_by(decline.code or '')}" if decline.blocked else ""
    outcome = Outcome(word, decline.code or "unknown", reason)
    return Ending(outcome, [failed], [attempt], marks=latest | _tried(action))


def _under_way(action: Action, intent_id: str, charge_id: str, now: datetime) -> Ending:
    attempts = [_attempt(action, charge_id, intent_id, Tried.PROCESSING, now)] if charge_id else []
    under_way = fact(Learnt.PROCESSING, now, f"{intent_id}:{charge_id}")
    outcome = Outcome(Word.PROCESSING, reason="a bank debit takes days")
    processing = {} if BESIDE in action.request else {"processing": True}  # of a debit: the bank takes days
    return Ending(outcome, [under_way], attempts, marks=processing | _tried(action))


def _needs_authentication(action: Action, charge_id: str, intent_id: str, now: datetime) -> Ending:
    attempts = [_attempt(action, charge_id, intent_id, Tried.AUTHENTICATION, now)] if charge_id else []
    asked = fact(Learnt.ACTION_REQUIRED, now, intent_id, charge=charge_id)
    outcome = Outcome(Word.NEEDS_AUTHENTICATION, reason="the bank wants the customer to confirm")
    waits = {} if BESIDE in action.request else {"attention": Attention.AUTHENTICATION}  # its payer is there
    return Ending(outcome, [asked], attempts, marks=waits)


def _end(action: Action, answer: NotOpen, now: datetime) -> Sequence[Fact]:
    """What the status of an invoice that takes no payment says; a draft says nothing."""
    at = answer.read.status_at if answer.read else None
    ending = [fact(ENDINGS[answer.status], at or now)] if answer.status in ENDINGS else []
    return (*_money_of(action, answer, now), *ending)


def _tried(action: Action) -> dict[str, object]:
    """What is no news any more once it was tried: what the customer brought, and that Stripe would not try."""
    if _is_apart(action):
        return {}
    spent: dict[str, object] = {"new_method": ""} if _was_brought(action) else {}
    would_not = action.case.attention in {Attention.REFUSED, Attention.NEW_CARD}
    return spent | ({"attention": Attention.NONE} if would_not else {})


def _is_apart(action: Action) -> bool:
    """Whether it tells nothing of what the customer brought for the invoice, nor of the method that failed there."""
    return is_backup(action) or BESIDE in action.request


def _was_brought(action: Action) -> bool:
    """Whether the method that was named is one that the customer brought: a part names the one on file, too."""
    method = action.request.get("payment_method")
    return bool(method) and (PART not in action.request or method == action.case.new_method)


def _refused(action: Action, code: str) -> dict[str, object]:
    """Whom a try that Stripe refused concerns. Where what was brought is gone again, nobody: the rest is as it was."""
    if _is_apart(action):
        return {}
    brought = _was_brought(action)
    if brought and code in GONE:
        return {"new_method": "", "customer_acted_at": None}
    match heals_refusal(code):
        case Heals.TIME:
            return {}
        case Heals.CUSTOMER:
            return {"attention": Attention.AUTHENTICATION}
        case Heals.NEW_METHOD | Heals.MERCHANT | Heals.RECEIVER:
            return {"attention": Attention.NEW_CARD if brought else Attention.REFUSED}


def _attempt(action: Action, charge_id: str, intent_id: str, outcome: Tried, now: datetime) -> Attempt:
    case = action.case
    return Attempt(
        organization_id=case.organization_id,
        connection_id=case.connection_id,
        case=case,
        action=action,
        charge_id=charge_id,
        payment_intent_id=intent_id,
        at=now,
        by=By.CUSTOMER if action.request.get("link") else By.US,
        currency=case.currency,
        amount=action.asked.minor,
        outcome=outcome,
        **_charged(action),
    )


def _charged(action: Action) -> dict[str, str]:
    """What was charged, by the names of the columns: the method on file, where no other is told of."""
    other, case = action.request.get("backup") or action.request.get("card"), action.case
    if other:
        return {f"card_{name}": str(other.get(name) or "") for name in ("brand", "last4", "fingerprint")}
    return {"card_brand": case.card_brand, "card_last4": case.card_last4, "card_fingerprint": case.card_fingerprint}
