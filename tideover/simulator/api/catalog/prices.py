"""Prices: what a product costs, once or each period.

Sources: https://docs.stripe.com/api/prices/object, https://docs.stripe.com/api/prices/create (three years at most).
"""

from __future__ import annotations

import re
from typing import Any, Final

from tideover.simulator.account.store import Json
from tideover.simulator.account.world import Simulator
from tideover.simulator.api.catalog.products import new_product
from tideover.simulator.wire.changes import change, found, merged, plain, refuse_unless, tell
from tideover.simulator.wire.errors import required
from tideover.simulator.wire.forms import between, flag, listed, mapping, one_of, shape, text, up_to
from tideover.simulator.wire.listing import page
from tideover.simulator.wire.operations import PAGED, Call, operation
from tideover.simulator.wire.texts import currency

RECURRING = shape(
    {"interval": one_of("day", "week", "month", "year"), "interval_count": between(1, 1095)}, needs=("interval",)
)


def new_price(  # noqa: PLR0913, PLR0917 - a price has that many parts
    sim: Simulator,
    product: str,
    unit_amount: int,
    currency: str,
    interval: str | None = None,
    interval_count: int = 1,
    **given: Any,  # noqa: ANN401 - Stripe's own fields
) -> Json:
    """A price in minor units; recurring when an interval (day, week, month, year) is given."""
    recurring: Json | None = None
    if interval:
        recurring = {
            "interval": interval,
            "interval_count": interval_count,
            "meter": None,
            "trial_period_days": None,
            "usage_type": "licensed",
        }
    price: Json = {
        "id": sim.ids.new("price"),
        "object": "price",
        "active": True,
        "billing_scheme": "per_unit",
        "created": sim.now(),
        "currency": currency,
        "custom_unit_amount": None,
        "livemode": False,
        "lookup_key": None,
        "metadata": {},
        "nickname": None,
        "product": product,
        "recurring": recurring,
        "tax_behavior": "unspecified",
        "tiers_mode": None,
        "transform_quantity": None,
        "type": "recurring" if interval else "one_time",
        "unit_amount": unit_amount,
        "unit_amount_decimal": str(unit_amount),
    } | given
    sim.store.prices.add(price)
    tell(sim, "price.created", price)
    return price


AMOUNT = between(0, 10**12 - 1)
PRICE = {
    "currency": currency,
    "unit_amount": AMOUNT,
    "unit_amount_decimal": text,
    "product": text,
    "product_data": shape({"name": text, "metadata": mapping}, needs=("name",)),
    "recurring": RECURRING,
    "nickname": text,
    "lookup_key": up_to(200),
    "metadata": mapping,
    "active": flag,
    "tax_behavior": one_of("exclusive", "inclusive", "unspecified"),
}


def _amount(params: Json) -> int:
    """What a price comes to: whole minor units, whichever of the two ways it was written."""
    if "unit_amount" in params:
        refuse_unless("unit_amount_decimal" not in params, ONE_AMOUNT, param="unit_amount_decimal")
        return int(params["unit_amount"])
    if "unit_amount_decimal" not in params:
        raise required("unit_amount")
    whole = WHOLE.fullmatch(params["unit_amount_decimal"])
    refuse_unless(whole, "The simulator's prices are whole minor units.", param="unit_amount_decimal")
    return AMOUNT(whole[1] if whole else "", "unit_amount_decimal")  # type: ignore[no-any-return]


WHOLE: Final = re.compile(r"([0-9]+)(\.0+)?")
ONE_AMOUNT: Final = "You may only specify one of these parameters: unit_amount, unit_amount_decimal."


@operation("POST", "/v1/prices", PRICE, needs=("currency",))
def create(sim: Simulator, call: Call) -> Json:
    params = call.params
    amount = _amount(params)
    if not params.get("product") and not params.get("product_data"):
        raise required("product")
    if params.get("product"):
        product = found(sim.store.products, params["product"], "product")["id"]
    else:
        product = new_product(sim, params["product_data"]["name"])["id"]
    recurring = params.get("recurring") or {}
    given = plain(params, "nickname", "lookup_key", "active", "tax_behavior")
    given["metadata"] = merged({}, params.get("metadata"))
    return new_price(
        sim,
        product,
        amount,
        params["currency"],
        recurring.get("interval"),
        recurring.get("interval_count", 1),
        **given,
    )


@operation("GET", "/v1/prices/{price}")
def retrieve(sim: Simulator, call: Call) -> Json:
    return found(sim.store.prices, call.id)


@operation("POST", "/v1/prices/{price}", {"active": flag, "nickname": text, "metadata": mapping, "lookup_key": text})
def update(sim: Simulator, call: Call) -> Json:
    price = found(sim.store.prices, call.id)
    fields = plain(call.params, "active", "nickname", "lookup_key")
    change(sim, "price.updated", price, fields | {"metadata": merged(price["metadata"], call.params.get("metadata"))})
    return price


@operation(
    "GET",
    "/v1/prices",
    {
        **PAGED,
        "active": flag,
        "product": text,
        "currency": currency,
        "type": one_of("recurring", "one_time"),
        "lookup_keys": listed(text),
        "recurring": shape({"interval": text, "meter": text, "usage_type": text}),
    },
)
def list_all(sim: Simulator, call: Call) -> Json:
    keys = call.params.get("lookup_keys")
    interval = (call.params.get("recurring") or {}).get("interval")

    def wanted(row: Json) -> bool:
        fits = not interval or (row["recurring"] or {}).get("interval") == interval
        return fits and (not keys or row["lookup_key"] in keys)

    return page(sim.store.prices, call.params, "/v1/prices", ("active", "product", "currency", "type"), wanted)
