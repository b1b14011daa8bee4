"""The table of operations the simulator serves, and how a request finds its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tideover.simulator.account.store import Json
from tideover.simulator.account.world import Simulator
from tideover.simulator.wire.errors import unrecognized
from tideover.simulator.wire.forms import WHEN, Kind, integer, listed, shape, text

MASKS = ((), (2,), (3,), (2, 4))  # where ids stand in Stripe's paths: /v1/customers/{2}/payment_methods/{4}, …


@dataclass(slots=True)
class Call:
    """One request to an operation: typed parameters and the ids of the path."""

    params: Json
    ids: tuple[str, ...] = ()
    publishable: bool = False
    idempotency_key: str | None = None

    @property
    def id(self) -> str:
        """The first id of the path."""
        return self.ids[0]


Handler = Callable[[Simulator, Call], Json]


# What an operation answers, by the last of these words in its path.
KINDS: Mapping[str, str] = {
    "account": "account",
    "accounts": "account",
    "balance": "balance",
    "billing_portal": "billing_portal.session",
    "charges": "charge",
    "checkout": "checkout.session",
    "coupons": "coupon",
    "configurations": "billing_portal.configuration",
    "credit_notes": "credit_note",
    "customer_sessions": "customer_session",
    "customers": "customer",
    "discount": "discount",
    "disputes": "dispute",
    "events": "event",
    "invoice_payments": "invoice_payment",
    "invoiceitems": "invoiceitem",
    "invoices": "invoice",
    "lines": "line_item",
    "mandates": "mandate",
    "payment_intents": "payment_intent",
    "payment_methods": "payment_method",
    "prices": "price",
    "products": "product",
    "promotion_codes": "promotion_code",
    "refunds": "refund",
    "setup_attempts": "setup_attempt",
    "setup_intents": "setup_intent",
    "subscription_items": "subscription_item",
    "subscription_schedules": "subscription_schedule",
    "subscriptions": "subscription",
    "tax_rates": "tax_rate",
    "test_clocks": "test_helpers.test_clock",
    "webhook_endpoints": "webhook_endpoint",
}
ALONE = frozenset({"account", "balance"})  # of these there is one: reading them is no list


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing the API does. `publishable`: a browser may do it with the publishable key and a client secret."""

    method: str
    path: str
    fields: Mapping[str, Kind]
    accepts: Kind
    handler: Handler
    publishable: bool = False

    @property
    def answers(self) -> str:
        """The kind of object it answers, alone or in a list."""
        return next(KINDS[word] for word in reversed(self.path.split("/")) if word in KINDS)

    @property
    def lists(self) -> bool:
        """Whether it answers a list of them."""
        last = self.path.rsplit("/", 1)[-1]
        return self.method == "GET" and (last == "search" or (last in KINDS and last not in ALONE))


@dataclass(slots=True)
class Table:
    """Every operation, found by method and path."""

    operations: list[Operation] = field(default_factory=list)
    _by_key: dict[tuple[str, ...], Operation] = field(default_factory=dict)

    def add(self, operation: Operation) -> None:
        """Serve an operation."""
        segments = operation.path.strip("/").split("/")
        self._by_key[operation.method, *("*" if part.startswith("{") else part for part in segments)] = operation
        self.operations.append(operation)

    def find(self, method: str, path: str) -> tuple[Operation, tuple[str, ...]]:
        """The operation and the ids in its path; raises Stripe's 404 for anything else."""
        segments = path.strip("/").split("/")
        for mask in MASKS:
            masked = ("*" if place in mask else part for place, part in enumerate(segments))
            operation = self._by_key.get((method, *masked))
            if operation is not None:
                return operation, tuple(segments[place] for place in mask if place < len(segments))
        raise unrecognized(method, path)


TABLE = Table()


def operation(
    method: str,
    path: str,
    accepts: Mapping[str, Kind] | None = None,
    *,
    needs: tuple[str, ...] = (),
    publishable: bool = False,
) -> Callable[[Handler], Handler]:
    """Serve the function below at Stripe's `path`; `accepts` names every parameter, `needs` the required ones."""
    fields = {"expand": listed(text), **(accepts or {})}
    if publishable:
        fields |= {"key": text, "client_secret": text}

    def serve(handler: Handler) -> Handler:
        TABLE.add(Operation(method, path, fields, shape(fields, needs=needs), handler, publishable))
        return handler

    return serve


CURSORS: Mapping[str, Kind] = {"limit": integer, "starting_after": text, "ending_before": text}
PAGED: Mapping[str, Kind] = {**CURSORS, "created": WHEN}
