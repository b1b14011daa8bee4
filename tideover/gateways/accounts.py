"""Stripe's words for a connected account, read into ours."""

from __future__ import annotations

from tideover.gateways.answers import AccountRead
from tideover.gateways.shape import Json, currency, given, part, text


def account_read(account: Json) -> AccountRead:
    """Whose key it is. Raises Odd."""
    dashboard = part(part(account, "settings"), "dashboard")
    named = text(part(account, "business_profile"), "name") or text(dashboard, "display_name")
    return AccountRead(
        id=given(account, "id"),
        name=named or given(account, "id"),
        livemode=False,
        country=text(account, "country"),
        currency=currency(account, "default_currency") if account.get("default_currency") else "usd",
        time_zone=text(dashboard, "timezone") or "UTC",
        restricted=_restricted(account),
        paypal=text(part(account, "capabilities"), "paypal_payments"),
    )


def _restricted(account: Json) -> str:
    if account.get("charges_enabled") is not False:
        return ""
    return text(part(account, "requirements"), "disabled_reason") or "charges are not enabled"
