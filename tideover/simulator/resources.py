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
    payment_intents,
    payment_methods,
    subscriptions,
)
from tideover.simulator.operations import TABLE

__all__ = [
    "TABLE",
    "catalog",
    "charges",
    "customers",
    "disputes",
    "endpoints",
    "event_operations",
    "invoice_items",
    "invoice_operations",
    "payment_intents",
    "payment_methods",
    "subscriptions",
]
