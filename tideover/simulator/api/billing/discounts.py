"""Discounts: coupons and promotion codes as they were redeemed, and what they take off an invoice's lines.

Sources: https://docs.stripe.com/billing/subscriptions/coupons, https://docs.stripe.com/api/discounts/object,
https://docs.stripe.com/api/subscriptions/create (discounts). How an amount is spread over several lines, and that a
discount for once ends with the first invoice over anything, is not confirmed.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from tideover.simulator.account.store import Json
from tideover.simulator.account.world import Simulator
from tideover.simulator.api.catalog.coupons import seen
from tideover.simulator.clock.periods import step
from tideover.simulator.wire.changes import found, now_of, refuse_unless, tell
from tideover.simulator.wire.errors import missing
from tideover.simulator.wire.forms import listed, shape, text

DISCOUNTS = listed(shape({"coupon": text, "discount": text, "promotion_code": text}), most=20)
WHOLE: Final = Decimal(1)


@dataclass(frozen=True, slots=True)
class Sale:
    """What somebody redeems discounts for: a subscription or an invoice, in minor units."""

    customer: Json
    currency: str
    amount: int
    known: tuple[str, ...] = ()  # the ids of the discounts it has already


@dataclass(frozen=True, slots=True)
class Redeemed:
    """What one row of `discounts` asks for: a discount that is there already, or a coupon, perhaps by its code."""

    discount: str | None = None
    coupon: Json | None = None
    promotion: Json | None = None


def checked(sim: Simulator, rows: list[Json], sale: Sale) -> list[Redeemed]:
    """What the rows of `discounts` ask for; raises before anything is redeemed."""
    return [_checked(sim, row, sale, f"discounts[{place}]") for place, row in enumerate(rows)]


def _checked(sim: Simulator, row: Json, sale: Sale, name: str) -> Redeemed:
    given = [part for part, value in row.items() if value]
    refuse_unless(len(given) == 1, "Give one of coupon, discount and promotion_code.", param=name)
    if key := row.get("discount"):
        if key not in sale.known:
            raise missing("discount", key, f"{name}[discount]")
        return Redeemed(discount=key)
    promotion = None
    if key := row.get("promotion_code"):
        promotion = found(sim.store.promotion_codes, key, f"{name}[promotion_code]")
        _check_promotion(sim, promotion, sale, f"{name}[promotion_code]")
    key = promotion["promotion"]["coupon"] if promotion else row["coupon"]
    coupon = seen(sim, found(sim.store.coupons, key, f"{name}[coupon]"))
    refuse_unless(coupon["valid"], f"Coupon expired: {coupon['id']}", "coupon_expired", param=f"{name}[coupon]")
    refuse_unless(
        coupon["currency"] in {None, sale.currency},
        f"Coupon {coupon['id']} is in {coupon['currency']}, not in {sale.currency}.",
        param=f"{name}[coupon]",
    )
    return Redeemed(coupon=coupon, promotion=promotion)


def _check_promotion(sim: Simulator, promotion: Json, sale: Sale, name: str) -> None:
    limits, most, until = promotion["restrictions"], promotion["max_redemptions"], promotion["expires_at"]
    used_up = most is not None and promotion["times_redeemed"] >= most
    ended = until is not None and until <= sim.now()
    usable = promotion["active"] and not used_up and not ended
    refuse_unless(usable, "This promotion code is inactive.", param=name)
    mine = promotion["customer"] in {None, sale.customer["id"]}
    refuse_unless(mine, "This promotion code is for another customer.", param=name)
    paid = any(row["status"] == "paid" for row in sim.store.invoices.of("customer", sale.customer["id"]))
    first = not limits["first_time_transaction"] or not paid
    refuse_unless(first, "This promotion code is for first-time customers.", param=name)
    least = limits["minimum_amount"]
    enough = least is None or (sale.amount >= least and sale.currency == limits["minimum_amount_currency"])
    refuse_unless(enough, "This promotion code asks for a larger amount.", param=name)


def redeem(sim: Simulator, asked: list[Redeemed], sale: Sale, **of: str) -> list[str]:
    """The ids of the discounts instead of those known; `of` says whose they are (subscription or invoice)."""
    ids = [each.discount or _new(sim, each, sale, of) for each in asked]
    for key in sale.known:
        if key not in ids:
            tell(sim, "customer.discount.deleted", sim.store.discounts[key])
    return ids


def _new(sim: Simulator, asked: Redeemed, sale: Sale, of: dict[str, str]) -> str:
    coupon, promotion = asked.coupon, asked.promotion
    assert coupon is not None
    now, months = now_of(sim, sale.customer), coupon["duration_in_months"]
    discount: Json = {
        "id": sim.ids.new("di"),
        "object": "discount",
        "checkout_session": None,
        "customer": sale.customer["id"],
        "customer_account": None,
        "end": step(now, "month", months, 1) if months else None,
        "invoice": None,
        "invoice_item": None,
        "promotion_code": promotion["id"] if promotion else None,
        "source": {"coupon": coupon["id"], "type": "coupon"},
        "start": now,
        "subscription": None,
        "subscription_item": None,
        **of,
    }
    for redeemed in (coupon, promotion):
        if redeemed:
            redeemed["times_redeemed"] += 1
    sim.store.discounts.add(discount)
    sim.store.terms_of_discount[discount["id"]] = coupon
    tell(sim, "customer.discount.created", discount)
    return str(discount["id"])


def running(sim: Simulator, subscription: Json) -> list[str]:
    """The discounts a subscription has now; those whose months are over are taken off."""
    now = now_of(sim, subscription)
    for key in subscription["discounts"]:
        end = sim.store.discounts[key]["end"]
        if end is not None and end <= now:
            take_off(sim, subscription, key)
    return list(subscription["discounts"])


def spend(sim: Simulator, subscription: Json, invoice: Json) -> None:
    """What was for once is over when an invoice over anything has had it."""
    for key in subscription["discounts"]:
        if sim.store.terms_of_discount[key]["duration"] == "once" and invoice["subtotal"] > 0:
            take_off(sim, subscription, key)


def take_off(sim: Simulator, subscription: Json, key: str) -> None:
    """End a discount of a subscription; the invoices that had it keep it."""
    subscription["discounts"] = [other for other in subscription["discounts"] if other != key]
    tell(sim, "customer.discount.deleted", sim.store.discounts[key])


def spread(terms: Json, products: list[str | None], left: list[int]) -> list[int]:
    """What a coupon takes off each line, of which so much is `left`; it may be for some products only."""
    only = (terms["applies_to"] or {}).get("products")
    fits = [amount if only is None or product in only else 0 for product, amount in zip(products, left, strict=True)]
    open_now = [max(amount, 0) for amount in fits]
    if terms["percent_off"] is not None:
        share = Decimal(str(terms["percent_off"])) / 100
        return [int((amount * share).quantize(WHOLE, ROUND_HALF_UP)) for amount in open_now]
    return _shares(min(terms["amount_off"], sum(open_now)), open_now)


def _shares(amount: int, weights: list[int]) -> list[int]:
    """An amount in parts by weight, the last of which take what is left over."""
    parts, given, weighed, whole = [], 0, 0, sum(weights)
    for weight in weights:
        weighed += weight
        until = amount * weighed // whole if whole else 0
        parts.append(until - given)
        given = until
    return parts
