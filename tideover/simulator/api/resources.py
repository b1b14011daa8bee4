"""Importing this module fills the table of operations with everything the simulator serves."""

from tideover.simulator.api import searches
from tideover.simulator.api.billing import (
    clocks,
    credit_notes,
    invoice_items,
    invoice_lines,
    invoice_payments,
    invoices,
    items,
    portal_configurations,
    portal_sessions,
    previews,
    schedules,
    subscriptions,
)
from tideover.simulator.api.catalog import coupons, prices, products, promotion_codes, tax_rates
from tideover.simulator.api.connect import accounts, events, webhook_endpoints
from tideover.simulator.api.payments import (
    balance,
    charges,
    customer_sessions,
    customers,
    disputes,
    mandates,
    payment_intents,
    payment_methods,
    refunds,
    setup_attempts,
    setup_intents,
)
from tideover.simulator.wire.operations import TABLE

__all__ = [
    "TABLE",
    "accounts",
    "balance",
    "charges",
    "clocks",
    "coupons",
    "credit_notes",
    "customer_sessions",
    "customers",
    "disputes",
    "events",
    "invoice_items",
    "invoice_lines",
    "invoice_payments",
    "invoices",
    "items",
    "mandates",
    "payment_intents",
    "payment_methods",
    "portal_configurations",
    "portal_sessions",
    "previews",
    "prices",
    "products",
    "promotion_codes",
    "refunds",
    "schedules",
    "searches",
    "setup_attempts",
    "setup_intents",
    "subscriptions",
    "tax_rates",
    "webhook_endpoints",
]
