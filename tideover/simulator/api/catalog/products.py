"""Products.

Sources: https://docs.stripe.com/api/products/object.
"""

from __future__ import annotations

from tideover.simulator.account.store import Json
from tideover.simulator.account.world import Simulator
from tideover.simulator.api.catalog.making import AMOUNT, RECURRING, amount_of, new_price, new_product
from tideover.simulator.wire.changes import change, found, merged, plain
from tideover.simulator.wire.errors import empty
from tideover.simulator.wire.forms import flag, listed, mapping, shape, text, up_to
from tideover.simulator.wire.listing import page
from tideover.simulator.wire.operations import PAGED, Call, operation
from tideover.simulator.wire.texts import currency

PRODUCT = {
    "name": text,
    "description": up_to(40_000),
    "active": flag,
    "metadata": mapping,
    "images": listed(text, most=8),
    "statement_descriptor": up_to(22),
    "unit_label": up_to(12),
    "url": text,
    "tax_code": text,
}


FIRST_PRICE = shape(
    {
        "currency": currency,
        "unit_amount": AMOUNT,
        "unit_amount_decimal": text,
        "recurring": RECURRING,
        "metadata": mapping,
    },
    needs=("currency",),
)


@operation("POST", "/v1/products", {**PRODUCT, "default_price_data": FIRST_PRICE}, needs=("name",))
def create(sim: Simulator, call: Call) -> Json:
    given, terms = plain(call.params, *PRODUCT), call.params.get("default_price_data")
    amount = amount_of(terms, "default_price_data") if terms else 0
    product = new_product(sim, given.pop("name"), **given)
    if terms:
        each = terms.get("recurring") or {}
        interval, count = each.get("interval"), each.get("interval_count", 1)
        metadata = merged({}, terms.get("metadata"))
        price = new_price(sim, product["id"], amount, terms["currency"], interval, count, metadata=metadata)
        product["default_price"] = price["id"]
    return product


@operation("GET", "/v1/products/{product}")
def retrieve(sim: Simulator, call: Call) -> Json:
    return found(sim.store.products, call.id)


@operation("POST", "/v1/products/{product}", {**PRODUCT, "default_price": text})
def update(sim: Simulator, call: Call) -> Json:
    product = found(sim.store.products, call.id)
    if call.params.get("name") == "":
        raise empty("name")
    fields = plain(call.params, *PRODUCT, "default_price")
    fields["metadata"] = merged(product["metadata"], call.params.get("metadata"))
    change(sim, "product.updated", product, fields)
    return product


@operation("GET", "/v1/products", {**PAGED, "active": flag, "ids": listed(text), "url": text})
def list_all(sim: Simulator, call: Call) -> Json:
    ids = call.params.get("ids")
    return page(
        sim.store.products, call.params, "/v1/products", ("active", "url"), lambda row: not ids or row["id"] in ids
    )
