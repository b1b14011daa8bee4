"""What an invoice, read at Stripe, teaches about its case: facts with stable keys, and everybody's attempts."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from tideover.core import proceeds
from tideover.core.case import Rest
from tideover.core.declines import Decline, Family, family
from tideover.core.facts import Fact, Learnt, fact
from tideover.core.outcomes import FAILED_TRIES, Tried
from tideover.core.presentment import SCHEMES
from tideover.gateways.answers import Card, ChargeRead, InvoiceRead, PaymentRead

ENDINGS = {"void": Learnt.VOIDED, "uncollectible": Learnt.UNCOLLECTIBLE, "deleted": Learnt.INVOICE_DELETED}
LONGEST_ANSWER: Final = timedelta(days=60)  # what failed later than this was another try


def failed_attempts(read: InvoiceRead) -> list[ChargeRead]:
    """The tries that did not bring the money, oldest first."""
    return [attempt for attempt in read.attempts if attempt.outcome in FAILED_TRIES]


def is_a_failure(read: InvoiceRead) -> bool:
    """Whether this invoice is (or was) a failed payment that a case is opened for.

    Drafts, invoices that are sent to be paid by hand, and a first payment that never made a subscription are not.
    """
    if read.status == "draft" or read.collection_method != "charge_automatically":
        return False
    credited = read.status == "paid" and bool(failed_attempts(read))  # what failed was due then
    if read.amount_due <= 0 and not credited:
        return False
    if read.billing_reason == "subscription_create" and read.subscription_status in {
        "incomplete",
        "incomplete_expired",
    }:
        return False
    if read.billing_reason == "subscription_update" and read.holds_update_back:
        return False  # the customer has what they paid for, and Stripe drops the change if it stays unpaid
    return bool(failed_attempts(read)) or _fails_without_charge(read)


def is_sent(read: InvoiceRead) -> bool:
    """Whether it is sent to be paid by its receiver: Stripe charges nobody for it, and neither do we."""
    return read.collection_method == "send_invoice"


def is_overdue(read: InvoiceRead, now: datetime) -> bool:
    """Whether it was sent, its receiver should have paid it by now, and it is open."""
    due = read.due_at is not None and read.due_at <= now
    return is_sent(read) and read.status == "open" and read.amount_remaining > 0 and due


def _fails_without_charge(read: InvoiceRead) -> bool:
    """Whether the bank's question, an error before the charge or the want of a method stands in the way now."""
    without = (read.status == "open" and read.payment_error is not None) or _has_nothing_to_charge(read)
    return read.requires_action or without


def _has_nothing_to_charge(read: InvoiceRead) -> bool:
    """Whether there is no method on file. Where a debit is under way there is one, wherever it is kept."""
    under_way = read.processing or any(attempt.outcome == Tried.PROCESSING for attempt in read.attempts)
    return read.status == "open" and read.card is None and not under_way


def dated(read: InvoiceRead, now: datetime, heard: Sequence[datetime] = ()) -> InvoiceRead:
    """The reading, saying of each debit when it came back. Stripe's charge tells only when it was presented.

    heard: when Stripe's events said that the invoice failed. Where none fits, the bank took as long as it usually does.
    Of a failure without a charge nothing else tells when it was.
    """
    attempts = tuple(_dated(attempt, now, heard) for attempt in read.attempts)
    return replace(read, attempts=attempts, failed_at=max(heard, default=read.failed_at))


def _dated(attempt: ChargeRead, now: datetime, heard: Sequence[datetime]) -> ChargeRead:
    scheme = SCHEMES.get(attempt.card.brand) if attempt.card else None
    if scheme is None or attempt.outcome not in FAILED_TRIES or attempt.failed_at:
        return attempt
    told = min((at for at in heard if attempt.at <= at), default=None)
    usual = max(attempt.at, min(now, attempt.at + scheme.answers))
    return replace(attempt, failed_at=told if told and told <= attempt.at + LONGEST_ANSWER else usual)


def method_of(read: InvoiceRead) -> Card | None:
    """The method that failed or is charged next: what is on file, or what the latest try tells where that is more.

    None for what is sent to be paid by its receiver, by whatever method they like.
    """
    tried = next((attempt.card for attempt in reversed(read.attempts) if attempt.card), None)
    if is_sent(read):
        return None
    on_file = read.card
    if on_file is None or (not on_file.last4 and tried and tried.payment_method_id == on_file.payment_method_id):
        return tried
    return on_file


@dataclass(frozen=True, slots=True)
class Beginning:
    """The failure that a case begins with: when, by Stripe's clock, and what the bank was asked for then."""

    at: datetime
    amount: int


def beginning(read: InvoiceRead, since: datetime) -> Beginning | None:
    """The first failure since the account is ours; None for what failed before alone. The reading is `dated`.

    That is an old debt, which nobody asked us to chase. Once it fails again it is dunned from the start, and not from
    the middle of what would have been said to somebody who had heard of it.
    """
    if is_sent(read):
        return Beginning(read.due_at, read.amount_remaining) if read.due_at and read.due_at >= since else None
    ours = [attempt for attempt in failed_attempts(read) if attempt.known_at >= since]
    if ours:
        return Beginning(ours[0].known_at, ours[0].amount)
    at = next((at for at in _failed_without_charge(read) if at >= since), None)
    return Beginning(at, read.amount_remaining or read.amount_due) if at else None


def _failed_without_charge(read: InvoiceRead) -> Iterator[datetime]:
    """The times that are known of it: the first is the invoice's own, where nothing else failed before."""
    if not failed_attempts(read):
        yield read.created_at
    if read.failed_at and _fails_without_charge(read):
        yield read.failed_at


def latest_decline(read: InvoiceRead) -> Decline:
    """Why it failed last. What came of no attempt is the newest: the next attempt would have ended it."""
    if read.requires_action:
        return Decline(code="authentication_required")
    if read.payment_error:
        return read.payment_error
    declines = [attempt.decline for attempt in failed_attempts(read) if attempt.decline]
    return declines[-1] if declines else Decline(code=None)


def family_of(read: InvoiceRead) -> Family:
    """The kind of the latest failure."""
    if is_sent(read):
        return Family.OVERDUE
    if read.card is None and not failed_attempts(read) and not read.requires_action and not read.payment_error:
        return Family.EXPIRED  # no method on file at all: like an expired card, only a new one helps
    return family(latest_decline(read))


def rest_of(read: InvoiceRead) -> Rest:
    """What of the subscription lets a case rest."""
    if read.ends_with_its_period:
        return Rest.CANCELS
    return Rest.PAUSED if read.collection_paused else Rest.NONE


def invoice_deleted(now: datetime) -> Fact:
    """Stripe knows the invoice no more."""
    return fact(Learnt.INVOICE_DELETED, now)


@dataclass(frozen=True, slots=True)
class Failure:
    """Since when a case counts money. elsewhere: what had been paid before that in ways Stripe does not list."""

    at: datetime
    elsewhere: int = 0


def failure_of(opened_at: datetime, known: Collection[Fact], read: InvoiceRead) -> Failure:
    """What the facts say of it; all that an open invoice had been paid in unlisted ways at the first reading is old."""
    if known or read.status == "paid":
        return Failure(opened_at, proceeds.elsewhere_before(known, opened_at))
    return Failure(opened_at, _unlisted(read, _listed(read)))


def facts_of(read: InvoiceRead, failure: Failure, now: datetime) -> Iterator[Fact]:
    """Everything the reading says of a case that failed so, each with the key under which it is known for good."""
    for attempt in failed_attempts(read):
        code = (attempt.decline.code if attempt.decline else None) or ""
        yield fact(Learnt.PAYMENT_FAILED, attempt.known_at, attempt.id, charge=attempt.id, code=code)
    if read.payment_error and read.status == "open":
        code = read.payment_error.code or ""
        at = read.failed_at or read.created_at
        yield fact(Learnt.PAYMENT_FAILED, at, f"{read.payment_intent_id}:{code}", code=code)
    if read.requires_action and read.status == "open":
        at = read.attempts[-1].at if read.attempts else read.created_at
        yield fact(Learnt.ACTION_REQUIRED, at, read.payment_intent_id)
    if read.processing and read.status == "open":
        at = read.attempts[-1].at if read.attempts else now
        yield fact(Learnt.PROCESSING, at, f"{read.payment_intent_id}:{read.latest_charge_id}")
    yield from money_of(read, failure, now)
    if read.status in ENDINGS:
        yield fact(ENDINGS[read.status], read.status_at or now)
    if read.subscription_ended_at:
        yield fact(Learnt.SUBSCRIPTION_ENDED, read.subscription_ended_at)
    if read.customer_deleted:
        yield fact(Learnt.CUSTOMER_DELETED, now)


# ── money ──


def money_of(read: InvoiceRead, failure: Failure, now: datetime) -> Iterator[Fact]:
    """What came toward the invoice and what of it went back; and whether nothing is open any more, and why."""
    payments = _listed(read)
    for payment in payments:
        yield fact(Learnt.RECEIVED, payment.at, payment.id, charge=payment.id, amount=payment.amount)
    unlisted = _unlisted(read, payments)
    if unlisted:
        yield _elsewhere(unlisted, read, failure, now)
    for charge in read.attempts:
        if charge.refunded:
            yield refunded(charge.id, charge.refunded, now)
    if read.status == "paid":
        came = unlisted > failure.elsewhere or any(payment.at >= failure.at for payment in payments)
        yield fact(Learnt.PAID if came else Learnt.FORGIVEN, read.status_at or now)


def refunded(charge_id: str, total: int, at: datetime) -> Fact:
    """Until now so much of the charge was refunded: one fact for each sum, so that refunds in parts are all kept."""
    return fact(Learnt.REFUNDED, at, f"{charge_id}:{total}", charge=charge_id, amount=total)


def _elsewhere(total: int, read: InvoiceRead, failure: Failure, now: datetime) -> Fact:
    """Until now so much was paid in ways Stripe does not list; when is known to lie between two readings."""
    at = read.status_at or now if read.status == "paid" else now
    if total <= failure.elsewhere:
        at = min(read.created_at, failure.at - timedelta(seconds=1))
    return fact(Learnt.RECEIVED, at, f"{proceeds.ELSEWHERE}:{total}", charge=proceeds.ELSEWHERE, amount=total)


def _unlisted(read: InvoiceRead, listed: Sequence[PaymentRead]) -> int:
    return max(read.amount_paid - sum(payment.amount for payment in listed), 0)


def _listed(read: InvoiceRead) -> list[PaymentRead]:
    """The payments Stripe tells of: when each was asked for, where that is known, for a debit is under way for days."""
    asked = {charge.id: charge for charge in read.attempts if charge.outcome == Tried.PAID}
    came = [replace(payment, at=asked[payment.id].at) if payment.id in asked else payment for payment in read.payments]
    listed = {payment.id for payment in came}
    return came + [PaymentRead(key, charge.amount, charge.at) for key, charge in asked.items() if key not in listed]
