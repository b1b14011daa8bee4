"""Stripe's JSON to our plain values. Field names follow API 2026-10-28.endive."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from tideover.core.declines import Decline
from tideover.gateways.answers import Card, ChargeRead, IntentRead, InvoiceRead

Json = Mapping[str, Any]

AUTHENTICATION_CODES = {"authentication_required", "invoice_payment_intent_requires_action"}


def instant(unix: int | None) -> datetime | None:
    """Stripe's whole seconds as an aware UTC instant."""
    return None if unix is None else datetime.fromtimestamp(unix, UTC)


def _id(value: Json | str | None) -> str:
    """The id of something that may be expanded."""
    if isinstance(value, str):
        return value
    return str(value["id"]) if value else ""


def _expanded(value: Json | str | None) -> Json:
    return value if isinstance(value, Mapping) else {}


def card_of(method: Json | str | None) -> Card | None:
    """The card behind an expanded payment method; other kinds of method have only their id and kind."""
    if not method:
        return None
    if isinstance(method, str):
        return Card(method)
    card = method.get("card")
    if not card:
        return Card(method["id"], brand=str(method.get("type", "")))
    return Card(
        payment_method_id=method["id"],
        brand=card.get("brand") or "",
        last4=card.get("last4") or "",
        fingerprint=card.get("fingerprint") or "",
        expires=f"{card['exp_month']:02d}/{card['exp_year']}" if card.get("exp_year") else "",
    )


def decline_of(error: Json | None, brand: str | None = None) -> Decline | None:
    """The decline in an error body, a `last_payment_error` or a `last_setup_error`: all have the same fields."""
    if not error:
        return None
    return Decline(
        code=error.get("decline_code") or error.get("code"),
        advice_code=error.get("advice_code"),
        network_decline_code=error.get("network_decline_code"),
        network_advice_code=error.get("network_advice_code"),
        brand=brand,
    )


def _charge_decline(charge: Json, brand: str) -> Decline | None:
    if charge.get("status") != "failed":
        return None
    outcome = charge.get("outcome") or {}
    # For card charges the issuer's reason stands in outcome.reason; failure_code is coarser ("card_declined").
    return Decline(
        code=outcome.get("reason") or charge.get("failure_code"),
        advice_code=outcome.get("advice_code"),
        network_decline_code=outcome.get("network_decline_code"),
        network_advice_code=outcome.get("network_advice_code"),
        brand=brand or None,
    )


def _charge_outcome(charge: Json, decline: Decline | None) -> str:
    if charge.get("status") == "succeeded":
        return "paid"
    if charge.get("status") == "pending":
        return "processing"
    if decline and decline.code in AUTHENTICATION_CODES:
        return "authentication"
    return "blocked" if (charge.get("outcome") or {}).get("type") == "blocked" else "declined"


def charge_read(charge: Json) -> ChargeRead:
    """One charge as a try with its outcome."""
    details = _expanded(charge.get("payment_method_details"))
    card = details.get("card") or {}
    decline = _charge_decline(charge, card.get("brand") or "")
    made_at = instant(charge["created"])
    assert made_at is not None
    return ChargeRead(
        id=charge["id"],
        payment_intent_id=_id(charge.get("payment_intent")),
        at=made_at,
        amount=charge["amount"],
        currency=charge["currency"],
        outcome=_charge_outcome(charge, decline),
        decline=decline,
        card=Card(
            payment_method_id=_id(charge.get("payment_method")),
            brand=card.get("brand") or details.get("type") or "",
            last4=card.get("last4") or "",
            fingerprint=card.get("fingerprint") or "",
        ),
        # A charge that Stripe itself stopped never reached the network, so the network does not count it.
        reached_network=(charge.get("outcome") or {}).get("network_status") != "not_sent_to_network",
        refunded=charge.get("amount_refunded") or 0,
        disputed=bool(charge.get("disputed")),
    )


def _method(invoice: Json, subscription: Json, customer: Json) -> tuple[str, Card | None]:
    """Which field names the method Stripe charges, in Stripe's own order."""
    settings = _expanded(customer.get("invoice_settings"))
    for field, holder in (("invoice", invoice), ("subscription", subscription), ("customer", settings)):
        method = holder.get("default_payment_method")
        if method:
            return field, card_of(method)
    return "", None


def _line_description(invoice: Json) -> str:
    lines = (invoice.get("lines") or {}).get("data") or []
    return str(lines[0].get("description") or "") if lines else str(invoice.get("description") or "")


def _default_intent(invoice: Json) -> Json:
    payments = (invoice.get("payments") or {}).get("data") or []
    first = [p for p in payments if p.get("is_default")] or payments
    return _expanded(_expanded(first[0].get("payment")).get("payment_intent")) if first else {}


def intents_of(invoice: Json) -> dict[str, str]:
    """The payment intents that were ever attached to the invoice, each with its newest charge ("" where none is)."""
    payments = (invoice.get("payments") or {}).get("data") or []
    intents = [_expanded(p.get("payment")).get("payment_intent") for p in payments]
    return {_id(intent): _id(_expanded(intent).get("latest_charge")) for intent in intents if intent}


def _subscription(invoice: Json) -> tuple[str, Json]:
    parent = _expanded(_expanded(invoice.get("parent")).get("subscription_details"))
    value = parent.get("subscription")
    return _id(value), _expanded(value)


def _status_since(invoice: Json) -> int | None:
    field = {"paid": "paid_at", "void": "voided_at", "uncollectible": "marked_uncollectible_at"}
    moments = _expanded(invoice.get("status_transitions"))
    return moments.get(field.get(invoice.get("status") or "", ""))


def invoice_read(invoice: Json, charges: tuple[ChargeRead, ...] = ()) -> InvoiceRead:
    """The invoice as GET /v1/invoices/{id} gives it with our expansions, and the charges of its intents."""
    customer = _expanded(invoice.get("customer"))
    address = _expanded(customer.get("address"))
    subscription_id, subscription = _subscription(invoice)
    method_from, card = _method(invoice, subscription, customer)
    intent = _default_intent(invoice)
    created_at = instant(invoice["created"])
    assert created_at is not None
    return InvoiceRead(
        id=invoice["id"],
        number=invoice.get("number") or "",
        status=invoice.get("status") or "draft",
        currency=invoice["currency"],
        amount_due=invoice["amount_due"],
        amount_paid=invoice["amount_paid"],
        amount_remaining=invoice["amount_remaining"],
        created_at=created_at,
        status_at=instant(_status_since(invoice)),
        next_attempt_at=instant(invoice.get("next_payment_attempt")),
        auto_advance=bool(invoice.get("auto_advance")),
        billing_reason=invoice.get("billing_reason") or "",
        collection_method=invoice.get("collection_method") or "charge_automatically",
        hosted_url=invoice.get("hosted_invoice_url") or "",
        description=_line_description(invoice)[:200],
        customer_id=_id(invoice.get("customer")),
        customer_name=customer.get("name") or invoice.get("customer_name") or "",
        customer_email=customer.get("email") or invoice.get("customer_email") or "",
        customer_deleted=bool(customer.get("deleted")),
        locale=(customer.get("preferred_locales") or [""])[0],
        country=address.get("country") or "",
        region=address.get("state") or "",
        subscription_id=subscription_id,
        subscription_status=subscription.get("status") or "",
        subscription_ended_at=instant(subscription.get("ended_at")),
        test_clock=_id(invoice.get("test_clock")),
        payment_method_from=method_from,
        card=card,
        attempts=tuple(sorted(charges, key=lambda charge: (charge.at, charge.id))),
        payment_intent_id=intent.get("id") or "",
        latest_charge_id=_id(intent.get("latest_charge")),
        client_secret=intent.get("client_secret") or "",
        requires_action=intent.get("status") == "requires_action",
        processing=intent.get("status") == "processing",
    )


def intent_read(intent: Json) -> IntentRead:
    """A setup or payment intent, its payment method expanded."""
    method = intent.get("payment_method")
    card = card_of(method)
    error = intent.get("last_setup_error") or intent.get("last_payment_error")
    return IntentRead(
        id=intent["id"],
        status=intent["status"],
        customer_id=_id(intent.get("customer")),
        payment_method_id=_id(method),
        client_secret=intent.get("client_secret") or "",
        card=card,
        decline=decline_of(error, card.brand if card else None),
    )
