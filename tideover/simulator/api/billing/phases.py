"""The phases of a subscription schedule: what is asked for, checked and made whole, and what each says.

Sources: https://docs.stripe.com/api/subscription_schedules/create. That a phase without an end lasts one period is not
confirmed.
"""

from __future__ import annotations

from tideover.simulator.account.store import Json
from tideover.simulator.account.world import Simulator
from tideover.simulator.api.billing.subscription_items import PRICE_DATA, PRORATION, Item, check_item, item_of
from tideover.simulator.api.payments.payment_methods import check_owned, owned
from tideover.simulator.clock.periods import step
from tideover.simulator.wire.changes import merged, refuse_unless
from tideover.simulator.wire.errors import required
from tideover.simulator.wire.forms import between, instant, listed, mapping, one_of, shape, text, up_to

ITEM = shape({"price": text, "price_data": PRICE_DATA, "quantity": between(0), "metadata": mapping})
INTERVAL = one_of("day", "week", "month", "year")
METHOD = one_of("charge_automatically", "send_invoice")
PHASE = {
    "items": listed(ITEM, most=20),
    "collection_method": METHOD,
    "default_payment_method": text,
    "description": up_to(500),
    "duration": shape({"interval": INTERVAL, "interval_count": between(1, 1095)}, needs=("interval",)),
    "end_date": instant,
    "metadata": mapping,
    "proration_behavior": PRORATION,
}


def check_phases(sim: Simulator, customer: str, rows: list[Json], start: int) -> None:
    """Raise the refusal of phases that cannot follow each other from `start` on, before anything is done."""
    if not rows:
        raise required("phases")
    for place, row in enumerate(rows):
        name = f"phases[{place}]"
        refuse_unless(row["items"], "A phase has at least one item.", param=f"{name}[items]")
        for number, item in enumerate(row["items"]):
            check_item(sim, item, f"{name}[items][{number}]")
        if key := row.get("default_payment_method"):
            check_owned(sim, key, customer)
        both = "end_date" in row and "duration" in row
        refuse_unless(not both, "A phase has an end_date or a duration, not both.", param=f"{name}[end_date]")
        first = row["items"][0]
        until = _end_of(row, first.get("price_data") or sim.store.prices[first["price"]], start)
        refuse_unless(until > start, "A phase ends after it starts.", param=f"{name}[end_date]")
        start = until


def whole_phases(sim: Simulator, customer: str, rows: list[Json], start: int) -> list[Json]:
    """Whole phases of rows that were checked, one after another."""
    phases: list[Json] = []
    for row in rows:
        items = [item_of(sim, item) for item in row["items"]]
        phase = _phase(sim, customer, row, items) | {
            "start_date": start,
            "end_date": _end_of(row, items[0].price, start),
        }
        phases.append(phase)
        start = phase["end_date"]
    return phases


def _end_of(row: Json, price: Json, start: int) -> int:
    if "end_date" in row:
        return int(row["end_date"])
    lasts = row.get("duration") or price["recurring"]
    return step(start, lasts["interval"], lasts.get("interval_count", 1), 1)


def _phase(sim: Simulator, customer: str, row: Json, items: list[Item]) -> Json:
    method = row.get("default_payment_method")
    return {
        "add_invoice_items": [],
        "application_fee_percent": None,
        "billing_cycle_anchor": None,
        "billing_thresholds": None,
        "collection_method": row.get("collection_method"),
        "currency": items[0].price["currency"],
        "default_payment_method": owned(sim, method, customer)["id"] if method else None,
        "default_tax_rates": [],
        "description": row.get("description") or None,
        "discounts": [],
        "invoice_settings": None,
        "items": [_shown(item) for item in items],
        "metadata": merged({}, row.get("metadata")),
        "on_behalf_of": None,
        "proration_behavior": row.get("proration_behavior", "create_prorations"),
        "transfer_data": None,
        "trial_end": None,
    }


def _shown(item: Item) -> Json:
    key = item.price["id"]
    return {
        "billing_thresholds": None,
        "discounts": [],
        "metadata": item.metadata,
        "plan": key,
        "price": key,
        "quantity": item.quantity,
        "tax_rates": [],
    }


def items_of(sim: Simulator, phase: Json) -> list[Item]:
    return [Item(sim.store.prices[row["price"]], row["quantity"], row["metadata"]) for row in phase["items"]]


def terms_of(phase: Json) -> Json:
    """What a phase says of the subscription besides its items."""
    names = ("collection_method", "default_payment_method", "description")
    return {name: phase[name] for name in names if phase[name] is not None} | {"metadata": phase["metadata"]}
