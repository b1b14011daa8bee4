"""What Stripe shows a payer for us: what is saved, and its portal; and what their subscription is to be charged."""

from __future__ import annotations

from typing import Any, Final

import stripe

from tideover.core.money import Money
from tideover.gateways.errors import in_reading, in_writing
from tideover.gateways.shape import ACCOUNT, amount, currency, given, text
from tideover.gateways.way import Way, plain

# Subscriptions save with "unspecified", which Stripe hides unless asked for it. Nothing can be taken off here, as a
# subscription may depend on it; and there is no box for saving, as whatever is brought here is kept.
# https://docs.stripe.com/api/customer_sessions/create. That the form of a setup intent shows them, as that of a payment
# does, is not confirmed: where it does not, it is the form without them.
SAVED_SHOWN: Final = {
    "payment_method_redisplay": "enabled",
    "payment_method_allow_redisplay_filters": ["always", "limited", "unspecified"],
    "payment_method_redisplay_limit": 10,
    "payment_method_remove": "disabled",
    "payment_method_save": "disabled",
}


def whose(customer_id: str) -> dict[str, str]:
    """The customer as a call names them, who may be an account."""
    return {"customer_account" if customer_id.startswith(ACCOUNT) else "customer": customer_id}


class Sessions(Way):
    """Short-lived leave for a browser to see one customer's own."""

    def show_saved(self, customer_id: str, *, key: str) -> str:
        """The secret with which Stripe's form shows what the customer has saved; empty where our key may not ask.

        That is no alarm: a key that was made before this was asked for does all else.
        """
        self._must_write()
        asked: Any = {
            **whose(customer_id),
            "components": {"payment_element": {"enabled": True, "features": SAVED_SHOWN}},
        }
        with self._heard(in_writing(), (stripe.AuthenticationError,)):
            try:
                made = plain(self._v1.customer_sessions.create(asked, {"idempotency_key": key}))
            except stripe.PermissionError:
                return ""
            return text(made, "client_secret")

    def open_portal(self, customer_id: str, back: str, *, key: str) -> str:
        """Where the customer changes their method and is led `back` from. It is short-lived: for one who clicks now.

        Raises NotPossible where the merchant has not set the portal up, or allows no change of methods in it.
        """
        self._must_write()
        with self._written():
            return self._session(customer_id, back, {"type": "payment_method_update"}, key)

    def open_canceling(self, customer_id: str, subscription_id: str, back: str, *, key: str) -> str:
        """Where the customer cancels this subscription, and is led `back` from, as `open_portal` does.

        Raises NotPossible where the merchant allows no canceling in the portal.
        """
        self._must_write()
        flow = {"type": "subscription_cancel", "subscription_cancel": {"subscription": subscription_id}}
        with self._written():
            return self._session(customer_id, back, flow, key)

    def _session(self, customer_id: str, back: str, flow: dict[str, Any], key: str) -> str:
        """The address of the portal for one thing alone: https://docs.stripe.com/customer-management/portal-deep-links."""
        done = {"type": "redirect", "redirect": {"return_url": back}}
        asked: Any = {**whose(customer_id), "return_url": back, "flow_data": {**flow, "after_completion": done}}
        return given(plain(self._v1.billing_portal.sessions.create(asked, {"idempotency_key": key})), "url")


class Renewals(Sessions):
    """Subscriptions ahead of their next invoice."""

    def upcoming(self, subscription_id: str) -> Money | None:
        """What its next invoice asks for; None where there will be none, or our key may not ask for a preview.

        That is no alarm: a key that may read invoices and no more does all else. Nothing is made by it:
        https://docs.stripe.com/api/invoices/create_preview
        """
        with self._heard(in_reading(), (stripe.AuthenticationError,)):
            try:
                found = plain(self._v1.invoices.create_preview({"subscription": subscription_id}))
            except (stripe.PermissionError, stripe.InvalidRequestError):
                return None
            return Money(amount(found, "amount_due"), currency(found))

    def charge_by(self, subscription_id: str, payment_method_id: str, *, key: str) -> None:
        """Charge its invoices by this method from now on, whatever is the customer's default."""
        self._must_write()
        with self._written():
            self._v1.subscriptions.update(
                subscription_id, {"default_payment_method": payment_method_id}, {"idempotency_key": key}
            )
