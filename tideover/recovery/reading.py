"""What an invoice, read at Stripe, teaches about its case: facts with stable keys, and everybody's attempts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from tideover.core.declines import Decline, Family, family
from tideover.core.facts import Fact, Learnt, fact
from tideover.core.outcomes import FAILED_TRIES
from tideover.gateways.answers import ChargeRead, InvoiceRead

ENDINGS = {"void": Learnt.VOIDED, "uncollectible": Learnt.UNCOLLECTIBLE, "deleted": Learnt.INVOICE_DELETED}


def failed_attempts(read: InvoiceRead) -> list[ChargeRead]:
    """The tries that did not bring the money, oldest first."""
    return [attempt for attempt in read.attempts if attempt.outcome in FAILED_TRIES]


def is_a_failure(read: InvoiceRead) -> bool:
    """Whether this invoice is (or was) a failed payment that a case is opened for.

    Drafts, invoices that are sent to be paid by hand, and a first payment that never made a subscription are not.
    """
    if read.status == "draft" or read.amount_due <= 0 or read.collection_method != "charge_automatically":
        return False
    if read.billing_reason == "subscription_create" and read.subscription_status in {
        "incomplete",
        "incomplete_expired",
    }:
        return False
    return bool(failed_attempts(read)) or read.requires_action or (read.status == "open" and read.card is None)


def first_failure_at(read: InvoiceRead) -> datetime:
    """When it first failed, by Stripe's clock."""
    failures = failed_attempts(read)
    return failures[0].at if failures else read.created_at


def latest_decline(read: InvoiceRead) -> Decline:
    """Why it failed last. Without an attempt there was nothing to charge, or the bank wants to see the customer."""
    failures = [attempt for attempt in failed_attempts(read) if attempt.decline]
    if failures and failures[-1].decline:
        return failures[-1].decline
    return Decline(code="authentication_required" if read.requires_action else None)


def family_of(read: InvoiceRead) -> Family:
    """The kind of the latest failure."""
    if read.card is None and not failed_attempts(read) and not read.requires_action:
        return Family.EXPIRED  # no method on file at all: like an expired card, only a new one helps
    return family(latest_decline(read))


def invoice_deleted(now: datetime) -> Fact:
    """Stripe knows the invoice no more."""
    return fact(Learnt.INVOICE_DELETED, now)


def facts_of(read: InvoiceRead, now: datetime) -> Iterator[Fact]:
    """Everything the reading says, each with the key under which it is known for good."""
    for attempt in failed_attempts(read):
        code = (attempt.decline.code if attempt.decline else None) or ""
        yield fact(Learnt.PAYMENT_FAILED, attempt.at, attempt.id, charge=attempt.id, code=code)
    if read.requires_action and read.status == "open":
        at = read.attempts[-1].at if read.attempts else read.created_at
        yield fact(Learnt.ACTION_REQUIRED, at, read.payment_intent_id)
    if read.processing and read.status == "open":
        at = read.attempts[-1].at if read.attempts else now
        yield fact(Learnt.PROCESSING, at, f"{read.payment_intent_id}:{read.latest_charge_id}")
    if read.status == "paid":
        yield fact(Learnt.PAID, read.status_at or now, amount=read.amount_paid)
    if read.status in ENDINGS:
        yield fact(ENDINGS[read.status], read.status_at or now)
    if read.subscription_ended_at:
        yield fact(Learnt.SUBSCRIPTION_ENDED, read.subscription_ended_at)
    if read.customer_deleted:
        yield fact(Learnt.CUSTOMER_DELETED, now)
