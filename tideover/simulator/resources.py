"""Importing this module fills the table of operations with everything the simulator serves."""

from tideover.simulator import (
    catalog,
    charges,
    customers,
    disputes,
    endpoints,
    event_operations,
    invoice_items,
    invoice_operations,
    mandates,
    payment_intents,
    payment_methods,
    portal,
    setup_intents,
    subscriptions,
    test_clocks,
)
from tideover.simulator.api.connect import accounts
from tideover.simulator.wire.operations import TABLE

__all__ = [
    "TABLE",
    "accounts",
    "catalog",
    "charges",
    "customers",
    "disputes",
    "endpoints",
    "event_operations",
    "invoice_items",
    "invoice_operations",
    "mandates",
    "payment_intents",
    "payment_methods",
    "portal",
    "setup_intents",
    "subscriptions",
    "test_clocks",
]
