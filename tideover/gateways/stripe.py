"""Stripe, as one connection sees it: reads, and in act mode the few writes that recover a payment.

Every write carries the caller's idempotency key. Nothing is retried here: one layer decides about retries, and it is
not the SDK (https://docs.stripe.com/api/idempotent_requests).
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, cast

import stripe
from stripe import V1Services

from tideover import clock
from tideover.gateways import accounts, reading
from tideover.gateways.answers import (
    AccountRead,
    Answer,
    Busy,
    ChargeRead,
    EndpointMade,
    EndpointRead,
    IntentRead,
    InvoiceRead,
    LockedOut,
    NotOpen,
    ReadOnly,
    Refused,
    Unknown,
    Unpaid,
    Unreachable,
)
from tideover.gateways.errors import (
    LOCKED_OUT,
    Alarming,
    does_not_exist,
    in_reading,
    in_words,
    in_writing,
    is_dead,
    is_silence,
)
from tideover.gateways.kinds import CAPABILITIES, Kind
from tideover.gateways.line import FreeLine, Line
from tideover.gateways.shape import Json, rows
from tideover.gateways.unfolding import OF_AN_INVOICE, OF_ITS_PAYMENTS, unfolded
from tideover.gateways.wire import Wire

API_VERSION = "2026-10-28.endive"
TIMEOUT_SECONDS = 20.0


@lru_cache(maxsize=256)
def client_with(api_key: str, api_base: str, timeout: float = 0) -> stripe.StripeClient:
    """One client, and so one pool of connections, per key and patience; `timeout` in seconds, 0 for the usual one."""
    return stripe.StripeClient(
        api_key,
        stripe_version=API_VERSION,
        max_network_retries=0,
        base_addresses={"api": api_base} if api_base else {},
        http_client=Wire(timeout=timeout or TIMEOUT_SECONDS),
    )


def _must_have_an_id(found: Json) -> None:
    """Whatever has none is no answer of Stripe's, who gives one to everything: soon the right one may answer again."""
    if not isinstance(found.get("id"), str):
        raise stripe.APIError("what came back is nothing of Stripe's")


def _plain(thing: stripe.StripeObject) -> Json:
    return cast("Json", thing.to_dict())


def _never() -> bool:
    return False  # nothing is stopped


UNPAID_AT_ONCE: Final = 20  # each of them is read then: a page must not take long
TYPES_AT_ONCE: Final = 20  # https://docs.stripe.com/api/events/list, `types`


class Stripe:
    """One connected account. `may_write` is false in observe mode: then every write raises ReadOnly, but for those of
    our own webhook endpoint where `may_make_endpoint`.

    So does it while `stopped` says so, which is asked right before each write; of webhook endpoints, `set_up_stopped`.
    """

    def __init__(  # noqa: PLR0913 - each is one thing that a caller may have otherwise
        self,
        api_key: str | Callable[[], str],
        *,
        api_base: str = "",
        kind: Kind = Kind.KEY,
        may_write: bool = False,
        may_make_endpoint: bool = False,
        stopped: Callable[[], bool] = _never,
        set_up_stopped: Callable[[], bool] = _never,
        line: Line | None = None,
        timeout: float = 0,
    ) -> None:
        """`api_base` is empty for Stripe itself, or the simulator's address. `timeout`: as `client_with` has it.

        Of a `kind` whose tokens roll the key is asked for anew before each call; that raises Busy, or LockedOut.
        """
        self._key, self._base, self._timeout = api_key, api_base, timeout
        self._can = CAPABILITIES[kind]
        self._may_write, self._stopped, self._set_up_stopped = may_write, stopped, set_up_stopped
        self._may_make_endpoint = may_write or may_make_endpoint
        self._line = line or FreeLine()

    @property
    def _v1(self) -> V1Services:
        """The way to one call, once it is our turn. Raises Busy, and LockedOut where no key is to be had any more."""
        self._line.turn()
        key = self._key if isinstance(self._key, str) else self._key()
        return client_with(key, self._base, self._timeout).v1

    def _expand(self, *paths: str) -> Any:  # noqa: ANN401 - each call has parameters of its own kind
        """What asks for the objects at these paths, where that may be asked for."""
        return {"expand": list(paths)} if self._can.expands else {}

    def _with(self, paths: Sequence[str], found: Json) -> Json:
        """The answer with the objects at these paths in place."""
        return found if self._can.expands else unfolded(found, paths, lambda: self._v1)

    @contextmanager
    def _read(self) -> Iterator[None]:
        """Whatever refuses to be read tells of our key or our question, and somebody should know."""
        with self._heard(in_reading(), (*LOCKED_OUT, stripe.InvalidRequestError)):
            yield

    @contextmanager
    def _written(self) -> Iterator[None]:
        with self._heard(in_writing(), LOCKED_OUT):
            yield

    @contextmanager
    def _heard(self, in_our_words: AbstractContextManager[None], alarming: Alarming) -> Iterator[None]:
        with in_our_words:
            try:
                yield
            except stripe.StripeError as failed:
                if is_silence(failed):
                    self._line.silent()
                elif isinstance(failed, alarming):
                    self._line.refused(in_words(failed), all_calls=is_dead(failed))
                raise
        self._line.answered()

    # ── reads ──

    def account(self) -> AccountRead:
        """Whose key this is."""
        with self._read():
            return accounts.account_read(_plain(self._v1.accounts.retrieve_current()))

    def feel(self) -> None:
        """Whether we are let in at all: the smallest thing that each kind of credential may ask for."""
        with self._read():
            self._v1.invoices.list({"limit": 1})

    def read_invoice(self, invoice_id: str, known: Container[str] = ()) -> InvoiceRead | None:
        """The invoice with everybody's attempts on it; None where it does not exist (deleted or foreign).

        `known` charges need not be told again: where the newest charge is one of them, one call is enough.
        """
        with self._read():
            asked = self._expand(*OF_AN_INVOICE)
            invoice = self._found(lambda: self._v1.invoices.retrieve(invoice_id, asked))
            if invoice is None:
                return None
            _must_have_an_id(invoice)
            invoice = self._with(OF_AN_INVOICE, invoice)
            untold = [intent for intent, latest in reading.intents_of(invoice).items() if latest not in known]
            charges = [charge for intent in untold for charge in self._charges(intent)]
            return reading.invoice_read(invoice, tuple(charges))

    def _found(self, fetch: Callable[[], stripe.StripeObject]) -> Json | None:
        """What was asked for, or None where Stripe has no such thing."""
        try:
            return _plain(fetch())
        except stripe.InvalidRequestError as refused:
            if does_not_exist(refused):
                return None
            raise

    def _charges(self, payment_intent_id: str) -> list[ChargeRead]:
        found = self._v1.charges.list({"payment_intent": payment_intent_id, "limit": 100})
        return [reading.charge_read(charge) for charge in rows(_plain(found))]

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
            found = _plain(self._v1.invoices.list(cast("Any", wanted)))
            page, last = reading.page_read(found, after=after)
            return reading.unpaid_in(page), last

    def webhook_endpoints(self) -> list[EndpointRead]:
        """The endpoints of the account, ours and others'."""
        pages = self._pages(lambda cursor: self._v1.webhook_endpoints.list(cast("Any", {"limit": 100, **cursor})))
        return [endpoint for page in pages for endpoint in reading.endpoints_on(page)]

    def _pages(self, fetch: Callable[[dict[str, str]], stripe.StripeObject]) -> Iterator[list[Json]]:
        last = ""
        while True:
            with self._read():
                page, last = reading.page_read(_plain(fetch({"starting_after": last} if last else {})), after=last)
            yield page
            if not last:
                return

    # ── writes ──

    def _must_write(self) -> None:
        if not self._may_write or self._stopped():
            raise ReadOnly("This connection is in observe mode or stopped: Tideover reads, and changes nothing.")

    def _must_make_endpoint(self) -> None:
        if not self._may_make_endpoint or self._set_up_stopped():
            raise ReadOnly("Stopped, or in observe mode and not let to: Tideover makes no webhook endpoint.")

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
        if not_after is not None and clock.now() >= not_after:  # our turn came late, or the machine slept meanwhile
            raise Unknown("the key grew too old before it was our turn")
        params: dict[str, Any] = {"off_session": off_session, **self._expand(*OF_ITS_PAYMENTS)}
        if payment_method:
            params["payment_method"] = payment_method
        with self._written():
            try:
                paid = invoices.pay(invoice_id, params, {"idempotency_key": key})  # type: ignore[arg-type]
                return reading.answer_of(self._with_payments(_plain(paid)))
            except stripe.CardError as refused:
                return reading.refusal_of(cast("Json", refused.json_body)["error"])
            except stripe.InvalidRequestError as refused:
                return self._not_tried(invoice_id, refused)

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

    def create_setup_intent(self, customer_id: str, *, key: str, methods: Sequence[str] = ()) -> IntentRead:
        """A setup intent for later off-session use; `methods` empty lets Stripe choose what the account offers.

        Of `methods` Stripe leaves out what the account has not activated, without a word.
        """
        self._must_write()
        params: dict[str, Any] = {"customer": customer_id, "usage": "off_session"}
        if methods:
            params["allowed_payment_method_types"] = list(methods)
        else:
            params["automatic_payment_methods"] = {"enabled": True}
        with self._written():
            made = self._v1.setup_intents.create(params, {"idempotency_key": key})  # type: ignore[arg-type]
            return reading.intent_read(_plain(made))

    def methods_kept(self, methods: Sequence[str], *, key: str) -> frozenset[str]:
        """Which of these types the account would keep. Asked by a setup intent for nobody, canceled at once."""
        self._must_write()
        asked: Any = {"allowed_payment_method_types": list(methods), "usage": "off_session"}
        with self._written():
            made = self._v1.setup_intents.create(asked, {"idempotency_key": key})
            return reading.methods_taken(_plain(self._v1.setup_intents.cancel(made.id)))

    def set_default_method(self, read: InvoiceRead, payment_method_id: str, *, key: str) -> None:
        """Make the method the default where it counts: the customer's, and the subscription's where that one failed.

        Changing only the customer's default changes nothing while the subscription has its own
        (https://docs.stripe.com/billing/revenue-recovery/smart-retries).
        """
        self._must_write()
        with self._written():
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
        """Hand an open invoice's collection to us (`on` false stops Stripe's retries of it) or back to Stripe."""
        self._must_write()
        with self._written():
            self._v1.invoices.update(invoice_id, {"auto_advance": on}, {"idempotency_key": key})

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
            return reading.endpoint_made(_plain(made))

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
