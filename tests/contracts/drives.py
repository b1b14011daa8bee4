"""For each operation the simulator serves: the official client performing it, in the ways the product needs."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from typing import Any

import stripe

from tests.contracts.merchant import DAY, Merchant
from tests.waiting import until

Drive = Callable[[Merchant], object]
DRIVES: dict[str, Drive] = {}


def drives(operation: str) -> Callable[[Drive], Drive]:
    def keep(drive: Drive) -> Drive:
        DRIVES[operation] = drive
        return drive

    return keep


# -- customers and their payment methods


@drives("POST /v1/customers")
def create_customer(merchant: Merchant) -> None:
    merchant.v1.customers.create(
        {
            "email": "grace@customer.example",
            "name": "Grace",
            "phone": "+15550100",
            "preferred_locales": ["fr", "en"],
            "address": {"line1": "1 Main St", "city": "Reno", "state": "NV", "postal_code": "89501", "country": "US"},
            "shipping": {"name": "Grace", "address": {"line1": "2 Side St", "country": "US"}},
            "metadata": {"tier": "gold"},
            "payment_method": "pm_card_mastercard",
            "expand": ["subscriptions", "tax", "sources"],
        }
    )


@drives("GET /v1/customers/{customer}")
def retrieve_customer(merchant: Merchant) -> None:
    customer = merchant.customer()
    merchant.v1.customers.retrieve(customer.id, {"expand": ["invoice_settings.default_payment_method"]})
    with suppress(stripe.InvalidRequestError):
        merchant.v1.customers.retrieve("cus_nobody")


@drives("POST /v1/customers/{customer}")
def update_customer(merchant: Merchant) -> None:
    customer = merchant.customer()
    merchant.v1.customers.update(customer.id, {"name": "Ada L.", "metadata": {"a": ""}, "phone": "", "address": ""})
    with suppress(stripe.InvalidRequestError):
        merchant.v1.customers.update(customer.id, {"invoice_settings": {"default_payment_method": "pm_nobody"}})


@drives("DELETE /v1/customers/{customer}")
def delete_customer(merchant: Merchant) -> None:
    subscription = merchant.subscription()
    merchant.v1.customers.delete(str(subscription.customer))
    merchant.v1.customers.retrieve(str(subscription.customer))


@drives("GET /v1/customers")
def list_customers(merchant: Merchant) -> None:
    merchant.customer()
    merchant.v1.customers.list({"limit": 2, "email": "ada@customer.example", "created": {"gte": 1}})


@drives("GET /v1/customers/{customer}/payment_methods")
def list_methods_of_customer(merchant: Merchant) -> None:
    customer = merchant.customer("pm_card_amex")
    merchant.v1.payment_methods.attach("pm_card_visa:google_pay", {"customer": customer.id})
    merchant.v1.customers.payment_methods.list(customer.id, {"type": "card", "limit": 10})


@drives("GET /v1/customers/{customer}/payment_methods/{payment_method}")
def retrieve_method_of_customer(merchant: Merchant) -> None:
    customer = merchant.customer()
    method = merchant.v1.customers.payment_methods.list(customer.id).data[0]
    merchant.v1.customers.payment_methods.retrieve(customer.id, method.id)


@drives("POST /v1/payment_methods")
def create_method(merchant: Merchant) -> None:
    merchant.v1.payment_methods.create(
        {
            "type": "card",
            "card": {"number": "4242424242424242", "exp_month": 8, "exp_year": 2031, "cvc": "314"},
            "billing_details": {"name": "Ada", "address": {"country": "US"}},
            "metadata": {"from": "test"},
        }
    )
    merchant.v1.payment_methods.create(
        {
            "type": "us_bank_account",
            "us_bank_account": {
                "account_number": "000123456789",
                "routing_number": "110000000",
                "account_holder_type": "individual",
            },
            "billing_details": {"name": "Ada"},
        }
    )
    merchant.v1.payment_methods.create({"type": "link", "billing_details": {"email": "ada@customer.example"}})
    with suppress(stripe.CardError):
        merchant.v1.payment_methods.create(
            {"type": "card", "card": {"number": "4242424242424241", "exp_month": 8, "exp_year": 2031}}
        )


@drives("GET /v1/payment_methods/{payment_method}")
def retrieve_method(merchant: Merchant) -> None:
    method = merchant.v1.payment_methods.create({"type": "card", "card": {"token": "tok_visa"}})
    merchant.v1.payment_methods.retrieve(method.id, {"expand": ["customer"]})


@drives("POST /v1/payment_methods/{payment_method}")
def update_method(merchant: Merchant) -> None:
    customer = merchant.customer()
    method = merchant.v1.customers.payment_methods.list(customer.id).data[0]
    merchant.v1.payment_methods.update(
        method.id, {"card": {"exp_month": 1, "exp_year": 2033}, "metadata": {"k": "v"}, "allow_redisplay": "always"}
    )


@drives("POST /v1/payment_methods/{payment_method}/attach")
def attach(merchant: Merchant) -> None:
    customer = merchant.customer(None)
    merchant.v1.payment_methods.attach("pm_card_discover", {"customer": customer.id})
    with suppress(stripe.CardError):
        merchant.v1.payment_methods.attach("pm_card_chargeDeclinedExpiredCard", {"customer": customer.id})


@drives("POST /v1/payment_methods/{payment_method}/detach")
def detach(merchant: Merchant) -> None:
    subscription = merchant.subscription()
    for method in merchant.v1.customers.payment_methods.list(str(subscription.customer)).data:
        merchant.v1.payment_methods.detach(method.id)


@drives("GET /v1/payment_methods")
def list_methods(merchant: Merchant) -> None:
    customer = merchant.customer()
    merchant.v1.payment_methods.list({"customer": customer.id, "type": "card"})


# -- the catalog


@drives("POST /v1/products")
def create_product(merchant: Merchant) -> None:
    merchant.v1.products.create({"name": "Coffee", "description": "Weekly", "metadata": {"sku": "1"}})
    monthly: Any = {"currency": "usd", "unit_amount": 900, "recurring": {"interval": "month"}}
    merchant.v1.products.create({"name": "Tea", "default_price_data": monthly, "expand": ["default_price"]})


@drives("GET /v1/products/{product}")
def retrieve_product(merchant: Merchant) -> None:
    merchant.v1.products.retrieve(str(merchant.price.product))


@drives("POST /v1/products/{product}")
def update_product(merchant: Merchant) -> None:
    merchant.v1.products.update(str(merchant.price.product), {"name": "Plan", "default_price": merchant.price.id})


@drives("GET /v1/products")
def list_products(merchant: Merchant) -> None:
    merchant.v1.products.list({"active": True, "ids": [str(merchant.price.product)]})


@drives("POST /v1/prices")
def create_price(merchant: Merchant) -> None:
    merchant.v1.prices.create(
        {
            "currency": "jpy",
            "unit_amount": 9900,
            "product_data": {"name": "年間プラン"},
            "recurring": {"interval": "year", "interval_count": 1},
            "lookup_key": "yearly",
        }
    )
    merchant.v1.prices.create({"currency": "usd", "unit_amount": 100, "product": str(merchant.price.product)})
    whole = Decimal("250.0")
    merchant.v1.prices.create({"currency": "usd", "unit_amount_decimal": whole, "product": str(merchant.price.product)})


@drives("GET /v1/prices/{price}")
def retrieve_price(merchant: Merchant) -> None:
    merchant.v1.prices.retrieve(merchant.price.id, {"expand": ["product"]})


@drives("POST /v1/prices/{price}")
def update_price(merchant: Merchant) -> None:
    merchant.v1.prices.update(merchant.price.id, {"nickname": "Monthly", "metadata": {"a": "b"}})


@drives("GET /v1/prices")
def list_prices(merchant: Merchant) -> None:
    merchant.v1.prices.list({"product": str(merchant.price.product), "type": "recurring", "expand": ["data.product"]})


# -- subscriptions


@drives("POST /v1/subscriptions")
def create_subscription(merchant: Merchant) -> None:
    customer = merchant.customer()
    items: list[stripe.params.SubscriptionCreateParamsItem] = [{"price": merchant.price.id, "quantity": 2}]
    merchant.v1.subscriptions.create(
        {"customer": customer.id, "items": items, "expand": ["latest_invoice.payments", "customer"]}
    )
    merchant.v1.subscriptions.create({"customer": customer.id, "items": items, "trial_period_days": 14})
    merchant.v1.subscriptions.create(
        {
            "customer": customer.id,
            "items": items,
            "payment_behavior": "default_incomplete",
            "payment_settings": {"save_default_payment_method": "on_subscription"},
            "expand": ["latest_invoice.confirmation_secret"],
        }
    )
    merchant.v1.subscriptions.create(
        {"customer": customer.id, "items": items, "collection_method": "send_invoice", "days_until_due": 14}
    )
    broke = merchant.customer("pm_card_chargeCustomerFail")
    merchant.v1.subscriptions.create({"customer": broke.id, "items": items})
    with suppress(stripe.CardError):
        merchant.v1.subscriptions.create(
            {"customer": broke.id, "items": items, "payment_behavior": "error_if_incomplete"}
        )


@drives("GET /v1/subscriptions/{subscription}")
def retrieve_subscription(merchant: Merchant) -> None:
    subscription = merchant.subscription()
    merchant.v1.subscriptions.retrieve(subscription.id, {"expand": ["default_payment_method", "latest_invoice"]})


@drives("POST /v1/subscriptions/{subscription}")
def update_subscription(merchant: Merchant) -> None:
    subscription = merchant.subscription()
    merchant.v1.subscriptions.update(subscription.id, {"pause_collection": {"behavior": "void"}})
    merchant.v1.subscriptions.update(subscription.id, {"pause_collection": ""})
    merchant.v1.subscriptions.update(subscription.id, {"cancel_at_period_end": True, "metadata": {"a": "b"}})
    merchant.v1.subscriptions.update(subscription.id, {"cancel_at_period_end": False, "proration_behavior": "none"})
    merchant.v1.subscriptions.update(subscription.id, {"default_payment_method": "pm_card_visa"})
    merchant.v1.subscriptions.update(
        subscription.id, {"items": [{"id": subscription["items"].data[0].id, "quantity": 3}]}
    )


@drives("DELETE /v1/subscriptions/{subscription}")
def cancel_subscription(merchant: Merchant) -> None:
    subscription = merchant.subscription()
    merchant.v1.subscriptions.cancel(
        subscription.id, {"cancellation_details": {"comment": "Too dear", "feedback": "too_expensive"}}
    )
    with suppress(stripe.InvalidRequestError):
        merchant.v1.subscriptions.cancel(subscription.id)


@drives("POST /v1/subscriptions/{subscription}/resume")
def resume_subscription(merchant: Merchant) -> None:
    clock = merchant.v1.test_helpers.test_clocks.create({"frozen_time": 1_790_000_000})
    customer = merchant.customer(None, clock=clock.id)
    waits = merchant.v1.subscriptions.create(
        {
            "customer": customer.id,
            "items": [{"price": merchant.price.id}],
            "trial_period_days": 3,
            "trial_settings": {"end_behavior": {"missing_payment_method": "pause"}},
        }
    )
    merchant.v1.test_helpers.test_clocks.advance(clock.id, {"frozen_time": 1_790_000_000 + 4 * DAY})
    until(lambda: merchant.v1.subscriptions.retrieve(waits.id).status == "paused")
    merchant.v1.subscriptions.update(waits.id, {"default_payment_method": "pm_card_visa"})
    merchant.v1.subscriptions.resume(waits.id, {"proration_behavior": "none"})
    with suppress(stripe.InvalidRequestError):
        merchant.v1.subscriptions.resume(waits.id)


@drives("GET /v1/subscriptions")
def list_subscriptions(merchant: Merchant) -> None:
    subscription = merchant.subscription()
    merchant.v1.subscriptions.list(
        {
            "customer": str(subscription.customer),
            "status": "all",
            "current_period_end": {"gt": 1},
            "expand": ["data.latest_invoice"],
        }
    )


# -- test clocks


@drives("POST /v1/test_helpers/test_clocks")
def create_clock(merchant: Merchant) -> None:
    merchant.v1.test_helpers.test_clocks.create({"frozen_time": 1_790_000_000, "name": "Rehearsal"})


@drives("GET /v1/test_helpers/test_clocks/{test_clock}")
def retrieve_clock(merchant: Merchant) -> None:
    clock = merchant.v1.test_helpers.test_clocks.create({"frozen_time": 1_790_000_000})
    merchant.v1.test_helpers.test_clocks.retrieve(clock.id)


@drives("GET /v1/test_helpers/test_clocks")
def list_clocks(merchant: Merchant) -> None:
    create_clock(merchant)
    merchant.v1.test_helpers.test_clocks.list({"limit": 3})


@drives("POST /v1/test_helpers/test_clocks/{test_clock}/advance")
def advance_clock(merchant: Merchant) -> None:
    clock = merchant.v1.test_helpers.test_clocks.create({"frozen_time": 1_790_000_000})
    merchant.subscription(merchant.customer(clock=clock.id))
    merchant.v1.test_helpers.test_clocks.advance(clock.id, {"frozen_time": 1_790_000_000 + 40 * DAY})
    until(lambda: merchant.v1.test_helpers.test_clocks.retrieve(clock.id).status == "ready")


@drives("DELETE /v1/test_helpers/test_clocks/{test_clock}")
def delete_clock(merchant: Merchant) -> None:
    clock = merchant.v1.test_helpers.test_clocks.create({"frozen_time": 1_790_000_000})
    merchant.subscription(merchant.customer(clock=clock.id))
    merchant.v1.test_helpers.test_clocks.delete(clock.id)
