"""What an account's lists tell, a page at a time: customers, subscriptions, payments and invoices as plain values.

Each is read the same way whether a list, a read or an event tells of it. Field names follow API 2026-10-28.endive.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from stripe import StripeObject, V1Services

from tideover.gateways import reading
from tideover.gateways.errors import in_reading
from tideover.gateways.shape import Json, Odd, given, made_at
from tideover.gateways.stripe import Stripe
from tideover.gateways.told import (
    CustomerTold,
    InvoiceTold,
    MethodTold,
    PaymentTold,
    SubscriptionTold,
    Told,
    told_by,
)

AT_ONCE: Final = 100  # https://docs.stripe.com/api/pagination


class Listed(StrEnum):
    """What is listed, in the order in which it is read: an invoice finds its payments, and each its customer."""

    CUSTOMERS = "customers"
    SUBSCRIPTIONS = "subscriptions"
    PAYMENTS = "payments"
    INVOICES = "invoices"


Ask = Callable[[V1Services, Any], StripeObject]


@dataclass(frozen=True, slots=True)
class List:
    """How a list is asked for. bounded: whether by when its things were made, as what is older is of no use."""

    ask: Ask
    expand: Sequence[str] = ()
    bounded: bool = False
    also: Mapping[str, str] | None = None


# Customers on a test clock stand in no list: https://docs.stripe.com/api/customers/list
LISTS: Final[Mapping[Listed, List]] = {
    Listed.CUSTOMERS: List(
        lambda v1, asked: v1.customers.list(asked), ["data.invoice_settings.default_payment_method"]
    ),
    Listed.SUBSCRIPTIONS: List(
        lambda v1, asked: v1.subscriptions.list(asked), ["data.default_payment_method"], also={"status": "all"}
    ),
    Listed.PAYMENTS: List(lambda v1, asked: v1.charges.list(asked), bounded=True),
    Listed.INVOICES: List(lambda v1, asked: v1.invoices.list(asked), ["data.payments"], bounded=True),
}


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a list, the newest first. last: after which id the next begins; empty: there is none.

    back_to: when the oldest on it was made. odd: why some of it could not be read.
    """

    told: Sequence[Told]
    read: int
    last: str
    back_to: datetime | None
    odd: Sequence[str] = ()


def page_of(stripe: Stripe, what: Listed, since: datetime | None, after: str = "") -> Page | None:
    """The page behind the id `after`; None where that is gone, and with it the place in the list.

    since: what was made before is left out; None: nothing is. Raises Busy, Unreachable or LockedOut as Stripe does.
    """
    a_list = LISTS[what]
    wanted: dict[str, Any] = {"limit": AT_ONCE, **(a_list.also or {})}
    if since:
        wanted["created"] = {"gte": int(since.timestamp())}
    if after:
        wanted["starting_after"] = after

    def ask(v1: V1Services, expands: bool) -> StripeObject:  # noqa: FBT001 - what the gateway tells
        return a_list.ask(v1, {**wanted, "expand": list(a_list.expand)} if expands and a_list.expand else wanted)

    found = stripe.look(ask)
    if found is None:
        return None
    with in_reading():
        rows, last = reading.page_read(found, after=after)
    return _page(rows, last)


def _page(rows: list[Json], last: str) -> Page:
    """One that cannot be read stops none of its page."""
    told: list[Told] = []
    odd: list[str] = []
    made: list[datetime] = []
    for row in rows:
        try:
            told += told_by(row)
            made.append(made_at(row))
        except Odd as strange:
            odd.append(f"{_name_of(row)}: {strange}")
    return Page(told, len(rows), last, min(made, default=None), odd)


def _name_of(row: Json) -> str:
    try:
        return given(row, "id")
    except Odd:
        return "without an id"


RETRIEVE: Final[Mapping[type[Told], Ask]] = {
    CustomerTold: lambda v1, key: v1.customers.retrieve(key),
    SubscriptionTold: lambda v1, key: v1.subscriptions.retrieve(key),
    PaymentTold: lambda v1, key: v1.charges.retrieve(key),
    InvoiceTold: lambda v1, key: v1.invoices.retrieve(key),
    MethodTold: lambda v1, key: v1.payment_methods.retrieve(key),
}


def read_one(stripe: Stripe, kind: type[Told], stripe_id: str) -> Sequence[Told] | None:
    """The thing of this id as it is now; None where it is no more. Raises Busy, Unreachable or LockedOut."""
    found = stripe.look(lambda v1, _: RETRIEVE[kind](v1, stripe_id))
    if found is None:
        return None
    with in_reading():
        return told_by(found)
