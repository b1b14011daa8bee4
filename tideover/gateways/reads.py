"""What is read of one connected account. Nothing is changed by it."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, cast

import stripe

from tideover.gateways import accounts, reading
from tideover.gateways.answers import (
    AccountRead,
    Answer,
    Card,
    ChargeRead,
    Declined,
    EndpointRead,
    IntentRead,
    InvoiceRead,
    NotNow,
    Unpaid,
)
from tideover.gateways.methods import method_told
from tideover.gateways.shape import ACCOUNT, Json, rows
from tideover.gateways.test_clocks import Clocks
from tideover.gateways.unfolding import OF_AN_INVOICE
from tideover.gateways.way import must_have_an_id, plain

UNPAID_AT_ONCE: Final = 20  # each of them is read then: a page must not take long
TYPES_AT_ONCE: Final = 20  # https://docs.stripe.com/api/events/list, `types`


class Reads(Clocks):
    """One connected account, to look at."""

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
