"""The official client performing the operations about Stripe's Checkout."""

from __future__ import annotations

from typing import Any

from tests.contracts.drives import drives
from tests.contracts.merchant import Merchant


def checkout(merchant: Merchant) -> str:
    """A session in which a subscription is offered with a promotion code of the customer's own."""
    customer = merchant.customer()
    coupon = merchant.v1.coupons.create({"percent_off": 20, "duration": "repeating", "duration_in_months": 3})
    promotion: Any = {"type": "coupon", "coupon": coupon.id}
    code = merchant.v1.promotion_codes.create({"promotion": promotion, "customer": customer.id, "max_redemptions": 1})
    session = merchant.v1.checkout.sessions.create(
        {
            "mode": "subscription",
            "customer": customer.id,
            "line_items": [{"price": merchant.price.id, "quantity": 2}],
            "discounts": [{"promotion_code": code.id}],
            "subscription_data": {"metadata": {"tideover_winback": "alert_1"}, "description": "Again"},
            "success_url": "https://merchant.example/thanks",
            "cancel_url": "https://merchant.example",
            "client_reference_id": "alert_1",
            "metadata": {"shop": "1"},
        }
    )
    return session.id


@drives("POST /v1/checkout/sessions")
def create_checkout_session(merchant: Merchant) -> None:
    checkout(merchant)


@drives("GET /v1/checkout/sessions/{session}")
def retrieve_checkout_session(merchant: Merchant) -> None:
    merchant.v1.checkout.sessions.retrieve(checkout(merchant))


@drives("POST /v1/checkout/sessions/{session}/expire")
def expire_checkout_session(merchant: Merchant) -> None:
    merchant.v1.checkout.sessions.expire(checkout(merchant))
