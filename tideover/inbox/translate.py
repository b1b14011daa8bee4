"""Stripe's event to news: a plain value that says what to look at. A table, total by test over what we ask for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from tideover.core.facts import Learnt
from tideover.core.settings.segments import KEY as SEGMENT
from tideover.gateways.answers import ClockRead
from tideover.gateways.methods import method_told
from tideover.gateways.shape import Odd, amount, customer_of, given, id_of, inner, made_at, moment, text
from tideover.gateways.test_clocks import DELETED, clock_read


@dataclass(frozen=True, slots=True)
class InvoiceNews:
    """Something happened to an invoice; the invoice itself tells what. `opens`: it may be a new failure.

    failed_at: when Stripe heard that its payment failed, of which a debit's charge tells nothing.
    """

    invoice_id: str
    opens: bool = False
    failed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SubscriptionEnded:
    """The subscription is over, whoever ended it (`reason` by Stripe: cancellation_requested, payment_failed …)."""

    subscription_id: str
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class MethodNews:
    """The customer has a new payment method, or the network's updater renewed a card."""

    customer_id: str
    payment_method_id: str
    at: datetime
    renewed: bool
    event_id: str
    brand: str = ""
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class ReadAgain:
    """Something was changed by which a failing invoice may be repaired, or rest: the invoices themselves tell what.

    Of one subscription, or of all the customer has.
    """

    customer_id: str = ""
    subscription_id: str = ""


@dataclass(frozen=True, slots=True)
class CustomerDeleted:
    """The customer is gone: nobody is charged or written to any more."""

    customer_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ChargeNews:
    """Money of a charge went back, or came back after that.

    about: the refund or dispute, and `amount` is its own; or the charge, and it is all that was refunded until then.
    """

    charge_id: str
    payment_intent_id: str
    kind: Learnt
    about: str
    amount: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Disconnected:
    """The merchant took our access away: everything stops. account_id: of which account, as a platform is told."""

    at: datetime
    account_id: str


@dataclass(frozen=True, slots=True)
class ClockNews:
    """A test clock was advanced, or is gone: by the event, which may have been overtaken since."""

    clock: ClockRead


@dataclass(frozen=True, slots=True)
class NoNews:
    """Understood, and none of our business: `why`, for people."""

    why: str


News = (
    InvoiceNews | SubscriptionEnded | MethodNews | ReadAgain | CustomerDeleted | ChargeNews | ClockNews | Disconnected
)
Event = Mapping[str, Any]


def _thing(event: Event) -> Event:
    """What the event is about."""
    data = inner(event, "data")
    return inner(data, "object") or _nothing()


def _nothing() -> Event:
    raise Odd("data.object")


def _must_have(of: Event, field: str) -> str:
    """The id in a field, whether the object behind it was expanded or not."""
    found = id_of(of, field)
    if not found:
        raise Odd(field, of.get(field))
    return found


def _invoice(event: Event) -> News:
    return InvoiceNews(given(_thing(event), "id"))


def _open_invoice(event: Event) -> News:
    return InvoiceNews(given(_thing(event), "id"), opens=True)


def _failed_payment(event: Event) -> News:
    return InvoiceNews(given(_thing(event), "id"), opens=True, failed_at=made_at(event))


def _of_invoice(event: Event) -> News:
    return InvoiceNews(_must_have(_thing(event), "invoice"))


def _subscription_ended(event: Event) -> News:
    subscription = _thing(event)
    ended_at = moment(subscription, "ended_at") or made_at(event)
    return SubscriptionEnded(
        given(subscription, "id"), ended_at, text(inner(subscription, "cancellation_details"), "reason")
    )


def _method(event: Event) -> News | NoNews:
    method = _thing(event)
    customer = customer_of(method)
    if not customer:
        return NoNews("the payment method belongs to no customer")
    renewed = event["type"] == "payment_method.automatically_updated"
    told = method_told(method)
    return MethodNews(
        customer, told.payment_method_id, made_at(event), renewed, given(event, "id"), told.brand, told.fingerprint
    )


# What of a customer or a subscription decides how its invoices are paid, or whether they are collected at all.
_DECIDING: Final = frozenset(
    [
        "default_payment_method",
        "default_source",
        "invoice_settings",
        "pause_collection",
        "cancel_at",
        "cancel_at_period_end",
        "pending_update",
    ]
)


def _changed(event: Event) -> bool:
    """Whether the event tells of a change that decides something. `previous_attributes` names what was changed."""
    before = _before(event)
    return not before or not _DECIDING.isdisjoint(before)


def _before(event: Event) -> Event:
    return inner(inner(event, "data"), "previous_attributes")


def _customer(event: Event) -> News | NoNews:
    heard = _changed(event) or _may_change_segment(event)
    return ReadAgain(customer_id=given(_thing(event), "id")) if heard else NoNews(_UNCHANGED)


def _may_change_segment(event: Event) -> bool:
    """Stripe does not say whether it names all metadata of before or only what was changed: read once too often."""
    was = _before(event)
    return "metadata" in was and any(SEGMENT in inner(each, "metadata") for each in (was, _thing(event)))


def _subscription(event: Event) -> News | NoNews:
    return ReadAgain(subscription_id=given(_thing(event), "id")) if _changed(event) else NoNews(_UNCHANGED)


_UNCHANGED: Final = "it changes nothing about how invoices are paid, or whom messages are for"


def _details(event: Event) -> News | NoNews:
    """A payment method's or source's own details were corrected, or it was taken off: whose it was, it said before."""
    before = inner(inner(event, "data"), "previous_attributes")
    customer = customer_of(_thing(event)) or customer_of(before)
    return ReadAgain(customer_id=customer) if customer else NoNews("the payment method belongs to no customer")


def _customer_deleted(event: Event) -> News:
    return CustomerDeleted(given(_thing(event), "id"), made_at(event))


def _charge_news(event: Event, kind: Learnt, charge_id: str, field: str = "amount") -> News:
    thing = _thing(event)
    minor = 0 if thing.get(field) is None else amount(thing, field)
    return ChargeNews(charge_id, id_of(thing, "payment_intent"), kind, given(thing, "id"), minor, made_at(event))


def _refund(event: Event) -> News:
    return _charge_news(event, Learnt.REFUNDED, given(_thing(event), "id"), "amount_refunded")


def _failed_refund(event: Event) -> News | NoNews:
    charge_id = id_of(_thing(event), "charge")
    return _charge_news(event, Learnt.REFUND_FAILED, charge_id) if charge_id else NoNews("a refund of no charge")


def _dispute(event: Event) -> News | NoNews:
    """A dispute took the money, was decided, or brought it back. Before a bank takes any, it may merely inquire."""
    dispute = _thing(event)
    status = text(dispute, "status")
    kind = _COURSE.get(event["type"]) or _DECIDED.get(status)
    if kind is None or status.startswith("warning_"):
        return NoNews("a bank inquires, and took no money")
    return _charge_news(event, kind, _must_have(dispute, "charge"))


_COURSE: Final[Mapping[str, Learnt]] = {
    "charge.dispute.created": Learnt.DISPUTED,
    "charge.dispute.funds_withdrawn": Learnt.DISPUTED,
    "charge.dispute.funds_reinstated": Learnt.DISPUTE_WON,
}
_DECIDED: Final[Mapping[str, Learnt]] = {"won": Learnt.DISPUTE_WON, "lost": Learnt.DISPUTE_LOST}  # when it is closed


def _clock(event: Event) -> News:
    return ClockNews(clock_read(_thing(event)))


def _clock_deleted(event: Event) -> News:
    return ClockNews(replace(clock_read(_thing(event)), status=DELETED))


def _disconnected(event: Event) -> News | NoNews:
    """A platform is told so of its own application, with the account: https://docs.stripe.com/api/events/types"""
    account_id = text(event, "account")
    return Disconnected(made_at(event), account_id) if account_id else NoNews("it is somebody else's application")


@dataclass(frozen=True, slots=True)
class Heard:
    """A type of event we understand. does: what it does, for people. asked: whether endpoints of ours ask for it."""

    does: str
    translate: Callable[[Event], News | NoNews]
    asked: bool = True


# `invoice.paid` tells all that `invoice.payment_succeeded` tells of a payment, and before any effect the invoice is
# read anyway; of a part that was paid `invoice_payment.paid` alone tells. A merchant's own endpoint may send those too.
# Only platforms hear of a deauthorization. Of test clocks our endpoints are not told, as nobody has written whether
# Stripe lets an endpoint in live mode ask for that: upkeep looks at them every minute.
EVENTS: Final[Mapping[str, Heard]] = {
    "invoice.payment_failed": Heard("opens a case, or tells one of another failure", _failed_payment),
    "invoice.payment_action_required": Heard(
        "opens a case that only the customer can end: the bank asks", _open_invoice
    ),
    "invoice.overdue": Heard(
        "opens a case where no failure was told, or of one that is sent, where the rules chase those", _open_invoice
    ),
    "invoice.paid": Heard("the case is recovered", _invoice),
    "invoice.payment_succeeded": Heard("the case is recovered", _invoice, asked=False),
    "invoice_payment.paid": Heard("the invoice is read again: less is open, or nothing", _of_invoice),
    "invoice.updated": Heard("the invoice is read again: another method is to pay it, say", _invoice),
    "invoice.voided": Heard("the case is canceled", _invoice),
    "invoice.marked_uncollectible": Heard("the case is canceled", _invoice),
    "invoice.deleted": Heard("the case is canceled", _invoice),
    "customer.updated": Heard(
        "another default method or another segment: its failing invoices are read again", _customer
    ),
    "customer.subscription.updated": Heard(
        "the same for a subscription; also where its collection is paused, or it is cancelled", _subscription
    ),
    "customer.source.created": Heard("the customer's failing invoices are read again", _details, asked=False),
    "customer.source.updated": Heard("the customer's failing invoices are read again", _details),
    "payment_method.updated": Heard("corrected details: the customer's failing invoices are read again", _details),
    "payment_method.detached": Heard(
        "a method they have no more: the customer's failing invoices are read again", _details
    ),
    "customer.subscription.deleted": Heard("the subscription's open cases are churned", _subscription_ended),
    "customer.deleted": Heard("the customer's open cases are canceled", _customer_deleted),
    "payment_method.attached": Heard("a new method: charged at once, if the rules say so", _method),
    "payment_method.automatically_updated": Heard("the network renewed a card: charged likewise", _method),
    "credit_note.created": Heard("the invoice is read again: less is open", _of_invoice),
    "credit_note.voided": Heard("the invoice is read again: more is open", _of_invoice),
    "charge.refunded": Heard("what went back is not recovered any more", _refund),
    "refund.failed": Heard("what was to go back is recovered again", _failed_refund),
    "charge.dispute.created": Heard("what the bank took back is not recovered any more", _dispute),
    "charge.dispute.funds_withdrawn": Heard("the same, where the bank had only inquired before", _dispute),
    "charge.dispute.closed": Heard("a dispute that is won brings the money back", _dispute),
    "charge.dispute.funds_reinstated": Heard("the same, as soon as the money is there", _dispute),
    "test_helpers.test_clock.advancing": Heard("the cases on it rest until it has arrived", _clock, asked=False),
    "test_helpers.test_clock.ready": Heard("what has come due by it is done", _clock, asked=False),
    "test_helpers.test_clock.internal_failure": Heard("Stripe will never advance it again", _clock, asked=False),
    "test_helpers.test_clock.deleted": Heard(
        "its customers are gone with it: their open cases are canceled", _clock_deleted, asked=False
    ),
    "account.application.deauthorized": Heard("everything stops, the key is forgotten", _disconnected, asked=False),
}
# In Stripe's order of names, so that an endpoint reads the same whenever it was made.
ENDPOINT_EVENTS: Final = tuple(sorted(kind for kind, heard in EVENTS.items() if heard.asked))
# Those that tell of money of a charge that went back, or came again.
MONEY_MOVES: Final = (
    "charge.refunded",
    "refund.failed",
    "charge.dispute.created",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.closed",
    "charge.dispute.funds_reinstated",
)


def news_of(event: Event) -> News | NoNews:
    """What the event tells us, or why that is none of our business. Raises Odd on a shape we do not know."""
    if not isinstance(event, Mapping):
        raise Odd("the event", event)
    heard = EVENTS.get(given(event, "type"))
    return heard.translate(event) if heard else NoNews("nothing here listens to events of this type")
