"""Stripe's JSON to our plain values. Field names follow API 2026-10-28.endive."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

from tideover.core.declines import CONFIRMABLE, Decline, Family, family
from tideover.core.outcomes import Tried
from tideover.core.settings.segments import segment_in
from tideover.gateways.answers import (
    HELD,
    HELD_BY_US,
    Answer,
    Card,
    ChargeRead,
    Declined,
    IntentRead,
    InvoiceRead,
    NeedsAuthentication,
    NotOpen,
    Paid,
    PaymentRead,
    Processing,
    Unpaid,
)
from tideover.gateways.methods import method_in, method_of_charge
from tideover.gateways.payments.parts import WHICH
from tideover.gateways.recurring import ends_a_trial, monthly_of, prices_of
from tideover.gateways.shape import (
    Json,
    Odd,
    amount,
    currency,
    customer_of,
    flag,
    given,
    id_of,
    made_at,
    moment,
    number,
    part,
    rows,
    text,
    texts,
    whole,
)

LONGEST_EMAIL = 512  # that Stripe takes
LONGEST_PHONE = 64
LONGEST_URL = 2000

# ── declines, charges ──

ONE_OF: Final = re.compile(r"^1 [x\u00d7] ")  # Stripe counts also what is one of a kind: "1 x Pro"


def _decline_of(error: Json, otherwise: Card | None = None) -> Decline | None:
    """The decline in an error body, a `last_payment_error` or a `last_setup_error`: all have the same fields.

    The method that was refused stands in the error: afterwards its intent has none. `otherwise`: what was tried, where
    the error does not say.
    """
    if not error:
        return None
    tried = method_in(error, "payment_method") or otherwise
    return _decline(error, text(error, "decline_code") or text(error, "code"), tried.brand if tried else "")


def _decline(of: Json, code: str, brand: str, *, blocked: bool = False) -> Decline:
    return Decline(
        code=code or None,
        advice_code=text(of, "advice_code") or None,
        network_decline_code=text(of, "network_decline_code") or None,
        network_advice_code=text(of, "network_advice_code") or None,
        brand=brand or None,
        blocked=blocked,
    )


# Stripe stopped it: before it asked the bank, after the bank had agreed, or as it could not be charged at all.
# https://docs.stripe.com/declines#blocked-payments
_STOPPED_BY_STRIPE: Final = frozenset({"blocked", "invalid"})


def _blocked(charge: Json) -> bool:
    outcome = part(charge, "outcome")
    return text(outcome, "type") in _STOPPED_BY_STRIPE or text(outcome, "network_status") == "reversed_after_approval"


def _charge_decline(charge: Json, brand: str) -> Decline | None:
    if text(charge, "status") != "failed":
        return None
    outcome = part(charge, "outcome")
    # For card charges the issuer's reason stands in outcome.reason; failure_code is coarser ("card_declined").
    code = text(outcome, "reason") or text(charge, "failure_code")
    return _decline(outcome, code, brand, blocked=_blocked(charge))


def _charge_outcome(charge: Json, decline: Decline | None) -> Tried:
    if text(charge, "status") == "succeeded":
        return Tried.PAID
    if text(charge, "status") == "pending":
        return Tried.PROCESSING
    if decline and decline.code in CONFIRMABLE:
        return Tried.AUTHENTICATION
    return Tried.BLOCKED if decline and decline.blocked else Tried.DECLINED


def charge_read(charge: Json) -> ChargeRead:
    """One charge as a try with its outcome. Raises Odd."""
    method = method_of_charge(charge)
    decline = _charge_decline(charge, method.brand)
    return ChargeRead(
        id=given(charge, "id"),
        payment_intent_id=id_of(charge, "payment_intent"),
        at=made_at(charge),
        amount=amount(charge, "amount"),
        currency=currency(charge),
        outcome=_charge_outcome(charge, decline),
        decline=decline,
        card=method,
        # A charge that Stripe itself stopped never reached the network, so the network does not count it.
        reached_network=text(part(charge, "outcome"), "network_status") != "not_sent_to_network",
        refunded=amount(charge, "amount_refunded") if charge.get("amount_refunded") else 0,
        disputed=flag(charge, "disputed"),
    )


# ── invoices ──


def _method(invoice: Json, subscription: Json, customer: Json) -> tuple[str, Card | None]:
    """Which holder names the method Stripe charges, in Stripe's own order; an older source comes after a method."""
    settings = part(customer, "invoice_settings")
    for holder, holds, older in (
        ("invoice", invoice, invoice),
        ("subscription", subscription, subscription),
        ("customer", settings, customer),
    ):
        card = method_in(holds, "default_payment_method") or method_in(older, "default_source")
        if card:
            return holder, card
    return "", None


def _charged(invoice: Json) -> tuple[str, int]:
    """The name of the largest line, and how many more are charged. Nobody pays for a credit, nor for what is free."""
    lines = [line for line in rows(part(invoice, "lines")) if _adds(line)]
    names = [text(line, "description") for line in sorted(lines, key=_adds, reverse=True)]
    known = [name for name in names if name]
    return (known[0], len(names) - 1) if known else (text(invoice, "description"), 0)


def _adds(line: Json) -> int:
    """What a line adds to the sum; one that does not say adds something, and the others go before it."""
    return max(number(line, "amount"), 0) if line.get("amount") is not None else 1


def _payments(invoice: Json) -> list[Json]:
    """The invoice's payments, the default one first."""
    payments = rows(part(invoice, "payments"))
    return sorted(payments, key=lambda payment: not flag(payment, "is_default"))


def _intents(invoice: Json) -> list[Json]:
    return [part(part(payment, "payment"), "payment_intent") for payment in _payments(invoice)]


def _default_intent(invoice: Json) -> Json:
    return next(iter(_intents(invoice)), {})


def intents_of(invoice: Json) -> dict[str, str]:
    """The payment intents that were ever attached to the invoice, each with its newest charge ("" where none is)."""
    payments = [part(payment, "payment") for payment in _payments(invoice)]
    intents = {id_of(payment, "payment_intent"): part(payment, "payment_intent") for payment in payments}
    return {intent_id: id_of(intent, "latest_charge") for intent_id, intent in intents.items() if intent_id}


def parts_in(invoice: Json) -> dict[str, str]:
    """The names of the parts of plans that payment intents of the invoice are for, by the intents' ids."""
    named = {text(intent, "id"): text(part(intent, "metadata"), WHICH) for intent in _intents(invoice)}
    return {intent_id: name for intent_id, name in named.items() if name}


def _money_in(invoice: Json) -> tuple[PaymentRead, ...]:
    """What was paid toward the invoice, oldest first."""
    paid = [_payment(payment) for payment in _payments(invoice) if text(payment, "status") == "paid"]
    return tuple(sorted(paid, key=lambda payment: (payment.at, payment.id)))


def _payment(payment: Json) -> PaymentRead:
    by = part(payment, "payment")
    charge = id_of(part(by, "payment_intent"), "latest_charge") or id_of(by, "charge")
    paid_at = moment(part(payment, "status_transitions"), "paid_at")
    return PaymentRead(charge or given(payment, "id"), number(payment, "amount_paid"), paid_at or made_at(payment))


def _subscription(invoice: Json) -> tuple[str, Json]:
    details = part(part(invoice, "parent"), "subscription_details")
    return id_of(details, "subscription"), part(details, "subscription")


def _status_since(invoice: Json) -> datetime | None:
    field = {"paid": "paid_at", "void": "voided_at", "uncollectible": "marked_uncollectible_at"}
    return moment(part(invoice, "status_transitions"), field.get(text(invoice, "status"), ""))


def _created_at(invoice: Json) -> datetime:
    return moment(part(invoice, "status_transitions"), "finalized_at") or made_at(invoice)


def _ends_with_its_period(subscription: Json) -> bool:
    """Whether it was cancelled. Stripe writes that as a date, too; one of a later period is a term that was agreed."""
    ends_at = moment(subscription, "cancel_at")
    periods = [moment(item, "current_period_end") for item in rows(part(subscription, "items"))]
    by_then = [end for end in (*periods, moment(subscription, "current_period_end")) if end]
    return flag(subscription, "cancel_at_period_end") or bool(ends_at and by_then and ends_at <= max(by_then))


def locale_of(customer: Json) -> str:
    """What they like to read, best first, as in "da, de"; empty where nothing is said. Raises Odd."""
    locales = customer.get("preferred_locales") or []
    each = locales if isinstance(locales, list) else [locales]
    return ", ".join(filter(None, (text({"preferred_locales": one}, "preferred_locales") for one in each)))


def invoice_read(invoice: Json, charges: tuple[ChargeRead, ...] = ()) -> InvoiceRead:
    """The invoice as GET /v1/invoices/{id} gives it with our expansions, and the charges of its intents. Raises Odd."""
    customer = part(invoice, "customer")
    address = part(customer, "address")
    subscription_id, subscription = _subscription(invoice)
    method_from, card = _method(invoice, subscription, customer)
    intent = _default_intent(invoice)
    description, other_lines = _charged(invoice)
    return InvoiceRead(
        id=given(invoice, "id"),
        number=text(invoice, "number"),
        status=text(invoice, "status") or "draft",
        currency=currency(invoice),
        amount_due=amount(invoice, "amount_due"),
        amount_paid=amount(invoice, "amount_paid"),
        amount_remaining=amount(invoice, "amount_remaining"),
        created_at=_created_at(invoice),
        status_at=_status_since(invoice),
        next_attempt_at=moment(invoice, "next_payment_attempt"),
        auto_advance=flag(invoice, "auto_advance"),
        billing_reason=text(invoice, "billing_reason"),
        collection_method=text(invoice, "collection_method") or "charge_automatically",
        hosted_url=whole(invoice, "hosted_invoice_url", LONGEST_URL),
        description=ONE_OF.sub("", description)[:200],
        other_lines=other_lines,
        customer_id=customer_of(invoice),
        customer_name=text(customer, "name") or text(invoice, "customer_name"),
        customer_email=whole(customer, "email", LONGEST_EMAIL) or whole(invoice, "customer_email", LONGEST_EMAIL),
        customer_phone=whole(customer, "phone", LONGEST_PHONE) or whole(invoice, "customer_phone", LONGEST_PHONE),
        customer_deleted=flag(customer, "deleted"),
        locale=locale_of(customer),
        country=text(address, "country"),
        region=text(address, "state"),
        subscription_id=subscription_id,
        subscription_status=text(subscription, "status"),
        subscription_ended_at=moment(subscription, "ended_at"),
        test_clock=id_of(invoice, "test_clock"),
        payment_method_from=method_from,
        card=card,
        attempts=tuple(sorted(charges, key=lambda charge: (charge.at, charge.id))),
        payments=_money_in(invoice),
        payment_intent_id=text(intent, "id"),
        latest_charge_id=id_of(intent, "latest_charge"),
        client_secret=text(intent, "client_secret"),
        requires_action=text(intent, "status") == "requires_action",
        processing=any(text(each, "status") == "processing" for each in _intents(invoice)),  # also one for a part
        payment_error=_error_without_charge(intent),
        collection_paused=bool(part(subscription, "pause_collection")),
        ends_with_its_period=_ends_with_its_period(subscription),
        holds_update_back=bool(part(subscription, "pending_update")),
        monthly=monthly_of(invoice, subscription),
        after_trial=ends_a_trial(invoice, subscription),
        prices=prices_of(invoice),
        segment=segment_in(part(customer, "metadata")),
        held=text(part(invoice, "metadata"), HELD) == HELD_BY_US,
        due_at=moment(invoice, "due_date"),
    )


def _error_without_charge(intent: Json) -> Decline | None:
    """Why the payment failed before a charge was made: an invalid mandate, say, or no answer to the bank's question.

    Earlier charges do not hide that nobody answered the bank; of what else failed after them the next try tells.
    """
    if text(intent, "status") not in {"requires_payment_method", "canceled"}:
        return None
    error = part(intent, "last_payment_error")
    decline = _decline_of(error)
    unanswered = decline and not id_of(error, "charge") and family(decline) == Family.AUTHENTICATION
    return decline if unanswered or not id_of(intent, "latest_charge") else None


def status_of(invoice: Json) -> str:
    """Only the invoice's status. Raises Odd."""
    return given(invoice, "status")


# ── what came of a payment ──


def answer_of(invoice: Json) -> Answer:
    """A 200 from /pay: paid, waiting for the customer, or a bank debit under way. Raises Odd."""
    read = invoice_read(invoice)
    if status_of(invoice) == "paid":
        return Paid(next((charge for charge in intents_of(invoice).values() if charge), ""), read)
    if read.status != "open":
        return NotOpen(read.status, read)
    asked = _asked(_default_intent(invoice))
    if read.requires_action:
        return NeedsAuthentication(read.client_secret, read.hosted_url, "", read.payment_intent_id, asked)
    if not read.processing:
        raise Odd("payments")  # not paid, and nothing says why not
    return Processing(read.payment_intent_id, read.latest_charge_id, asked)


def _asked(intent: Json) -> int | None:
    """What the bank was asked for: what was open at Stripe then, and that may be less than what was read before."""
    return None if intent.get("amount") is None else amount(intent, "amount")


def refusal_of(error: Json) -> Answer:
    """A 402 from /pay: declined, or it needs the customer. A no it is, however little of it can be read."""
    try:
        return _refusal_of(error)
    except Odd:
        return Declined(Decline(code=None), "", "")


def _refusal_of(error: Json) -> Answer:
    intent = part(error, "payment_intent")
    tried = method_in(part(intent, "last_payment_error"), "payment_method")
    charge, intent_id = id_of(error, "charge"), id_of(error, "payment_intent")
    if {text(error, "code"), text(error, "decline_code")} & CONFIRMABLE:
        return NeedsAuthentication(text(intent, "client_secret"), "", charge, intent_id, _asked(intent))
    decline = _decline_of(error, tried)
    return Declined(decline or Decline(code=None), charge, intent_id, _asked(intent))


# ── lists, intents, accounts ──


def page_read(page: Json, *, after: str) -> tuple[list[Json], str]:
    """What is on one page, and after which id the next one begins (empty: there is none). Raises Odd."""
    if page.get("data") is None or page.get("has_more") is None:
        raise Odd("data")  # taken for an empty page, it would end a search that has found nothing yet
    found = rows(page)
    if not flag(page, "has_more"):
        return found, ""
    last = given(found[-1], "id") if found else after
    if last == after:
        raise Odd("has_more", page.get("has_more"))  # it would go on like this for ever
    return found, last


def ids_in(invoices: list[Json], *, tried: bool = False) -> list[str]:
    """The ids of all of them, or of those that were tried at least once. Raises Odd."""
    return [given(invoice, "id") for invoice in invoices if flag(invoice, "attempted") or not tried]


def unpaid_in(invoices: list[Json]) -> list[Unpaid]:
    """The same, each with when it was made. Raises Odd."""
    tried = [invoice for invoice in invoices if flag(invoice, "attempted")]
    return [Unpaid(given(invoice, "id"), _created_at(invoice)) for invoice in tried]


def methods_taken(intent: Json) -> frozenset[str]:
    """The types of methods an intent takes. Raises Odd."""
    return frozenset(texts(intent, "payment_method_types"))


def intent_read(intent: Json) -> IntentRead:
    """A setup or payment intent, its payment method expanded. Raises Odd."""
    card = method_in(intent, "payment_method")
    error = part(intent, "last_setup_error") or part(intent, "last_payment_error")
    return IntentRead(
        id=given(intent, "id"),
        status=given(intent, "status"),
        customer_id=customer_of(intent),
        payment_method_id=id_of(intent, "payment_method"),
        client_secret=text(intent, "client_secret"),
        card=card,
        decline=_decline_of(error, card),
    )
