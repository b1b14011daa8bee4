"""The official client working with what subscriptions are made of: items, coupons, tax rates, previews, schedules."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

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


# -- coupons, the codes that redeem them, and what they take off


def coupon(merchant: Merchant) -> stripe.Coupon:
    """A quarter off for three months."""
    return merchant.v1.coupons.create(
        {"percent_off": 25, "duration": "repeating", "duration_in_months": 3, "name": "Spring"}
    )


def discounted(merchant: Merchant) -> stripe.Subscription:
    """A subscription with that coupon."""
    return merchant.v1.subscriptions.create(
        {
            "customer": merchant.customer().id,
            "items": [{"price": merchant.price.id}],
            "discounts": [{"coupon": coupon(merchant).id}],
            "expand": ["discounts.source.coupon", "latest_invoice.discounts"],
        }
    )


@drives("POST /v1/coupons")
def create_coupon(merchant: Merchant) -> None:
    discounted(merchant)
    merchant.v1.coupons.create(
        {
            "id": "WELCOME",
            "amount_off": 500,
            "currency": "usd",
            "duration": "once",
            "max_redemptions": 10,
            "redeem_by": 4_000_000_000,
            "applies_to": {"products": [str(merchant.price.product)]},
        }
    )
    with suppress(stripe.InvalidRequestError):
        merchant.v1.coupons.create({"id": "WELCOME", "percent_off": 12.5})


@drives("GET /v1/coupons/{coupon}")
def retrieve_coupon(merchant: Merchant) -> None:
    merchant.v1.coupons.retrieve(coupon(merchant).id)


@drives("POST /v1/coupons/{coupon}")
def update_coupon(merchant: Merchant) -> None:
    merchant.v1.coupons.update(coupon(merchant).id, {"name": "Summer", "metadata": {"a": "b"}})


@drives("DELETE /v1/coupons/{coupon}")
def delete_coupon(merchant: Merchant) -> None:
    merchant.v1.coupons.delete(coupon(merchant).id)


@drives("GET /v1/coupons")
def list_coupons(merchant: Merchant) -> None:
    coupon(merchant)
    merchant.v1.coupons.list({"limit": 3})


@drives("DELETE /v1/subscriptions/{subscription}/discount")
def delete_discount(merchant: Merchant) -> None:
    merchant.v1.subscriptions.delete_discount(discounted(merchant).id)


def promotion(merchant: Merchant) -> stripe.PromotionCode:
    return merchant.v1.promotion_codes.create(
        {
            "promotion": {"type": "coupon", "coupon": coupon(merchant).id},
            "restrictions": {
                "first_time_transaction": True,
                "minimum_amount": 1000,
                "minimum_amount_currency": "usd",
            },
        }
    )


@drives("POST /v1/promotion_codes")
def create_promotion(merchant: Merchant) -> None:
    made = promotion(merchant)
    merchant.v1.invoices.create({"customer": merchant.customer().id, "discounts": [{"coupon": coupon(merchant).id}]})
    merchant.v1.subscriptions.create(
        {
            "customer": merchant.customer().id,
            "items": [{"price": merchant.price.id}],
            "discounts": [{"promotion_code": made.id}],
            "expand": ["discounts.promotion_code"],
        }
    )


@drives("GET /v1/promotion_codes/{promotion_code}")
def retrieve_promotion(merchant: Merchant) -> None:
    merchant.v1.promotion_codes.retrieve(promotion(merchant).id, {"expand": ["promotion.coupon"]})


@drives("POST /v1/promotion_codes/{promotion_code}")
def update_promotion(merchant: Merchant) -> None:
    merchant.v1.promotion_codes.update(promotion(merchant).id, {"active": False})


@drives("GET /v1/promotion_codes")
def list_promotions(merchant: Merchant) -> None:
    merchant.v1.promotion_codes.list({"code": promotion(merchant).code.lower(), "active": True})


def rate(merchant: Merchant) -> stripe.TaxRate:
    return merchant.v1.tax_rates.create(
        {"display_name": "VAT", "percentage": 19, "inclusive": False, "country": "DE", "tax_type": "vat"}
    )


@drives("POST /v1/tax_rates")
def create_rate(merchant: Merchant) -> None:
    rate(merchant)


@drives("GET /v1/tax_rates/{tax_rate}")
def retrieve_rate(merchant: Merchant) -> None:
    merchant.v1.tax_rates.retrieve(rate(merchant).id)


@drives("POST /v1/tax_rates/{tax_rate}")
def update_rate(merchant: Merchant) -> None:
    merchant.v1.tax_rates.update(rate(merchant).id, {"active": False, "metadata": {"a": "b"}})


@drives("GET /v1/tax_rates")
def list_rates(merchant: Merchant) -> None:
    rate(merchant)
    merchant.v1.tax_rates.list({"active": True, "inclusive": False})


@drives("POST /v1/invoices/create_preview")
def preview(merchant: Merchant) -> None:
    subscription = discounted(merchant)
    item = subscription["items"].data[0].id
    merchant.v1.invoices.create_preview(
        {
            "subscription": subscription.id,
            "subscription_details": {"items": [{"id": item, "quantity": 3}], "proration_behavior": "none"},
            "invoice_items": [{"amount": 500, "currency": "usd", "description": "Set-up"}],
            "expand": ["discounts", "lines.data.pricing.price_details.price"],
        }
    )
    merchant.v1.invoices.create_preview(
        {
            "customer": str(subscription.customer),
            "subscription_details": {"items": [{"price": merchant.price.id}]},
        }
    )
    with suppress(stripe.InvalidRequestError):
        merchant.v1.invoices.create_preview({"customer": merchant.customer().id})


# -- subscription schedules


def schedule(merchant: Merchant, **given: Any) -> stripe.SubscriptionSchedule:
    """A month at the price, then one of three."""
    params: Any = {
        "customer": merchant.customer().id,
        "end_behavior": "cancel",
        "phases": [
            {"items": [{"price": merchant.price.id}], "duration": {"interval": "month", "interval_count": 1}},
            {"items": [{"price": merchant.price.id, "quantity": 3}], "metadata": {"grown": "yes"}},
        ],
    }
    return merchant.v1.subscription_schedules.create(params | given)


@drives("POST /v1/subscription_schedules")
def create_schedule(merchant: Merchant) -> None:
    schedule(merchant, expand=["subscription", "phases.items.price"])
    schedule(merchant, start_date=4_000_000_000)
    merchant.v1.subscription_schedules.create({"from_subscription": merchant.subscription().id})
    with suppress(stripe.InvalidRequestError):
        schedule(merchant, phases=[])


@drives("GET /v1/subscription_schedules/{schedule}")
def retrieve_schedule(merchant: Merchant) -> None:
    made = merchant.v1.subscription_schedules.retrieve(schedule(merchant).id, {"expand": ["customer"]})
    merchant.v1.subscriptions.retrieve(str(made.subscription), {"expand": ["schedule"]})


@drives("POST /v1/subscription_schedules/{schedule}")
def update_schedule(merchant: Merchant) -> None:
    made = schedule(merchant)
    assert made.current_phase
    merchant.v1.subscription_schedules.update(
        made.id,
        {
            "end_behavior": "release",
            "phases": [
                {
                    "items": [{"price": merchant.price.id, "quantity": 2}],
                    "start_date": made.current_phase.start_date,
                    "end_date": made.current_phase.end_date,
                }
            ],
        },
    )


@drives("POST /v1/subscription_schedules/{schedule}/cancel")
def cancel_schedule(merchant: Merchant) -> None:
    made = schedule(merchant)
    merchant.v1.subscription_schedules.cancel(made.id, {"prorate": False})
    with suppress(stripe.InvalidRequestError):
        merchant.v1.subscription_schedules.cancel(made.id)


@drives("POST /v1/subscription_schedules/{schedule}/release")
def release_schedule(merchant: Merchant) -> None:
    merchant.v1.subscription_schedules.release(schedule(merchant).id)


@drives("GET /v1/subscription_schedules")
def list_schedules(merchant: Merchant) -> None:
    schedule(merchant, start_date=4_000_000_000)
    merchant.v1.subscription_schedules.list({"scheduled": True, "limit": 2})
