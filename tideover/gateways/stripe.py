"""Stripe, as one connection sees it: reads, and in act mode the few writes that recover a payment.

Every write carries the caller's idempotency key. Nothing is retried here: one layer decides about retries, and it is
not the SDK (https://docs.stripe.com/api/idempotent_requests).
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, cast

import stripe

from tideover import clock
from tideover.failpoints import failpoint
from tideover.gateways import accounts, parts, reading
from tideover.gateways.answers import (
    HELD,
    HELD_BY_US,
    AccountRead,
    Answer,
    Busy,
    Card,
    ChargeRead,
    Declined,
    EndpointMade,
    EndpointRead,
    IntentRead,
    InvoiceRead,
    LockedOut,
    NotNow,
    NotOpen,
    Paid,
    Refused,
    Unknown,
    Unpaid,
    Unreachable,
)
from tideover.gateways.errors import in_words
from tideover.gateways.methods import method_told
from tideover.gateways.sessions import whose
from tideover.gateways.shape import ACCOUNT, Json, rows
from tideover.gateways.test_clocks import Clocks
from tideover.gateways.unfolding import OF_AN_INVOICE, OF_ITS_PAYMENTS
from tideover.gateways.way import API_VERSION, must_have_an_id, plain

UNPAID_AT_ONCE: Final = 20  # each of them is read then: a page must not take long
TYPES_AT_ONCE: Final = 20  # https://docs.stripe.com/api/events/list, `types`


class Stripe(Clocks):
    """One connected account: what is read, and what is written under a key."""

    # ── reads ──

    def account(self) -> AccountRead:
        """Whose key this is."""
        with self._read():
            return accounts.account_read(plain(self._v1.accounts.retrieve_current()))

    def feel(self) -> None:
        """Whether we are let in at all: the smallest thing that each kind of credential may ask for."""
        with self._read():
            self._v1.invoices.list({"limit": 1})

    def read_invoice(self, invoice_id: str, known: Container[str] = ()) -> InvoiceRead | None:
        """The invoice with everybody's attempts on it; None where it does not exist (deleted or foreign).

        `known` charges need not be told again: where the newest charge is one of them, one call is enough. With it
        comes the test clock of its customer; raises OnItsWay while that is being advanced.
        """
        with self._read():
            asked = self._expand(*OF_AN_INVOICE)
            invoice = self._found(lambda: self._v1.invoices.retrieve(invoice_id, asked))
            if invoice is None:
                return None
            must_have_an_id(invoice)
            invoice = self._with(OF_AN_INVOICE, invoice)
            untold = [intent for intent, latest in reading.intents_of(invoice).items() if latest not in known]
            parts_of = reading.parts_in(invoice)
            charges = [charge for intent in untold for charge in self._charges(intent, parts_of.get(intent, ""))]
            read = reading.invoice_read(invoice, tuple(charges))
        return self._with_its_clock(read)

    def _charges(self, payment_intent_id: str, part: str) -> list[ChargeRead]:
        found = self._v1.charges.list({"payment_intent": payment_intent_id, "limit": 100})
        return [replace(reading.charge_read(charge), part=part) for charge in rows(plain(found))]

    def read_charge(self, charge_id: str) -> ChargeRead | None:
        """One try, or None where there is none of this id in the account."""
        with self._read():
            charge = self._found(lambda: self._v1.charges.retrieve(charge_id))
            return None if charge is None else reading.charge_read(charge)

    def invoice_status(self, invoice_id: str) -> str:
        """The last look: `open`, `paid`, `void`, `uncollectible`, `draft` or `deleted`, by one small read."""
        with self._read():
            invoice = self._found(lambda: self._v1.invoices.retrieve(invoice_id))
            return "deleted" if invoice is None else reading.status_of(invoice)

    def read_setup_intent(self, intent_id: str) -> IntentRead | None:
        """The setup intent, or None where there is none of this id in the account."""
        return self._intent(lambda: self._v1.setup_intents.retrieve(intent_id, self._expand("payment_method")))

    def read_payment_intent(self, intent_id: str) -> IntentRead | None:
        """The payment intent, or None where there is none of this id in the account."""
        return self._intent(lambda: self._v1.payment_intents.retrieve(intent_id, self._expand("payment_method")))

    def _intent(self, fetch: Callable[[], stripe.StripeObject]) -> IntentRead | None:
        with self._read():
            intent = self._found(fetch)
            return None if intent is None else reading.intent_read(self._with(["payment_method"], intent))

    def list_events(self, since: datetime, types: Sequence[str]) -> Iterator[list[Json]]:
        """Pages of the account's events of these types since then, as Stripe wrote them, in no order to rely on.

        Stripe keeps them for 30 days: https://docs.stripe.com/webhooks/process-undelivered-events
        """
        for start in range(0, len(types), TYPES_AT_ONCE):
            yield from self._events(since, types[start : start + TYPES_AT_ONCE])

    def _events(self, since: datetime, types: Sequence[str]) -> Iterator[list[Json]]:
        wanted = {"created": {"gte": int(since.timestamp())}, "types": list(types), "limit": 100}
        return self._pages(lambda cursor: self._v1.events.list(cast("Any", {**wanted, **cursor})))

    def list_open_invoices(self, since: datetime) -> Iterator[list[str]]:
        """Pages of ids of open invoices that Stripe collects by itself, made since then and tried at least once."""
        wanted = {"status": "open", "collection_method": "charge_automatically", "limit": 100}
        wanted |= {"created": {"gte": int(since.timestamp())}}
        pages = self._pages(lambda cursor: self._v1.invoices.list(cast("Any", {**wanted, **cursor})))
        return (reading.ids_in(page, tried=True) for page in pages)

    def list_overdue_invoices(self, since: datetime, until: datetime) -> Iterator[list[str]]:
        """Pages of ids of open invoices that are sent to be paid by their receivers, and were due then."""
        wanted = {"status": "open", "collection_method": "send_invoice", "limit": 100}
        wanted |= {"due_date": {"gte": int(since.timestamp()), "lte": int(until.timestamp())}}
        pages = self._pages(lambda cursor: self._v1.invoices.list(cast("Any", {**wanted, **cursor})))
        return (reading.ids_in(page) for page in pages)

    def unpaid_invoices(self, after: str = "") -> tuple[list[Unpaid], str]:
        """The same of whatever age, the newest first: a page, and after which id the next begins ("": none).

        after: the id at which the page before ended.
        """
        wanted = {"status": "open", "collection_method": "charge_automatically", "limit": UNPAID_AT_ONCE}
        if after:
            wanted |= {"starting_after": after}
        with self._read():
            found = plain(self._v1.invoices.list(cast("Any", wanted)))
            page, last = reading.page_read(found, after=after)
            return reading.unpaid_in(page), last

    def saved_methods(self, customer_id: str) -> list[Card]:
        """What the customer has saved with the account, the newest first."""
        with self._read():
            if customer_id.startswith(ACCOUNT):
                found = self._v1.payment_methods.list({"customer_account": customer_id, "limit": 100})
            else:
                found = self._v1.customers.payment_methods.list(customer_id, {"limit": 100})
            return [method_told(method) for method in rows(plain(found))]

    def webhook_endpoints(self) -> list[EndpointRead]:
        """The endpoints of the account, ours and others'."""
        pages = self._pages(lambda cursor: self._v1.webhook_endpoints.list(cast("Any", {"limit": 100, **cursor})))
        return [endpoint for page in pages for endpoint in accounts.endpoints_on(page)]

    # ── writes ──

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
        _must_be_young(not_after)
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

    def _as_charged(self, answer: Answer) -> Answer:
        """Whether Stripe stopped it before any bank saw it: the error does not tell, its charge does.

        A code of the network's tells that the bank was asked. Without the charge it stays a decline, and the next
        reading of the invoice puts it right.
        """
        if not isinstance(answer, Declined) or not answer.charge_id or answer.decline.network_decline_code:
            return answer
        with suppress(NotNow):
            charge = self.read_charge(answer.charge_id)
            if charge and charge.decline and (charge.decline.blocked or not charge.reached_network):
                return replace(answer, decline=charge.decline, reached_network=charge.reached_network)
        return answer

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
        _must_be_young(not_after)
        with self._written():
            try:
                intent_id = self._attached(invoice_id, part, key)
                if no := parts.why_not_tried(self.read_invoice(invoice_id), intent_id, part):
                    return no
                _must_be_young(not_after)
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

    def drop_part(self, payment_intent_id: str, *, key: str) -> None:
        """Leave nothing behind of a part that did not come. Raises NotPossible where it came after all."""
        self._must_write()
        with self._written():
            self._v1.payment_intents.cancel(payment_intent_id, {}, {"idempotency_key": key})

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
        with self._written():
            if not read.customer_id.startswith(ACCOUNT):
                self._v1.customers.update(
                    read.customer_id,
                    {"invoice_settings": {"default_payment_method": payment_method_id}},
                    {"idempotency_key": f"{key}_c"},
                )
            if read.subscription_id and read.subscription_status not in {"canceled", "incomplete_expired"}:
                self._v1.subscriptions.update(
                    read.subscription_id,
                    {"default_payment_method": payment_method_id},
                    {"idempotency_key": f"{key}_s"},
                )

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


def _must_be_young(not_after: datetime | None) -> None:
    """Nothing is sent under a key that may be forgotten: our turn came late, or the machine slept meanwhile."""
    if not_after is not None and clock.now() >= not_after:
        raise Unknown("the key grew too old before it was our turn")
