"""Prices: what a product costs, once or each period.

Sources: https://docs.stripe.com/api/prices/object, https://docs.stripe.com/api/prices/create (three years at most).
"""

from __future__ import annotations

from tideover.simulator.account.store import Json
from tideover.simulator.account.world import Simulator
from tideover.simulator.api.catalog.making import AMOUNT, RECURRING, amount_of, new_price, new_product
from tideover.simulator.wire.changes import change, found, merged, plain
from tideover.simulator.wire.errors import required
from tideover.simulator.wire.forms import flag, listed, mapping, one_of, shape, text, up_to
from tideover.simulator.wire.listing import page
from tideover.simulator.wire.operations import PAGED, Call, operation
from tideover.simulator.wire.texts import currency

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


@operation("POST", "/v1/prices", PRICE, needs=("currency",))
def create(sim: Simulator, call: Call) -> Json:
    params = call.params
    amount = amount_of(params)
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
