"""Where a case's invoice and customer are found in Stripe's own dashboard."""

from __future__ import annotations

from typing import Final

from tideover.recovery.models import Case
from tideover.tenants.models import Connection

STRIPE: Final = "https://dashboard.stripe.com"


def _page(case: Case, kind: str, object_id: str) -> str:
    """Empty for an account of the simulator, which has no such dashboard, and where nobody knows the id any more."""
    return "" if case.erased_at else _at(case.connection, kind, object_id)


def _at(connection: Connection, kind: str, object_id: str) -> str:
    if connection.api_base:
        return ""
    mode = "" if connection.livemode else "/test"
    return f"{STRIPE}/{connection.account_id}{mode}/{kind}/{object_id}"


def invoice_page(case: Case) -> str:
    """The invoice."""
    return _page(case, "invoices", case.invoice_id)


def customer_page(case: Case) -> str:
    """The customer."""
    return _page(case, "customers", case.customer_id)


def page_of_customer(connection: Connection, customer_id: str) -> str:
    """A customer of an account, where no case is about them."""
    return _at(connection, "customers", customer_id)
