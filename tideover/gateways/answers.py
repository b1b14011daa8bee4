"""What Stripe may answer, as plain values, and the few things that are raised because no value would be true."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from tideover.core.declines import Decline


class Unknown(Exception):  # noqa: N818 - not an error but a state: nobody knows whether it happened
    """The call went out and no answer that can be read tells what became of it. Never repeat it under another key."""


class Unreachable(Exception):  # noqa: N818
    """A read did not come through, or nobody can read what did; nothing was changed, it may be tried again."""


class Busy(Exception):  # noqa: N818
    """Stripe refused before doing anything (rate limit, lock): the same call may be made later."""


class ReadOnly(Exception):  # noqa: N818
    """The connection is in observe mode: nothing is written to Stripe."""


class NotPossible(Exception):  # noqa: N818
    """Stripe understood and will not: the customer is deleted, say, or the method was detached. Nothing was changed."""


class LockedOut(Exception):  # noqa: N818
    """The key is revoked or lacks a permission; `str()` says which, never the key."""


@dataclass(frozen=True, slots=True)
class Card:
    """The part of a payment method that is ours to know."""

    payment_method_id: str
    brand: str = ""
    last4: str = ""
    fingerprint: str = ""
    expires: str = ""  # "MM/YYYY"


@dataclass(frozen=True, slots=True)
class ChargeRead:
    """One try to charge, by anyone."""

    id: str
    payment_intent_id: str
    at: datetime
    amount: int
    currency: str
    outcome: str  # paid | declined | authentication | processing | blocked
    decline: Decline | None
    card: Card | None
    reached_network: bool
    refunded: int = 0
    disputed: bool = False


@dataclass(frozen=True, slots=True)
class InvoiceRead:
    """The truth about one invoice at `read_at`, with everybody's attempts on it. Amounts in minor units."""

    id: str
    number: str
    status: str  # draft | open | paid | void | uncollectible | deleted
    currency: str
    amount_due: int
    amount_paid: int
    amount_remaining: int
    created_at: datetime
    status_at: datetime | None  # since when it is paid, void or uncollectible
    next_attempt_at: datetime | None
    auto_advance: bool
    billing_reason: str
    collection_method: str
    hosted_url: str
    description: str
    customer_id: str
    customer_name: str
    customer_email: str
    customer_deleted: bool
    locale: str
    country: str
    region: str
    subscription_id: str
    subscription_status: str
    subscription_ended_at: datetime | None
    test_clock: str
    payment_method_from: str  # invoice | subscription | customer | ""
    card: Card | None
    attempts: tuple[ChargeRead, ...] = ()  # those of intents whose newest charge was not known yet
    latest_charge_id: str = ""
    payment_intent_id: str = ""
    client_secret: str = field(default="", repr=False)
    requires_action: bool = False
    processing: bool = False


@dataclass(frozen=True, slots=True)
class Paid:
    """The invoice is paid by this call."""

    charge_id: str


@dataclass(frozen=True, slots=True)
class Declined:
    """The bank, the network or Stripe said no."""

    decline: Decline
    charge_id: str
    payment_intent_id: str


@dataclass(frozen=True, slots=True)
class NeedsAuthentication:
    """Only the customer can go on: the same payment waits for 3-D Secure."""

    client_secret: str = field(repr=False)
    hosted_url: str
    charge_id: str
    payment_intent_id: str


@dataclass(frozen=True, slots=True)
class NotOpen:
    """The invoice takes no payment any more: `status` is paid, void, uncollectible, draft or deleted."""

    status: str


@dataclass(frozen=True, slots=True)
class Processing:
    """A bank debit is under way; the answer takes days."""

    payment_intent_id: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Stripe did not try: there is no payment method, say. Nothing reached a network."""

    code: str
    message: str


Answer = Paid | Declined | NeedsAuthentication | NotOpen | Processing | Refused


@dataclass(frozen=True, slots=True)
class IntentRead:
    """A setup or payment intent as the card page needs it."""

    id: str
    status: str
    customer_id: str
    payment_method_id: str
    client_secret: str = field(repr=False)
    card: Card | None = None
    decline: Decline | None = None


@dataclass(frozen=True, slots=True)
class AccountRead:
    """The connected account."""

    id: str
    name: str
    livemode: bool
    country: str
    currency: str
    time_zone: str


@dataclass(frozen=True, slots=True)
class EndpointMade:
    """A webhook endpoint created through the API; its secret is shown only once."""

    id: str
    secret: str = field(repr=False)
