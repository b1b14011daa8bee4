"""The objects Stripe keeps: one collection per kind, ids from the seed, listed newest first."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

Json = dict[str, Any]

ALPHABET = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
BYTES_TO_LETTERS = bytes(ALPHABET[byte % len(ALPHABET)] for byte in range(256))


class Ids:
    """Ids that look like Stripe's and are the same for the same seed and the same order of events."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(f"ids-{seed}")  # noqa: S311 - ids of a simulation, not secrets

    def new(self, prefix: str, length: int = 24) -> str:
        """A new id such as "in_0Dk…"."""
        return f"{prefix}_{self.letters(length)}"

    def letters(self, length: int) -> str:
        """Letters and digits for secrets and numbers."""
        return self._random.randbytes(length).translate(BYTES_TO_LETTERS).decode()


class Collection:
    """Objects of one kind by id, in the order of their creation, with look-up by the fields named in `indexed`.

    Objects are plain dicts in Stripe's shape. An indexed field is changed with `change`, never by hand.
    """

    def __init__(self, kind: str, indexed: tuple[str, ...] = ()) -> None:
        self.kind = kind
        self._objects: dict[str, Json] = {}
        self._order: list[str] = []
        self._place: dict[str, int] = {}
        self._index: dict[str, dict[str, list[str]]] = {field: {} for field in indexed}

    def __len__(self) -> int:
        return len(self._objects)

    def __iter__(self) -> Iterator[Json]:
        """The objects, oldest first."""
        return iter(self._objects.values())

    def __getitem__(self, key: str) -> Json:
        return self._objects[key]

    def __contains__(self, key: object) -> bool:
        return key in self._objects

    def get(self, key: str | None) -> Json | None:
        """The object of that id, or None."""
        return self._objects.get(key) if key else None

    def add(self, thing: Json) -> Json:
        """Keep a new object and give it back."""
        key = thing["id"]
        self._place[key] = len(self._order)
        self._order.append(key)
        self._objects[key] = thing
        for field, lists in self._index.items():
            if (value := thing.get(field)) is not None:
                lists.setdefault(value, []).append(key)
        return thing

    def change(self, thing: Json, field: str, value: str | None) -> None:
        """Set an indexed field of a kept object."""
        old, lists = thing.get(field), self._index[field]
        if old is not None and thing["id"] in lists.get(old, ()):
            lists[old].remove(thing["id"])
        thing[field] = value
        if value is not None:
            lists.setdefault(value, []).append(thing["id"])

    def remove(self, key: str) -> None:
        """Forget an object."""
        thing = self._objects.pop(key)
        for field, lists in self._index.items():
            if (value := thing.get(field)) is not None:
                lists[value].remove(key)

    def of(self, field: str, value: str | None) -> list[Json]:
        """The objects whose indexed `field` is `value`, oldest first."""
        keys = self._index[field].get(value, ()) if value else ()
        return [self._objects[key] for key in keys]

    def indexes(self, field: str) -> bool:
        """Whether `of` may be asked about this field."""
        return field in self._index

    def newest_first(self, cursor: str | None = None) -> Iterator[Json]:
        """The objects from the newest on, or those created before `cursor`."""
        place = self._place[cursor] if cursor else len(self._order)
        for position in range(place - 1, -1, -1):
            if (thing := self._objects.get(self._order[position])) is not None:
                yield thing

    def place(self, key: str) -> int:
        """The position of an object in the order of creation; also known of removed ones."""
        return self._place[key]

    def knows(self, key: str) -> bool:
        """Whether such an id was ever given out."""
        return key in self._place

    def select(self, wanted: Callable[[Json], bool]) -> list[Json]:
        """The objects for which `wanted` holds, oldest first."""
        return [thing for thing in self._objects.values() if wanted(thing)]


class Store:
    """Every collection of the account. Attribute names are Stripe's resource names."""

    def __init__(self) -> None:
        self.customers = Collection("customer", ("test_clock",))
        self.payment_methods = Collection("payment_method", ("customer",))
        self.products = Collection("product")
        self.prices = Collection("price", ("product",))
        self.coupons = Collection("coupon")
        self.promotion_codes = Collection("promotion_code")
        self.tax_rates = Collection("tax_rate")
        self.discounts = Collection("discount")
        self.subscriptions = Collection("subscription", ("customer",))
        self.subscription_schedules = Collection("subscription_schedule", ("customer",))
        self.subscription_items = Collection("subscription_item", ("subscription",))
        self.invoices = Collection("invoice", ("customer",))
        self.invoice_items = Collection("invoiceitem", ("customer", "invoice"))
        self.invoice_payments = Collection("invoice_payment", ("invoice",))
        self.payment_intents = Collection("payment_intent", ("customer",))
        self.setup_intents = Collection("setup_intent", ("customer",))
        self.setup_attempts = Collection("setup_attempt", ("setup_intent",))
        self.credit_notes = Collection("credit_note", ("invoice", "customer"))
        self.charges = Collection("charge", ("customer", "payment_intent"))
        self.refunds = Collection("refund", ("charge", "payment_intent"))
        self.disputes = Collection("dispute", ("charge", "payment_intent"))
        self.mandates = Collection("mandate", ("payment_method",))
        self.events = Collection("event")
        self.webhook_endpoints = Collection("webhook_endpoint")
        self.portal_sessions = Collection("billing_portal.session")
        self.checkout_sessions = Collection("checkout.session")
        self.portal_configurations = Collection("billing_portal.configuration")
        self.test_clocks = Collection("test_helpers.test_clock")
        self._by_kind: dict[str, Collection] = {things.kind: things for things in vars(self).values()}
        # Facts Stripe keeps but does not show, so they are not in the objects above.
        self.invoices_of_subscription: dict[str, list[str]] = {}
        self.payments_of_intent: dict[str, str] = {}  # payment intent id -> invoice payment id
        self.held_updates: dict[str, Json] = {}  # invoice id -> the items its subscription gets once it is paid
        self.terms_of_discount: dict[str, Json] = {}  # discount id -> its coupon, also when that was deleted
        self.asked_at_checkout: dict[str, Json] = {}  # checkout session id -> what it was asked for with
        self.shown_to_browsers: dict[str, Json] = {}  # client secret -> the customer session that it is of
        # endpoint id -> (signing secret, unix second until which it signs; None = for good)
        self.endpoint_secrets: dict[str, list[tuple[str, int | None]]] = {}

    def of_kind(self, kind: str) -> Collection:
        """The collection of the objects of that kind, such as "invoice"."""
        return self._by_kind[kind]
