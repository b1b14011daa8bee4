"""Stripe, as one connection sees it: reads, and in act mode the few writes that recover a payment.

Every write carries the caller's idempotency key. Nothing is retried here: one layer decides about retries, and it is
not the SDK (https://docs.stripe.com/api/idempotent_requests).
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from functools import lru_cache
from typing import Any, Protocol, cast

import stripe
from stripe import V1Services

from tideover import clock
from tideover.gateways import reading, skew
from tideover.gateways.answers import (
    AccountRead,
    Answer,
    Busy,
    ChargeRead,
    Declined,
    EndpointMade,
    IntentRead,
    InvoiceRead,
    LockedOut,
    NeedsAuthentication,
    NotOpen,
    NotPossible,
    Paid,
    Processing,
    ReadOnly,
    Refused,
    Unknown,
    Unreachable,
)
from tideover.gateways.words import printable

API_VERSION = "2026-10-28.endive"
TIMEOUT_SECONDS = 20.0
CONFLICT = 409

INVOICE_EXPANSIONS = [
    "customer.invoice_settings.default_payment_method",
    "default_payment_method",
    "parent.subscription_details.subscription.default_payment_method",
    "payments.data.payment.payment_intent",
]


@lru_cache(maxsize=256)
def _client(api_key: str, api_base: str) -> stripe.StripeClient:
    """One client, and so one pool of connections, per key."""
    return stripe.StripeClient(
        api_key,
        stripe_version=API_VERSION,
        max_network_retries=0,
        base_addresses={"api": api_base} if api_base else {},
        http_client=skew.ListeningClient(timeout=TIMEOUT_SECONDS),
    )


@contextmanager
def _reading() -> Iterator[None]:
    """A read that fails changed nothing, so every failure is one of three words."""
    try:
        yield
    except (stripe.AuthenticationError, stripe.PermissionError) as refused:
        raise LockedOut(_words(refused)) from None
    except stripe.RateLimitError:
        raise Busy("Stripe's rate limit") from None
    except (stripe.APIConnectionError, stripe.APIError) as failed:
        raise Unreachable(_words(failed)) from None


@contextmanager
def _writing() -> Iterator[None]:
    """A write that fails without an answer may have happened; a 4xx says that it did not."""
    try:
        yield
    except (stripe.AuthenticationError, stripe.PermissionError) as refused:
        raise LockedOut(_words(refused)) from None
    except stripe.RateLimitError:  # comes before the idempotency layer: nothing was stored or done
        raise Busy("Stripe's rate limit") from None
    except stripe.IdempotencyError as clash:
        if clash.http_status == CONFLICT:
            raise Busy("another request holds the idempotency key") from None
        raise
    except stripe.InvalidRequestError as refused:
        raise NotPossible(_words(refused)) from None
    except stripe.APIConnectionError as lost:
        raise Unknown(_words(lost)) from None
    except stripe.APIError as failed:
        raise Unknown(_words(failed)) from None


def _words(error: stripe.StripeError) -> str:
    """What happened, without anything secret: Stripe redacts keys in its messages, and we keep only the first line."""
    lines = (error.user_message or str(error)).splitlines() or [type(error).__name__]
    return printable(lines[0])[:200]


def _plain(thing: stripe.StripeObject) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", thing.to_dict())


class Line(Protocol):
    """What stands before each call: a turn to wait for (raises Busy), and an ear for answers and silence."""

    def turn(self) -> None: ...
    def answered(self) -> None: ...
    def silent(self) -> None: ...


class FreeLine:
    """A line without any limits."""

    def turn(self) -> None:
        """Nobody is waited for."""

    def answered(self) -> None:
        """Nobody counts."""

    def silent(self) -> None:
        """Nobody counts."""


class Stripe:
    """One connected account. `may_write` is false in observe mode: then every write raises ReadOnly."""

    def __init__(self, api_key: str, *, api_base: str = "", may_write: bool = False, line: Line | None = None) -> None:
        """`api_base` is empty for Stripe itself, or the simulator's address."""
        self._client = _client(api_key, api_base)
        self._may_write = may_write
        self._line = line or FreeLine()

    @property
    def _v1(self) -> V1Services:
        """The way to one call, once it is our turn. Raises Busy."""
        self._line.turn()
        return self._client.v1

    @contextmanager
    def _heard(self, asking: AbstractContextManager[None]) -> Iterator[None]:
        try:
            with asking:
                yield
        except (Unreachable, Unknown):
            self._line.silent()
            raise
        self._line.answered()

    # ── reads ──

    def account(self) -> AccountRead:
        """Whose key this is."""
        with self._heard(_reading()):
            account = _plain(self._v1.accounts.retrieve_current())
        settings = account.get("settings") or {}
        profile = account.get("business_profile") or {}
        return AccountRead(
            id=account["id"],
            name=profile.get("name") or (settings.get("dashboard") or {}).get("display_name") or account["id"],
            livemode=False,
            country=account.get("country") or "",
            currency=account.get("default_currency") or "usd",
            time_zone=(settings.get("dashboard") or {}).get("timezone") or "UTC",
        )

    def read_invoice(self, invoice_id: str, known: Container[str] = ()) -> InvoiceRead | None:
        """The invoice with everybody's attempts on it; None where it does not exist (deleted or foreign).

        `known` charges need not be told again: where the newest charge is one of them, one call is enough.
        """
        with self._heard(_reading()):
            try:
                invoice = _plain(self._v1.invoices.retrieve(invoice_id, {"expand": INVOICE_EXPANSIONS}))
            except stripe.InvalidRequestError:
                return None
            untold = [intent for intent, latest in reading.intents_of(invoice).items() if latest not in known]
            charges = [charge for intent in untold for charge in self._charges(intent)]
        return reading.invoice_read(invoice, tuple(charges))

    def _charges(self, payment_intent_id: str) -> list[ChargeRead]:
        found = self._v1.charges.list({"payment_intent": payment_intent_id, "limit": 100})
        return [reading.charge_read(charge) for charge in _plain(found)["data"]]

    def invoice_status(self, invoice_id: str) -> str:
        """The last look: `open`, `paid`, `void`, `uncollectible`, `draft` or `deleted`, by one small read."""
        with self._heard(_reading()):
            try:
                return str(_plain(self._v1.invoices.retrieve(invoice_id))["status"])
            except stripe.InvalidRequestError:
                return "deleted"

    def read_setup_intent(self, intent_id: str) -> IntentRead | None:
        """The setup intent, or None where there is none of this id in the account."""
        return self._intent(lambda: self._v1.setup_intents.retrieve(intent_id, {"expand": ["payment_method"]}))

    def read_payment_intent(self, intent_id: str) -> IntentRead | None:
        """The payment intent, or None where there is none of this id in the account."""
        return self._intent(lambda: self._v1.payment_intents.retrieve(intent_id, {"expand": ["payment_method"]}))

    def _intent(self, fetch: Callable[[], stripe.StripeObject]) -> IntentRead | None:
        with self._heard(_reading()):
            try:
                return reading.intent_read(_plain(fetch()))
            except stripe.InvalidRequestError:
                return None

    def list_events(self, since: datetime, types: Sequence[str]) -> Iterator[list[Mapping[str, Any]]]:
        """Pages of the account's events of these types (at most 20) since then, newest first, as Stripe wrote them.

        Stripe keeps them for 30 days: https://docs.stripe.com/webhooks/process-undelivered-events
        """
        wanted = {"created": {"gte": int(since.timestamp())}, "types": list(types), "limit": 100}
        return self._pages(lambda cursor: self._v1.events.list(cast("Any", {**wanted, **cursor})))

    def list_open_invoices(self, since: datetime) -> Iterator[list[str]]:
        """Pages of ids of open invoices that Stripe collects by itself, made since then and tried at least once."""
        wanted = {"status": "open", "collection_method": "charge_automatically", "limit": 100}
        wanted |= {"created": {"gte": int(since.timestamp())}}
        pages = self._pages(lambda cursor: self._v1.invoices.list(cast("Any", {**wanted, **cursor})))
        return ([invoice["id"] for invoice in page if invoice.get("attempted")] for page in pages)

    def _pages(self, fetch: Callable[[dict[str, str]], stripe.StripeObject]) -> Iterator[list[Mapping[str, Any]]]:
        cursor: dict[str, str] = {}
        while True:
            with self._heard(_reading()):
                page = _plain(fetch(cursor))
            yield page["data"]
            if not page["has_more"]:
                return
            cursor = {"starting_after": page["data"][-1]["id"]}

    # ── writes ──

    def _must_write(self) -> None:
        if not self._may_write:
            raise ReadOnly("This connection is in observe mode: Tideover reads and measures, and changes nothing.")

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
        params: dict[str, Any] = {"off_session": off_session, "expand": ["payments.data.payment.payment_intent"]}
        if payment_method:
            params["payment_method"] = payment_method
        with self._heard(_writing()):
            try:
                paid = _plain(invoices.pay(invoice_id, params, {"idempotency_key": key}))  # type: ignore[arg-type]
            except stripe.CardError as refused:
                return _declined(refused)
            except stripe.InvalidRequestError as refused:
                return self._not_tried(invoice_id, refused)
        return _answered(paid)

    def _not_tried(self, invoice_id: str, refused: stripe.InvalidRequestError) -> Answer:
        """A 400 has no attempt behind it. Why is best told by the invoice itself, not by the words of an error."""
        try:
            status = self.invoice_status(invoice_id)
        except (Unreachable, Busy) as silent:
            raise Busy(f"not tried ({_words(refused)}) and {silent}") from None
        return NotOpen(status) if status != "open" else Refused(refused.code or "invalid_request", _words(refused))

    def create_setup_intent(self, customer_id: str, *, key: str, methods: Sequence[str] = ()) -> IntentRead:
        """A setup intent for later off-session use; `methods` empty lets Stripe choose what the account offers."""
        self._must_write()
        params: dict[str, Any] = {"customer": customer_id, "usage": "off_session"}
        if methods:
            params["allowed_payment_method_types"] = list(methods)
        else:
            params["automatic_payment_methods"] = {"enabled": True}
        with self._heard(_writing()):
            made = self._v1.setup_intents.create(params, {"idempotency_key": key})  # type: ignore[arg-type]
        return reading.intent_read(_plain(made))

    def set_default_method(self, read: InvoiceRead, payment_method_id: str, *, key: str) -> None:
        """Make the method the default where it counts: the customer's, and the subscription's where that one failed.

        Changing only the customer's default changes nothing while the subscription has its own
        (https://docs.stripe.com/billing/revenue-recovery/smart-retries).
        """
        self._must_write()
        with self._heard(_writing()):
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
        with self._heard(_writing()):
            self._v1.invoices.update(invoice_id, {"auto_advance": on}, {"idempotency_key": key})

    def create_webhook_endpoint(self, url: str, events: Sequence[str], *, key: str) -> EndpointMade:
        """An endpoint whose events are rendered in our API version, whatever the account's own default is."""
        self._must_write()
        with self._heard(_writing()):
            made = self._v1.webhook_endpoints.create(
                {
                    "url": url,
                    "enabled_events": cast("Any", list(events)),
                    "api_version": cast("Any", API_VERSION),
                    "description": "Tideover",
                },
                {"idempotency_key": key},
            )
        if not made.secret:
            raise Unknown("Stripe made the webhook endpoint and did not show its secret")
        return EndpointMade(made.id, made.secret)


def _answered(invoice: Mapping[str, Any]) -> Answer:
    """A 200 from /pay: paid, or a bank debit under way."""
    read = reading.invoice_read(invoice)
    if read.status == "paid":
        payments = (invoice.get("payments") or {}).get("data") or []
        intents = [p["payment"].get("payment_intent") for p in payments if p.get("payment")]
        charges = [i.get("latest_charge") for i in intents if isinstance(i, Mapping)]
        return Paid(next((str(c) for c in charges if c), ""))
    if read.status != "open":
        return NotOpen(read.status)
    if read.requires_action:
        return NeedsAuthentication(read.client_secret, read.hosted_url, "", read.payment_intent_id)
    return Processing(read.payment_intent_id)


def _declined(refused: stripe.CardError) -> Answer:
    """A 402: declined, or it needs the customer."""
    error = cast("Mapping[str, Any]", refused.json_body or {}).get("error", {})
    intent: Mapping[str, Any] = error.get("payment_intent") or {}
    method = error.get("payment_method") or (intent.get("last_payment_error") or {}).get("payment_method") or {}
    brand = (method.get("card") or {}).get("brand")
    codes = {error.get("code"), error.get("decline_code")}
    charge, intent_id = str(error.get("charge") or ""), str(intent.get("id") or "")
    if codes & reading.AUTHENTICATION_CODES:
        return NeedsAuthentication(str(intent.get("client_secret") or ""), "", charge, intent_id)
    decline = reading.decline_of(error, brand)
    assert decline is not None
    return Declined(decline, charge, intent_id)
