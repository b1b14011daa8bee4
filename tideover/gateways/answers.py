"""What an outside service may answer, as plain values, and the few things that are raised as no value would be true.

    Unknown           the call went out and no answer tells what became of it
    NotNow            nothing happened; later it may: after `wait`
      Busy            the other side, or our own limit, would not have it now
        LessIsOpen    less of the invoice is open than the call would collect
        PutOff        a mail server, for ever longer (recovery.writing)
        OnItsWay      the test clock it lives on is: nothing there is changed until that has arrived
      Unreachable     a read did not come through
        Garbled       it did, and a field of it cannot be read
      LockedOut       the key is revoked or lacks a permission: somebody must mend that first
      BeingAsked    a language model is, the same, by somebody else (messages.drafts.asking)
      Held            something of ours stands in the way (recovery.last_look)
        Later         the plan has it later
    NotHere           nothing happened, and waiting alone does not change that: `str()` is the reason
      ReadOnly        we may only look
      NotPossible     Stripe understood and will not
        Spent         a code or token was exchanged already (gateways.app)
        NoRoom        the account has as many endpoints as Stripe allows (inbox.registration)
      Moot            there is nothing to do any more (recovery.last_look)
      Unwanted        the plan has the step no more (recovery.last_look)

Who asks decides by the three at the left: leave it in doubt, put it off, or give it up with its reason.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tideover.core.declines import Decline
from tideover.core.outcomes import Tried

NOT_LET_IN = "Stripe does not let us in"
# Of an invoice's metadata: that Stripe does not collect it by itself is our doing.
HELD, HELD_BY_US = "tideover_held", "yes"


class Unknown(Exception):  # noqa: N818 - not an error but a state: nobody knows whether it happened
    """The call went out and no answer that can be read tells what became of it. Never repeat it under another key."""


class NotNow(Exception):  # noqa: N818
    """Nothing happened, and the same may be tried later.

    wait: how long that is. together: whether many may be put off at once; then each comes back at a moment of its own
    within that time, so that the crowd does not return at once.
    """

    wait = timedelta(minutes=2)
    together = True

    @property
    def why(self) -> str:
        """The reason, where a person reads it."""
        return str(self)


class Busy(NotNow):
    """Refused before anything was done (rate limit, lock): the same call may be made later."""


class LessIsOpen(Busy):
    """Less of the invoice is open than this call would collect: nothing was tried."""


class OnItsWay(Busy):
    """The test clock that it lives on is being advanced: what stands there is not read or changed until it is ready."""

    wait = timedelta(seconds=5)
    together = False


class Unreachable(NotNow):
    """A read did not come through, or nobody can read what did; nothing was changed, it may be tried again."""

    wait = timedelta(minutes=10)

    @property
    def why(self) -> str:
        return f"Stripe did not answer: {self}"


class Garbled(Unreachable):
    """The very thing that was asked for came back, and a field of it cannot be read. Soon it will say the same."""

    @property
    def why(self) -> str:
        return str(self)


class LockedOut(NotNow):
    """The key is revoked or lacks a permission; `str()` says which, never the key. What is due waits."""

    wait = timedelta(minutes=10)

    @property
    def why(self) -> str:
        return f"{NOT_LET_IN}: {self}"


class NotHere(Exception):  # noqa: N818
    """Nothing happened, and waiting alone does not change that. `str()` is the reason."""


class ReadOnly(NotHere):
    """The connection is in observe mode: nothing is written to Stripe."""


class NotPossible(NotHere):
    """Stripe understood and will not: the customer is deleted, say, or the method was detached. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class Card:
    """The part of a payment method that is ours to know.

    brand: the network of a card; of any other method Stripe's type (core.methods). fingerprint: the same for the same
    card or account.
    """

    payment_method_id: str
    brand: str = ""
    last4: str = ""
    fingerprint: str = ""
    expires: str = ""  # "MM/YYYY"


@dataclass(frozen=True, slots=True)
class ClockRead:
    """A test clock: what it shows, and where it is on its way to. status: ready, advancing, internal_failure, deleted.

    shows: None where our key may not read it; `closed` has Stripe's words then.
    """

    id: str
    status: str = ""
    shows: datetime | None = None
    target: datetime | None = None
    name: str = ""
    closed: str = ""


@dataclass(frozen=True, slots=True)
class ChargeRead:
    """One try to charge, by anyone. failed_at: when a debit came back, days after it was presented `at`.

    part: which part of a payment plan it was for, by its payment (payments.parts); empty for what is of no plan.
    asked_at: by real time, where `at` is by a test clock.
    """

    id: str
    payment_intent_id: str
    at: datetime
    amount: int
    currency: str
    outcome: Tried
    decline: Decline | None
    card: Card | None
    reached_network: bool
    failed_at: datetime | None = None
    refunded: int = 0
    disputed: bool = False
    part: str = ""
    asked_at: datetime | None = None

    @property
    def called_at(self) -> datetime:
        """By real time, as our calls are dated."""
        return self.asked_at or self.at

    @property
    def known_at(self) -> datetime:
        """Since when its outcome is known."""
        return self.failed_at or self.at


@dataclass(frozen=True, slots=True)
class PaymentRead:
    """Money that came toward an invoice. id: of the charge that brought it, else Stripe's of the payment."""

    id: str
    amount: int
    at: datetime


@dataclass(frozen=True, slots=True)
class InvoiceRead:
    """The truth about one invoice at `read_at`, with everybody's attempts on it. Amounts in minor units.

    amount_due: after credit notes. payments: what of `amount_paid` is listed; not what was settled outside of Stripe.
    description: what is charged, by its largest line; other_lines: how many more there are. monthly: what of it comes
    back, brought to one month (gateways.recurring); None where nothing does.
    """

    id: str
    number: str
    status: str  # draft | open | paid | void | uncollectible | deleted
    currency: str
    amount_due: int
    amount_paid: int
    amount_remaining: int
    created_at: datetime  # for the customer: when it was finalized, as its draft may be weeks older
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
    payments: tuple[PaymentRead, ...] = ()
    latest_charge_id: str = ""
    payment_intent_id: str = ""
    client_secret: str = field(default="", repr=False)
    requires_action: bool = False
    processing: bool = False
    other_lines: int = 0
    payment_error: Decline | None = None  # why it failed, where no charge was made
    failed_at: datetime | None = None  # when that was last, of which only Stripe's events tell
    collection_paused: bool = False  # of the subscription, by the merchant
    ends_with_its_period: bool = False  # the subscription, as it is cancelled
    holds_update_back: bool = False  # the subscription is changed only once this is paid
    monthly: int | None = None
    after_trial: bool = False  # the first that is charged after one
    prices: tuple[str, ...] = ()  # the ids of what it charges for: prices, and their products
    segment: str = ""  # of its customer, in the merchant's own words
    customer_phone: str = ""  # as it is written there
    held: bool = False  # that Stripe does not collect it by itself was our doing
    due_at: datetime | None = None  # of one that is sent to be paid by its receiver
    clock: ClockRead | None = None  # the test clock of its customer, as it was then


@dataclass(frozen=True, slots=True)
class Paid:
    """The invoice is paid by this call; `read` is what the answer says of it."""

    charge_id: str
    read: InvoiceRead | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Declined:
    """The bank, the network or Stripe said no. amount: what was asked for, where the answer tells.

    reached_network: false where Stripe stopped it before the bank was asked; then no network counts it.
    """

    decline: Decline
    charge_id: str
    payment_intent_id: str
    amount: int | None = field(default=None, compare=False)
    reached_network: bool = True


@dataclass(frozen=True, slots=True)
class NeedsAuthentication:
    """Only the customer can go on: the same payment waits for 3-D Secure."""

    client_secret: str = field(repr=False)
    hosted_url: str
    charge_id: str
    payment_intent_id: str
    amount: int | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class NotOpen:
    """The invoice takes no payment any more: `status` is paid, void, uncollectible, draft or deleted.

    `read` is the invoice as it was found then; None where there is none.
    """

    status: str
    read: InvoiceRead | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Processing:
    """A bank debit is under way; the answer takes days."""

    payment_intent_id: str
    charge_id: str = ""
    amount: int | None = field(default=None, compare=False)


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
    """The connected account. restricted: why Stripe lets it take no payments. paypal: how far PayPal is granted to it.

    Both are empty where nothing is told of them. activated, not_activated: types of methods, as far as told.
    """

    id: str
    name: str
    livemode: bool
    country: str
    currency: str
    time_zone: str
    restricted: str = ""
    paypal: str = ""
    activated: tuple[str, ...] = ()
    not_activated: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EndpointMade:
    """A webhook endpoint created through the API; its secret is shown only once."""

    id: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Unpaid:
    """An open invoice that was tried, as a list tells of it."""

    id: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class EndpointRead:
    """A webhook endpoint of the account, as Stripe has it. events: the types it asks for; "*" is all of them."""

    id: str
    url: str
    events: frozenset[str]
    enabled: bool
