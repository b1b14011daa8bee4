"""A customer, subscription, invoice, payment or method in Stripe's JSON as a plain value. Amounts in minor units.

Whatever a thing also tells of its methods comes along: Stripe lists those customer by customer alone.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from tideover.core.measures import monthly
from tideover.core.money import Money
from tideover.core.settings.segments import is_odd, segment_in
from tideover.core.ways.reader_metadata import readers_in
from tideover.gateways.answers import Card
from tideover.gateways.methods import method_of_charge, method_told
from tideover.gateways.reading import LONGEST_EMAIL, charge_read, locale_of
from tideover.gateways.recurring import USAGE, billing_of
from tideover.gateways.shape import (
    Json,
    amount,
    currency,
    customer_of,
    flag,
    given,
    id_of,
    made_at,
    moment,
    number,
    part,
    rows,
    text,
    whole,
)

SENT: Final = "send_invoice"
LED_BY: Final = "tideover_winback"  # in the metadata of a subscription that began at a letter of ours
LONGEST_PRICES: Final = 1000  # characters
MONTHS: Final[Mapping[str, int]] = {"month": 1, "year": 12}  # of Stripe's intervals those that have whole ones


@dataclass(frozen=True, slots=True)
class CustomerTold:
    """Who pays. method_id: by what, unless a subscription says otherwise. gone: deleted at Stripe.

    readers: what of their metadata names who reads for them (core.ways.reader_metadata). segment: the merchant's, as
    their metadata names it; odd_segment: what stands there is none.
    """

    stripe_id: str
    name: str
    email: str
    locale: str
    country: str
    region: str
    made_at: datetime | None
    method_id: str
    test_clock: str
    gone: bool = False
    readers: str = ""
    segment: str = ""
    odd_segment: bool = False


@dataclass(frozen=True, slots=True)
class SubscriptionTold:
    """What is paid again and again. monthly: before discounts and taxes; None: by use, or in a way we do not read.

    renews_at: when its present period ends. ends_at: when it is to end, where it was cancelled. months: how many from
    one payment to the next; 0 where they are no whole ones, or not the same for all it holds. sent: its invoices are
    sent to be paid by hand. left_for: why it ended, in Stripe's word. prices: the ids of what it was for, prices and
    their products, with blanks between. led_by: what of ours its customer came back by; empty where none did that.
    """

    stripe_id: str
    customer_id: str
    status: str
    plan: str
    currency: str
    monthly: int | None
    began_at: datetime
    renews_at: datetime | None
    ends_at: datetime | None
    ended_at: datetime | None
    trial_ends_at: datetime | None
    rests: bool
    method_id: str
    months: int = 0
    sent: bool = False
    left_for: str = ""
    prices: str = ""
    led_by: str = ""


@dataclass(frozen=True, slots=True)
class InvoiceTold:
    """What is owed, or was. sent: to be paid by its receiver. intents: the payments that were made toward it."""

    stripe_id: str
    customer_id: str
    subscription_id: str
    number: str
    description: str
    status: str
    reason: str
    sent: bool
    currency: str
    amount_due: int
    amount_paid: int
    amount_open: int
    tries: int
    made_at: datetime
    due_at: datetime | None
    status_at: datetime | None
    intents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PaymentTold:
    """One try to charge, by anyone. outcome: core.outcomes.Tried."""

    stripe_id: str
    customer_id: str
    intent_id: str
    at: datetime
    currency: str
    amount: int
    refunded: int
    disputed: bool
    outcome: str
    code: str
    advice_code: str
    network_decline_code: str
    network_advice_code: str
    reached_network: bool
    method_id: str
    brand: str
    last4: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class MethodTold:
    """A way to pay. brand: as Card has it. expires_on: a card's last day. gone: the customer has it no more.

    as_of: when it was so, where a payment of that time tells.
    """

    stripe_id: str
    customer_id: str
    brand: str
    last4: str
    fingerprint: str
    expires_on: date | None
    gone: bool = False
    as_of: datetime | None = None


Told = CustomerTold | SubscriptionTold | InvoiceTold | PaymentTold | MethodTold


def told_by(thing: Json) -> Sequence[Told]:
    """What an object of Stripe's tells; nothing where it is of another kind. Raises Odd."""
    read = _READERS.get(text(thing, "object"))
    return read(thing) if read else ()


def _customer(thing: Json) -> Sequence[Told]:
    settings, address, metadata = (part(thing, name) for name in ("invoice_settings", "address", "metadata"))
    gone = flag(thing, "deleted")
    customer = CustomerTold(
        stripe_id=given(thing, "id"),
        name=text(thing, "name"),
        email=whole(thing, "email", LONGEST_EMAIL),
        locale=locale_of(thing),
        country=text(address, "country")[:2],
        region=text(address, "state"),
        made_at=None if gone and thing.get("created") is None else made_at(thing),
        method_id=id_of(settings, "default_payment_method") or id_of(thing, "default_source"),
        test_clock=id_of(thing, "test_clock"),
        gone=gone,
        readers=readers_in(metadata),
        segment=segment_in(metadata),
        odd_segment=is_odd(metadata),
    )
    return [customer, *_method_in(settings, "default_payment_method", customer.stripe_id)]


def _subscription(thing: Json) -> Sequence[Told]:
    items = rows(part(thing, "items"))
    ends = [end for item in items if (end := moment(item, "current_period_end"))]
    period_end = moment(thing, "current_period_end") or max(ends, default=None)
    subscription = SubscriptionTold(
        stripe_id=given(thing, "id"),
        customer_id=customer_of(thing),
        status=given(thing, "status"),
        plan=_plan(items),
        currency=currency(thing),
        monthly=_monthly(items, currency(thing)),
        began_at=moment(thing, "start_date") or made_at(thing),
        renews_at=period_end,
        ends_at=moment(thing, "cancel_at") or (period_end if flag(thing, "cancel_at_period_end") else None),
        ended_at=moment(thing, "ended_at"),
        trial_ends_at=moment(thing, "trial_end"),
        rests=bool(part(thing, "pause_collection")),
        method_id=id_of(thing, "default_payment_method") or id_of(thing, "default_source"),
        months=_months(items),
        sent=text(thing, "collection_method") == SENT,
        left_for=text(part(thing, "cancellation_details"), "reason"),
        prices=_prices(items),
        led_by=text(part(thing, "metadata"), LED_BY)[:64],
    )
    return [subscription, *_method_in(thing, "default_payment_method", subscription.customer_id)]


def _plan(items: Sequence[Json]) -> str:
    """As the merchant named the price; a price without a name has none here, and its invoices' lines tell."""
    return next((name for item in items if (name := text(part(item, "price"), "nickname"))), "")


def _prices(items: Sequence[Json]) -> str:
    """Each once, whole ones alone, as many as there is room for."""
    prices = [part(item, "price") for item in items]
    found = dict.fromkeys(key for price in prices for key in (id_of(price, "id"), id_of(price, "product")) if key)
    kept = " ".join(found)
    return kept if len(kept) <= LONGEST_PRICES else kept[: LONGEST_PRICES + 1].rpartition(" ")[0]


def _monthly(items: Sequence[Json], of: str) -> int | None:
    """What its fixed prices are a month."""
    prices = [(part(item, "price"), item) for item in items]
    fixed = [(price, item) for price, item in prices if text(part(price, "recurring"), "usage_type") != USAGE]
    months = [month for price, item in fixed if (month := _a_month(price, item, of)) is not None]
    return sum(months) if months and len(months) == len(fixed) else None


def _months(items: Sequence[Json]) -> int:
    billings = {billing_of(part(part(item, "price"), "recurring")) for item in items}
    only = billings.pop() if len(billings) == 1 else None
    return MONTHS.get(only[0], 0) * only[1] if only else 0


def _a_month(price: Json, item: Json, of: str) -> int | None:
    billing = billing_of(part(price, "recurring"))
    if billing is None or price.get("unit_amount") is None:
        return None
    quantity = number(item, "quantity") if item.get("quantity") is not None else 1
    return monthly(Money(amount(price, "unit_amount") * quantity, of), *billing).minor


def _invoice(thing: Json) -> Sequence[Told]:
    details = part(part(thing, "parent"), "subscription_details")
    moved = {"paid": "paid_at", "void": "voided_at", "uncollectible": "marked_uncollectible_at"}
    times, status = part(thing, "status_transitions"), text(thing, "status") or "draft"
    paid_by = [part(payment, "payment") for payment in rows(part(thing, "payments"))]
    lines = rows(part(thing, "lines"))
    return [
        InvoiceTold(
            stripe_id=given(thing, "id"),
            customer_id=customer_of(thing),
            subscription_id=id_of(details, "subscription"),
            number=text(thing, "number"),
            description=next((said for line in lines if (said := text(line, "description"))), ""),
            status="deleted" if flag(thing, "deleted") else status,
            reason=text(thing, "billing_reason"),
            sent=text(thing, "collection_method") == SENT,
            currency=currency(thing),
            amount_due=amount(thing, "amount_due"),
            amount_paid=amount(thing, "amount_paid"),
            amount_open=amount(thing, "amount_remaining"),
            tries=number(thing, "attempt_count") if thing.get("attempt_count") else 0,
            made_at=moment(times, "finalized_at") or made_at(thing),
            due_at=moment(thing, "due_date"),
            status_at=moment(times, moved.get(status, "")),
            intents=tuple(found for payment in paid_by if (found := id_of(payment, "payment_intent"))),
        )
    ]


def _charge(thing: Json) -> Sequence[Told]:
    read, customer, card = charge_read(thing), customer_of(thing), method_of_charge(thing)
    decline = read.decline
    payment = PaymentTold(
        stripe_id=read.id,
        customer_id=customer,
        intent_id=read.payment_intent_id,
        at=read.at,
        currency=read.currency,
        amount=read.amount,
        refunded=read.refunded,
        disputed=read.disputed,
        outcome=str(read.outcome),
        code=(decline.code if decline else None) or "",
        advice_code=(decline.advice_code if decline else None) or "",
        network_decline_code=(decline.network_decline_code if decline else None) or "",
        network_advice_code=(decline.network_advice_code if decline else None) or "",
        reached_network=read.reached_network,
        method_id=card.payment_method_id,
        brand=card.brand,
        last4=card.last4,
        fingerprint=card.fingerprint,
    )
    known = bool(customer and card.payment_method_id)
    return [payment, *([_method_value(card, customer, as_of=read.at)] if known else [])]


def _method(thing: Json) -> Sequence[Told]:
    """One that was detached is nobody's any more; whose it was, only the event tells."""
    customer = customer_of(thing)
    return [_method_value(method_told(thing), customer, gone=flag(thing, "deleted") or not customer)]


def _method_in(of: Json, field: str, customer_id: str) -> Sequence[Told]:
    """The method in this field, where it stands there in full."""
    found = part(of, field)
    return [_method_value(method_told(found), customer_id)] if found and customer_id else []


def _method_value(card: Card, customer_id: str, *, gone: bool = False, as_of: datetime | None = None) -> MethodTold:
    return MethodTold(
        stripe_id=card.payment_method_id,
        customer_id=customer_id,
        brand=card.brand,
        last4=card.last4,
        fingerprint=card.fingerprint,
        expires_on=_last_day(card.expires),
        gone=gone,
        as_of=as_of,
    )


def _last_day(expires: str) -> date | None:
    """Of a card's "MM/YYYY"; None where that is no month."""
    month, _, year = expires.partition("/")
    try:
        return date(int(year), int(month), monthrange(int(year), int(month))[1])
    except ValueError:
        return None


_READERS: Final[Mapping[str, Callable[[Json], Sequence[Told]]]] = {
    "customer": _customer,
    "subscription": _subscription,
    "invoice": _invoice,
    "charge": _charge,
    "payment_method": _method,
}
