"""The official client searching for each kind of object."""

from __future__ import annotations

from contextlib import suppress

import stripe

from tests.contracts.drives import drives
from tests.contracts.merchant import Merchant


@drives("GET /v1/charges/search")
def search_charges(merchant: Merchant) -> None:
    merchant.paid_intent()
    merchant.v1.charges.search({"query": 'amount>100 AND payment_method_details.card.last4:"4242"', "limit": 1})
    with suppress(stripe.InvalidRequestError):
        merchant.v1.charges.search({"query": 'colour:"red"'})


@drives("GET /v1/customers/search")
def search_customers(merchant: Merchant) -> None:
    for _ in range(2):
        merchant.customer()
    first = merchant.v1.customers.search({"query": 'email~"customer.example" -name:"Grace"', "limit": 1})
    merchant.v1.customers.search({"query": 'email~"customer.example"', "limit": 1, "page": first.next_page})


@drives("GET /v1/invoices/search")
def search_invoices(merchant: Merchant) -> None:
    invoice = merchant.failed_invoice()
    query = f'customer:"{invoice.customer}" AND status:"open"'
    merchant.v1.invoices.search({"query": query, "expand": ["data.customer", "data.payments"]})


@drives("GET /v1/payment_intents/search")
def search_intents(merchant: Merchant) -> None:
    merchant.paid_intent()
    merchant.v1.payment_intents.search({"query": 'status:"succeeded" OR currency:"eur"'})


@drives("GET /v1/prices/search")
def search_prices(merchant: Merchant) -> None:
    merchant.v1.prices.search({"query": f'product:"{merchant.price.product}" AND active:"true"'})


@drives("GET /v1/products/search")
def search_products(merchant: Merchant) -> None:
    assert merchant.price
    merchant.v1.products.search({"query": 'name:"plan"'})


@drives("GET /v1/subscriptions/search")
def search_subscriptions(merchant: Merchant) -> None:
    merchant.subscription()
    merchant.v1.subscriptions.search({"query": 'status:"active" AND metadata["tier"]:null'})
