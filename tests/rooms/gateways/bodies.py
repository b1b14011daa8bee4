"""What Stripe says when all is well, with every field that is read: wrong things are made from it."""

from __future__ import annotations

import copy
from typing import Any

from tideover.gateways.answers import Card

MADE_AT = 1_793_631_600
CARD: dict[str, Any] = {
    "id": "pm_1QxVbN2eZvKYlo2CXa7Jd0Tp",
    "type": "card",
    "card": {
        "brand": "visa", "last4": "4242", "fingerprint": "Xt5EWLLDS7FJjR1c", "exp_month": 4, "exp_year": 2029,
    },
}  # fmt: skip
INTENT: dict[str, Any] = {
    "id": "pi_3QxVbN2eZvKYlo2C1mUq0f3S",
    "object": "payment_intent",
    "status": "requires_payment_method",
    "customer": "cus_RqL8fJm0vYwT3x",
    "latest_charge": "ch_3QxVbN2eZvKYlo2C1Kd5aTzR",
    "client_secret": "pi_3QxVbN2eZvKYlo2C1mUq0f3S_secret_canaryF7kLm2Qp",
    "payment_method": CARD,
    "last_payment_error": {
        "code": "card_declined", "decline_code": "insufficient_funds", "advice_code": "try_again_later",
        "network_decline_code": "51", "network_advice_code": "24", "payment_method": CARD,
    },
}  # fmt: skip
INVOICE: dict[str, Any] = {
    "id": "in_1QxVbM2eZvKYlo2CqH4sN8eW",
    "object": "invoice",
    "number": "A1B2C3D4-0007",
    "status": "open",
    "currency": "usd",
    "amount_due": 9900,
    "amount_paid": 0,
    "amount_remaining": 9900,
    "created": MADE_AT,
    "status_transitions": {"paid_at": None, "voided_at": None, "marked_uncollectible_at": None},
    "next_payment_attempt": MADE_AT + 259_200,
    "auto_advance": True,
    "billing_reason": "subscription_cycle",
    "collection_method": "charge_automatically",
    "hosted_invoice_url": "https://invoice.stripe.example/i/acct_1/live_YWNjdF8x",
    "description": None,
    "lines": {"object": "list", "data": [{"id": "il_1QxVbM2eZvKYlo2C5cXw0qPd", "description": "Pro, monthly"}]},
    "customer_name": "Pia Payer",
    "customer_email": "pia@payer.example",
    "customer": {
        "id": "cus_RqL8fJm0vYwT3x",
        "name": "Pia Payer",
        "email": "pia@payer.example",
        "deleted": False,
        "preferred_locales": ["de-DE"],
        "address": {"country": "DE", "state": "BY"},
        "invoice_settings": {"default_payment_method": CARD},
    },
    "parent": {
        "type": "subscription_details",
        "subscription_details": {
            "subscription": {
                "id": "sub_1QxVbK2eZvKYlo2CwR6yU9tA", "status": "past_due", "ended_at": None,
                "default_payment_method": None,
            },
        },
    },
    "test_clock": None,
    "default_payment_method": None,
    "payments": {
        "object": "list",
        "data": [
            {"id": "inpay_1QxVbN2eZvKYlo2C", "is_default": True,
             "payment": {"type": "payment_intent", "payment_intent": INTENT}},
        ],
    },
}  # fmt: skip
CHARGE: dict[str, Any] = {
    "id": "ch_3QxVbN2eZvKYlo2C1Kd5aTzR",
    "object": "charge",
    "payment_intent": "pi_3QxVbN2eZvKYlo2C1mUq0f3S",
    "created": MADE_AT + 3_600,
    "amount": 9900,
    "amount_refunded": 0,
    "currency": "usd",
    "status": "failed",
    "disputed": False,
    "failure_code": "card_declined",
    "outcome": {
        "type": "issuer_declined", "network_status": "declined_by_network", "reason": "insufficient_funds",
        "advice_code": "try_again_later", "network_decline_code": "51", "network_advice_code": None,
    },
    "payment_method": "pm_1QxVbN2eZvKYlo2CXa7Jd0Tp",
    "payment_method_details": {
        "type": "card", "card": {"brand": "visa", "last4": "4242", "fingerprint": "Xt5EWLLDS7FJjR1c"},
    },
}  # fmt: skip
SETUP: dict[str, Any] = {
    "id": "seti_1QxVbP2eZvKYlo2CkT3vB6gH",
    "object": "setup_intent",
    "status": "succeeded",
    "customer": "cus_RqL8fJm0vYwT3x",
    "client_secret": "seti_1QxVbP2eZvKYlo2CkT3vB6gH_secret_canaryR5Qw8Zx",
    "payment_method": CARD,
    "last_setup_error": None,
}
ACCOUNT: dict[str, Any] = {
    "id": "acct_1QxVb02eZvKYlo2C",
    "object": "account",
    "business_profile": {"name": "Alpine Analytics"},
    "settings": {"dashboard": {"display_name": "Alpine", "timezone": "Europe/Vienna"}},
    "country": "AT",
    "default_currency": "eur",
}
DECLINED: dict[str, Any] = {
    "type": "card_error",
    "code": "card_declined",
    "decline_code": "insufficient_funds",
    "advice_code": "try_again_later",
    "message": "Your card has insufficient funds.",
    "charge": "ch_3QxVbN2eZvKYlo2C1Kd5aTzR",
    "payment_intent": INTENT,
    "payment_method": CARD,
}
EVENT: dict[str, Any] = {
    "id": "evt_1QxVbQ2eZvKYlo2CzM7nL4jK", "object": "event", "type": "invoice.payment_failed", "created": MADE_AT,
    "data": {"object": {"id": "in_1QxVbM2eZvKYlo2CqH4sN8eW", "object": "invoice"}},
}  # fmt: skip


def page(*rows: object, more: bool = False) -> dict[str, Any]:
    return {"object": "list", "data": list(rows), "has_more": more}


def paid(**values: Any) -> dict[str, Any]:
    """The invoice once it is paid."""
    return {**INVOICE, "status": "paid", "amount_paid": 9900, "amount_remaining": 0, **values}


VISA = Card("pm_1QxVbN2eZvKYlo2CXa7Jd0Tp", "visa", "4242", "Xt5EWLLDS7FJjR1c", "04/2029")


def changed(body: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    """The body with another value at `a.b.0.c`; with `...` the field is taken out."""
    body = copy.deepcopy(body)
    holder: Any = body
    *way, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    for part in way:
        holder = holder[part]
    if value is ...:
        del holder[last]
    else:
        holder[last] = value
    return body
