"""Stripe, as one connection sees it: reads, and in act mode the few writes that recover a payment.

Every write carries the caller's idempotency key. Nothing is retried here: one layer decides about retries, and it is
not the SDK (https://docs.stripe.com/api/idempotent_requests).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, cast

import stripe

from tideover.failpoints import failpoint
from tideover.gateways import accounts, reading
from tideover.gateways.answers import (
    HELD,
    HELD_BY_US,
    Answer,
    Busy,
    EndpointMade,
    IntentRead,
    InvoiceRead,
    LockedOut,
    NotNow,
    NotOpen,
    Paid,
    Refused,
    Unknown,
    Unreachable,
)
from tideover.gateways.errors import in_words
from tideover.gateways.leading.sessions import whose
from tideover.gateways.payments import parts
from tideover.gateways.payments.beside import Besides
from tideover.gateways.shape import ACCOUNT, Json
from tideover.gateways.unfolding import OF_ITS_PAYMENTS
from tideover.gateways.way import API_VERSION, must_be_young, plain


class Stripe(Besides):
    """One connected account: what is read, and what is written under a key."""

    def pay_invoice(
        self,
        invoice_id: str,
        *,
        key: str,
        payment_method: str | None = None,
        off_session: bool = True,
        not_after: datetime | None = None,
    ) -> Answer:
        """Try to collect the invoice. The same `key` gives the same answer for a day; raises Unknown without one.

        From `not_after` on nothing is sent, and what an earlier call under this key did stays unknown.
        """
        self._must_write()
        invoices = self._v1.invoices
        must_be_young(not_after)
        params: dict[str, Any] = {"off_session": off_session, **self._expand(*OF_ITS_PAYMENTS)}
        if payment_method:
            params["payment_method"] = payment_method
        with self._written():
            try:
                paid = invoices.pay(invoice_id, params, {"idempotency_key": key})  # type: ignore[arg-type]
                return reading.answer_of(self._with_payments(plain(paid)))
            except stripe.CardError as refused:
                answer = reading.refusal_of(cast("Json", refused.json_body)["error"])
            except stripe.InvalidRequestError as refused:
                return self._not_tried(invoice_id, refused)
        return self._as_charged(answer)

    def _with_payments(self, paid: Json) -> Json:
        """Stripe has charged: whatever keeps us from reading how does not undo that."""
        try:
            return self._with(OF_ITS_PAYMENTS, paid)
        except (Busy, LockedOut, stripe.StripeError) as lost:
            why = in_words(lost) if isinstance(lost, stripe.StripeError) else lost
            raise Unknown(f"it was tried, and what came of it could not be read: {why}") from None

    def _not_tried(self, invoice_id: str, refused: stripe.InvalidRequestError) -> Answer:
        """A 400 has no attempt behind it. Why is best told by the invoice itself, not by the words of an error."""
        try:
            status = self.invoice_status(invoice_id)
        except (Unreachable, Busy) as silent:
            raise Busy(f"not tried ({in_words(refused)}) and {silent}") from None
        return NotOpen(status) if status != "open" else Refused(refused.code or "invalid_request", in_words(refused))

    def pay_part(self, invoice_id: str, part: parts.Part, *, key: str, not_after: datetime | None = None) -> Answer:
        """Try to collect a part of the invoice: Paid, with the invoice as it is then, is of this part alone.

        No more than is left at this moment. Raises Unknown, and keeps to `not_after`, as pay_invoice.
        """
        self._must_write()
        must_be_young(not_after)
        with self._written():
            try:
                intent_id = self._attached(invoice_id, part, key)
                if no := parts.why_not_tried(self.read_invoice(invoice_id), intent_id, part):
                    return no
                must_be_young(not_after)
                tried = self._v1.payment_intents.confirm(intent_id, {"off_session": True}, {"idempotency_key": key})
                answer = parts.came_to(plain(tried), part)
            except stripe.CardError as refused:
                answer = reading.refusal_of(cast("Json", refused.json_body)["error"])
            except stripe.InvalidRequestError as refused:
                return self._not_tried(invoice_id, refused)
        if isinstance(answer, Paid):
            return replace(answer, read=self._as_it_is_then(invoice_id))
        return self._as_charged(answer)

    def _attached(self, invoice_id: str, part: parts.Part, key: str) -> str:
        """The payment that is to bring this part, attached to the invoice and not yet tried. One for each amount."""
        ours = f"{key}_{part.amount}"
        made = self._v1.payment_intents.create(parts.made(part), {"idempotency_key": f"{ours}_made"})  # type: ignore[arg-type]
        attached: Any = {"payment_intent": made.id}
        self._v1.invoices.attach_payment(invoice_id, attached, {"idempotency_key": f"{ours}_attached"})
        failpoint("part.attached")
        return made.id

    def _as_it_is_then(self, invoice_id: str) -> InvoiceRead | None:
        """Stripe has charged: whatever keeps us from reading what that made of the invoice does not undo it."""
        try:
            return self.read_invoice(invoice_id)
        except NotNow as silent:
            raise Unknown(f"it was charged, and the invoice could not be read: {silent}") from None

    def create_setup_intent(self, customer_id: str, *, key: str, methods: Sequence[str] = ()) -> IntentRead:
        """A setup intent for later off-session use; `methods` empty lets Stripe choose what the account offers.

        Of `methods` Stripe leaves out what the account has not activated, without a word.
        """
        self._must_write()
        params: dict[str, Any] = {**whose(customer_id), "usage": "off_session"}
        if methods:
            params["allowed_payment_method_types"] = list(methods)
        else:
            params["automatic_payment_methods"] = {"enabled": True}
        with self._written():
            made = self._v1.setup_intents.create(params, {"idempotency_key": key})  # type: ignore[arg-type]
            return reading.intent_read(plain(made))

    def methods_kept(self, methods: Sequence[str], *, key: str) -> frozenset[str]:
        """Which of these types the account would keep. Asked by a setup intent for nobody, canceled at once."""
        self._must_write()
        asked: Any = {"allowed_payment_method_types": list(methods), "usage": "off_session"}
        with self._written():
            made = self._v1.setup_intents.create(asked, {"idempotency_key": key})
            return reading.methods_taken(plain(self._v1.setup_intents.cancel(made.id)))

    def set_default_method(self, read: InvoiceRead, payment_method_id: str, *, key: str) -> None:
        """Make the method the default where it counts: the customer's, and the subscription's where that one failed.

        Changing only the customer's default changes nothing while the subscription has its own
        (https://docs.stripe.com/billing/revenue-recovery/smart-retries). A customer that is an account keeps theirs
        where this interface does not reach: then the subscription's counts alone.
        """
        self._must_write()
        if not read.customer_id.startswith(ACCOUNT):
            default: Any = {"invoice_settings": {"default_payment_method": payment_method_id}}
            with self._written():
                self._v1.customers.update(read.customer_id, default, {"idempotency_key": f"{key}_c"})
        if read.subscription_id and read.subscription_status not in {"canceled", "incomplete_expired"}:
            self.charge_by(read.subscription_id, payment_method_id, key=f"{key}_s")

    def set_auto_advance(self, invoice_id: str, *, on: bool, key: str) -> None:
        """Hand an open invoice's collection to us (`on` false stops Stripe's retries of it) or back to Stripe.

        The invoice itself says that it was us, so that whoever reads it knows to give it back, after a restore too.
        """
        self._must_write()
        marked = {HELD: "" if on else HELD_BY_US}  # an empty one is taken away: https://docs.stripe.com/api/metadata
        with self._written():
            self._v1.invoices.update(invoice_id, {"auto_advance": on, "metadata": marked}, {"idempotency_key": key})

    def cancel_subscription(self, subscription_id: str, *, key: str) -> None:
        """End it now. Nothing is billed for its last period, and nothing is paid back."""
        self._must_write()
        with self._written():
            self._v1.subscriptions.cancel(subscription_id, {}, {"idempotency_key": key})

    def pause_collection(self, subscription_id: str, *, key: str) -> None:
        """Its coming invoices stay drafts (https://docs.stripe.com/billing/subscriptions/pause-payment)."""
        self._must_write()
        with self._written():
            paused: Any = {"pause_collection": {"behavior": "keep_as_draft"}}
            self._v1.subscriptions.update(subscription_id, paused, {"idempotency_key": key})

    def mark_uncollectible(self, invoice_id: str, *, key: str) -> None:
        """Write an open invoice off. Refused for one that is paid; a payment that comes later is still taken."""
        self._must_write()
        with self._written():
            self._v1.invoices.mark_uncollectible(invoice_id, {}, {"idempotency_key": key})

    def create_webhook_endpoint(self, url: str, events: Sequence[str], *, key: str) -> EndpointMade:
        """An endpoint whose events are rendered in our API version, whatever the account's own default is."""
        self._must_make_endpoint()
        with self._written():
            made = self._v1.webhook_endpoints.create(
                {
                    "url": url,
                    "enabled_events": cast("Any", list(events)),
                    "api_version": cast("Any", API_VERSION),
                    "description": "Tideover",
                },
                {"idempotency_key": key},
            )
            return accounts.endpoint_made(plain(made))

    def move_webhook_endpoint(self, endpoint_id: str, url: str, events: Sequence[str], *, key: str) -> None:
        """Let the endpoint lead to `url` and ask for these events; its secret stays."""
        self._must_make_endpoint()
        wanted = {"url": url, "enabled_events": list(events), "disabled": False}
        with self._written():
            self._v1.webhook_endpoints.update(endpoint_id, cast("Any", wanted), {"idempotency_key": key})

    def delete_webhook_endpoint(self, endpoint_id: str) -> None:
        """Take an endpoint away. Deleting what is gone is refused (NotPossible), so this needs no key."""
        self._must_make_endpoint()
        with self._written():
            self._v1.webhook_endpoints.delete(endpoint_id)
