"""The official client working with what subscriptions are made of: their items."""

from __future__ import annotations

from contextlib import suppress

import stripe

from tests.contracts.drives import drives
from tests.contracts.merchant import Merchant


@drives("POST /v1/subscription_items")
def add_item(merchant: Merchant) -> stripe.SubscriptionItem:
    other = merchant.v1.prices.create(
        {
            "currency": "usd",
            "unit_amount": 700,
            "product": str(merchant.price.product),
            "recurring": {"interval": "month"},
        }
    )
    subscription = merchant.subscription()
    return merchant.v1.subscription_items.create(
        {"subscription": subscription.id, "price": other.id, "quantity": 2, "proration_behavior": "none"}
    )


@drives("GET /v1/subscription_items/{item}")
def retrieve_item(merchant: Merchant) -> None:
    merchant.v1.subscription_items.retrieve(add_item(merchant).id)


@drives("POST /v1/subscription_items/{item}")
def update_item(merchant: Merchant) -> None:
    merchant.v1.subscription_items.update(add_item(merchant).id, {"quantity": 5, "metadata": {"seats": "5"}})


@drives("DELETE /v1/subscription_items/{item}")
def delete_item(merchant: Merchant) -> None:
    item = add_item(merchant)
    merchant.v1.subscription_items.delete(item.id)
    with suppress(stripe.InvalidRequestError):
        merchant.v1.subscription_items.delete(item.id)


@drives("GET /v1/subscription_items")
def list_items(merchant: Merchant) -> None:
    merchant.v1.subscription_items.list({"subscription": add_item(merchant).subscription, "limit": 1})
