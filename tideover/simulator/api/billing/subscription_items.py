"""A subscription's items: what it charges for, and how an update changes them.

Sources: https://docs.stripe.com/api/subscription_items/object, https://docs.stripe.com/api/subscriptions/update
(items).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tideover.simulator.account.store import Json
from tideover.simulator.account.world import Simulator
from tideover.simulator.api.catalog.making import AMOUNT, new_price
from tideover.simulator.clock.periods import end_of
from tideover.simulator.wire.changes import found, merged, now_of, refuse_unless
from tideover.simulator.wire.errors import missing, required
from tideover.simulator.wire.forms import (
    between,
    flag,
    inside,
    mapping,
    one_of,
    shape,
    text,
)
from tideover.simulator.wire.texts import currency

PRICE_DATA = shape(
    {
        "currency": currency,
        "product": text,
        "unit_amount": AMOUNT,
        "recurring": shape(
            {"interval": one_of("day", "week", "month", "year"), "interval_count": between(1, 1095)},
            needs=("interval",),
        ),
    },
    needs=("currency", "product", "unit_amount", "recurring"),
)
PRORATION = one_of("always_invoice", "create_prorations", "none")
ITEM = shape(
    {
        "id": text,
        "price": text,
        "price_data": PRICE_DATA,
        "quantity": between(0),
        "metadata": mapping,
        "deleted": flag,
    }
)


@dataclass(frozen=True, slots=True)
class Item:
    """One position of a subscription."""

    price: Json
    quantity: int = 1
    metadata: dict[str, str] = field(default_factory=dict)


def add_item(sim: Simulator, subscription: Json, item: Item, start: int) -> Json:
    """Put a position on a subscription; its period begins at `start`."""
    price = item.price
    recurring = price["recurring"]
    anchor = subscription["billing_cycle_anchor"]
    made: Json = {
        "id": sim.ids.new("si", 14),
        "object": "subscription_item",
        "billed_until": None,
        "billing_thresholds": None,
        "created": now_of(sim, subscription),
        "current_period_end": end_of(anchor, recurring["interval"], recurring["interval_count"], start),
        "current_period_start": start,
        "discounts": [],
        "metadata": item.metadata,
        "plan": _plan(price),
        "price": price,
        "quantity": item.quantity,
        "subscription": subscription["id"],
        "tax_rates": [],
    }
    sim.store.subscription_items.add(made)
    set_items(subscription, [*subscription["items"]["data"], made])
    return made


def set_items(subscription: Json, data: list[Json]) -> None:
    """Replace a subscription's positions."""
    subscription["items"] = {**subscription["items"], "data": data, "total_count": len(data)}


def _plan(price: Json) -> Json:
    recurring = price["recurring"]
    return {
        "id": price["id"],
        "object": "plan",
        "active": price["active"],
        "amount": price["unit_amount"],
        "amount_decimal": price["unit_amount_decimal"],
        "billing_scheme": "per_unit",
        "created": price["created"],
        "currency": price["currency"],
        "interval": recurring["interval"],
        "interval_count": recurring["interval_count"],
        "livemode": False,
        "metadata": price["metadata"],
        "meter": None,
        "nickname": price["nickname"],
        "product": price["product"],
        "tiers_mode": None,
        "transform_usage": None,
        "trial_period_days": None,
        "usage_type": "licensed",
    }


def check_item(sim: Simulator, row: Json, name: str) -> None:
    """Raise the refusal of a position whose price cannot be charged again and again; `name` is the parameter's."""
    if data := row.get("price_data"):
        found(sim.store.products, data["product"], f"{inside(name, 'price_data')}[product]")
        return
    price_name = inside(name, "price")
    if not row.get("price"):
        raise required(price_name)
    price = found(sim.store.prices, row["price"], price_name)
    refuse_unless(price["recurring"], "The price specified is not recurring.", param=price_name)


def worth(sim: Simulator, rows: list[Json]) -> tuple[str, int]:
    """The currency of such positions, which were checked, and what they come to each period."""
    terms = [row.get("price_data") or sim.store.prices[row["price"]] for row in rows]
    amounts = (each["unit_amount"] * row.get("quantity", 1) for row, each in zip(rows, terms, strict=True))
    return str(terms[0]["currency"]), sum(amounts)


def item_of(sim: Simulator, row: Json, metadata: dict[str, str] | None = None) -> Item:
    """A position as a row of `items` describes it, which was checked; `metadata` is what an existing one had."""
    if data := row.get("price_data"):
        each = data["recurring"]
        interval, count = each["interval"], each.get("interval_count", 1)
        price = new_price(sim, data["product"], data["unit_amount"], data["currency"], interval, count)
    else:
        price = sim.store.prices[row["price"]]
    return Item(price, row.get("quantity", 1), merged(metadata or {}, row.get("metadata")))


Wanted = tuple[str | None, Item | None]  # the id of a position (None: a new one) and what it becomes (None: it goes)


def wanted_items(sim: Simulator, subscription: Json, rows: list[Json]) -> list[Wanted]:
    """What an update asks of the positions; raises before anything is changed."""
    known = {item["id"]: item for item in subscription["items"]["data"]}
    whole = [_completed(known, row, place) for place, row in enumerate(rows)]
    for place, row in enumerate(whole):
        if not row.get("deleted"):
            check_item(sim, row, f"items[{place}]")
    gone = {row["id"] for row in whole if row.get("deleted")}
    refuse_unless(
        set(known) - gone or len(gone) < len(whole),
        "A subscription must have at least one item: cancel it instead.",
        param="items",
    )
    metadata = {key: item["metadata"] for key, item in known.items()}
    return [
        (key := row.get("id"), None if row.get("deleted") else item_of(sim, row, metadata.get(key or "")))
        for row in whole
    ]


def _completed(known: dict[str, Json], row: Json, place: int) -> Json:
    """A row of `items` with what an existing position has already."""
    key = row.get("id")
    if key is None and row.get("deleted"):
        raise required(f"items[{place}][id]")
    if key is None:
        return row
    if key not in known:
        raise missing("subscription_item", key, f"items[{place}][id]")
    return {"price": known[key]["price"]["id"], "quantity": known[key]["quantity"], **row}


def changed_items(sim: Simulator, subscription: Json, wanted: list[Wanted]) -> Json:
    """The positions after an update; a new price counts from the next period on (proration_behavior none)."""
    kept = {item["id"]: dict(item) for item in subscription["items"]["data"]}
    start = next(iter(kept.values()))["current_period_start"]
    old = subscription["items"]
    for key, item in wanted:
        if key and item:
            kept[key] |= {"price": item.price, "quantity": item.quantity, "metadata": item.metadata}
        elif key:
            del kept[key]
        elif item:
            made = add_item(sim, subscription, item, start)
            kept[made["id"]] = made
    set_items(subscription, list(kept.values()))
    new: Json = subscription["items"]
    subscription["items"] = old
    return new
