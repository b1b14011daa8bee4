"""What of an invoice comes back every period, brought to one month; for which prices; whether a trial ended with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tideover.core.measures import INTERVALS, monthly
from tideover.core.money import Money
from tideover.gateways.shape import Json, Odd, currency, flag, id_of, moment, number, part, rows, text

Billing = tuple[str, int]  # Stripe's interval, and how many of them a period has
USAGE: Final = "metered"


def monthly_of(invoice: Json, subscription: Json) -> int | None:
    """Minor units a month of the subscription's own lines, less discounts; without taxes, prorations and usage.

    None where no line is of a subscription; and where one cannot be read, for no case waits for a figure.
    """
    try:
        billed = _billed(subscription)
        lines = [line for line in rows(part(invoice, "lines")) if _recurs(line, billed)]
        months = [monthly(Money(_charged(line), currency(invoice)), *_billing(line, billed)).minor for line in lines]
    except Odd:
        return None
    return max(sum(months), 0) if months else None


def ends_a_trial(invoice: Json, subscription: Json) -> bool:
    """Whether it is the first that is charged after a trial: Stripe's own figures leave it out."""
    try:
        trial_end = moment(subscription, "trial_end")
        begins = [moment(part(line, "period"), "start") for line in rows(part(invoice, "lines")) if _details(line)]
    except Odd:
        return False
    return trial_end is not None and trial_end in begins


def prices_of(invoice: Json) -> tuple[str, ...]:
    """The ids of the prices it charges and of their products, each once; none where a line cannot be read."""
    try:
        lines = [
            line for line in rows(part(invoice, "lines")) if line.get("amount") is None or number(line, "amount") > 0
        ]
        details = [part(part(line, "pricing"), "price_details") for line in lines]
        found = [id_of(each, kind) for each in details for kind in ("price", "product")]
    except Odd:
        return ()
    return tuple(dict.fromkeys(filter(None, found)))


def billing_of(recurring: Json) -> Billing | None:
    """How often a price is billed; None where it does not tell. Raises Odd."""
    interval = text(recurring, "interval")
    if interval not in INTERVALS:
        return None
    every = number(recurring, "interval_count") if recurring.get("interval_count") else 1
    return interval, max(every, 1)


def _details(line: Json) -> Json:
    return part(part(line, "parent"), "subscription_item_details")


def _billed(subscription: Json) -> Mapping[str, Json]:
    """How each item of the subscription is billed now."""
    items = rows(part(subscription, "items"))
    return {id_of(item, "id"): part(part(item, "price"), "recurring") for item in items}


def _recurs(line: Json, billed: Mapping[str, Json]) -> bool:
    details = _details(line)
    usage = text(billed.get(id_of(details, "subscription_item"), {}), "usage_type") == USAGE
    return bool(details) and not flag(details, "proration") and not usage and line.get("amount") is not None


def _billing(line: Json, billed: Mapping[str, Json]) -> Billing:
    """As its item is billed; of one that the subscription has no more, as long as the line's period lasts."""
    known = billing_of(billed.get(id_of(_details(line), "subscription_item"), {}))
    if known:
        return known
    start, end = (moment(part(line, "period"), at) for at in ("start", "end"))
    return "day", max((end - start).days, 1) if start and end else 30


def _charged(line: Json) -> int:
    """A line's amount less its discounts; taxes that come on top stand apart from it."""
    discounts = rows(line, "discount_amounts") if line.get("discount_amounts") else []
    return number(line, "amount") - sum(number(discount, "amount") for discount in discounts)
