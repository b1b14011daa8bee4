"""Products.

Sources: https://docs.stripe.com/api/products/object.
"""

from __future__ import annotations

from typing import Any

from tideover.simulator.account.store import Json
from tideover.simulator.account.world import Simulator
from tideover.simulator.wire.changes import change, found, merged, plain, tell
from tideover.simulator.wire.errors import empty
from tideover.simulator.wire.forms import flag, listed, mapping, text, up_to
from tideover.simulator.wire.listing import page
from tideover.simulator.wire.operations import PAGED, Call, operation

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


def new_product(sim: Simulator, name: str, **given: Any) -> Json:  # noqa: ANN401 - Stripe's own fields
    """A product; `given` are further fields of it."""
    now = sim.now()
    product: Json = {
        "id": sim.ids.new("prod", 14),
        "object": "product",
        "active": True,
        "created": now,
        "default_price": None,
        "description": None,
        "images": [],
        "livemode": False,
        "marketing_features": [],
        "metadata": {},
        "name": name,
        "package_dimensions": None,
        "shippable": None,
        "statement_descriptor": None,
        "tax_code": None,
        "type": "service",
        "unit_label": None,
        "updated": now,
        "url": None,
    }
    sim.store.products.add(product | given)
    tell(sim, "product.created", sim.store.products[product["id"]])
    return sim.store.products[product["id"]]


@operation("POST", "/v1/products", PRODUCT, needs=("name",))
def create(sim: Simulator, call: Call) -> Json:
    given = plain(call.params, *PRODUCT)
    return new_product(sim, given.pop("name"), **given)


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
