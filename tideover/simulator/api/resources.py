"""Importing this module fills the table of operations with everything the simulator serves."""

from tideover.simulator.api.billing import clocks, invoice_items, invoices, portal_configurations, subscriptions
from tideover.simulator.api.catalog import prices
from tideover.simulator.api.connect import accounts, events, webhook_endpoints
from tideover.simulator.api.payments import (
    charges,
    customers,
    disputes,
    mandates,
    payment_intents,
    payment_methods,
    setup_intents,
)
from tideover.simulator.wire.operations import TABLE

__all__ = [
    "TABLE",
    "accounts",
    "charges",
    "clocks",
    "customers",
    "disputes",
    "events",
    "invoice_items",
    "invoices",
    "mandates",
    "payment_intents",
    "payment_methods",
    "portal_configurations",
    "prices",
    "setup_intents",
    "subscriptions",
    "webhook_endpoints",
]
