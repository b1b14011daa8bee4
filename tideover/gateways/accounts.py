"""Stripe's words for a connected account and its webhook endpoints, read into ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tideover.gateways.answers import AccountRead, EndpointMade, EndpointRead
from tideover.gateways.shape import Json, currency, given, part, text, texts

# What the account has to be let into for each type of method. Of PayPal the API's reference tells no such word, and a
# version of it may: https://docs.stripe.com/connect/account-capabilities
PAYPAL: Final = "paypal_payments"
GRANTED: Final = "active"
METHODS: Final[Mapping[str, str]] = {
    "link": "link_payments",
    "us_bank_account": "us_bank_account_ach_payments",
    "sepa_debit": "sepa_debit_payments",
    "bacs_debit": "bacs_debit_payments",
    "paypal": PAYPAL,
}


def account_read(account: Json) -> AccountRead:
    """Whose key it is. Raises Odd."""
    dashboard = part(part(account, "settings"), "dashboard")
    capabilities = part(account, "capabilities")
    told = {method: text(capabilities, name) == GRANTED for method, name in METHODS.items() if name in capabilities}
    named = text(part(account, "business_profile"), "name") or text(dashboard, "display_name")
    return AccountRead(
        id=given(account, "id"),
        name=named or given(account, "id"),
        livemode=False,
        country=text(account, "country"),
        currency=currency(account, "default_currency") if account.get("default_currency") else "usd",
        time_zone=text(dashboard, "timezone") or "UTC",
        restricted=_restricted(account),
        paypal=text(capabilities, PAYPAL),
        activated=tuple(method for method, granted in told.items() if granted),
        not_activated=tuple(method for method, granted in told.items() if not granted),
    )


def _restricted(account: Json) -> str:
    if account.get("charges_enabled") is not False:
        return ""
    return text(part(account, "requirements"), "disabled_reason") or "charges are not enabled"


def endpoint_made(endpoint: Json) -> EndpointMade:
    """A new webhook endpoint with its secret, which is shown only now. Raises Odd."""
    return EndpointMade(given(endpoint, "id"), given(endpoint, "secret"))


def endpoints_on(page: list[Json]) -> list[EndpointRead]:
    """The webhook endpoints on a page of them. Raises Odd."""
    return [
        EndpointRead(
            id=given(endpoint, "id"),
            url=text(endpoint, "url"),
            events=frozenset(texts(endpoint, "enabled_events")),
            enabled=text(endpoint, "status") != "disabled",
        )
        for endpoint in page
    ]
