"""Products and prices as they begin, whichever request they come with.

Sources: https://docs.stripe.com/api/products/object, https://docs.stripe.com/api/prices/object,
https://docs.stripe.com/api/prices/create (three years at most).
"""

from __future__ import annotations

import re
from typing import Any, Final

from tideover.simulator.account.store import Json
from tideover.simulator.account.world import Simulator
from tideover.simulator.wire.changes import refuse_unless, tell
from tideover.simulator.wire.errors import required
from tideover.simulator.wire.forms import between, inside, one_of, shape

AMOUNT = between(0, 10**12 - 1)
RECURRING = shape(
    {"interval": one_of("day", "week", "month", "year"), "interval_count": between(1, 1095)}, needs=("interval",)
)


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


def amount_of(params: Json, name: str = "") -> int:
    """What a price comes to: whole minor units, whichever way it was written in the parameter `name`."""
    decimal = inside(name, "unit_amount_decimal")
    if "unit_amount" in params:
        refuse_unless("unit_amount_decimal" not in params, ONE_AMOUNT, param=decimal)
        return int(params["unit_amount"])
    if "unit_amount_decimal" not in params:
        raise required(inside(name, "unit_amount"))
    whole = WHOLE.fullmatch(params["unit_amount_decimal"])
    refuse_unless(whole, "The simulator's prices are whole minor units.", param=decimal)
    return AMOUNT(whole[1] if whole else "", decimal)  # type: ignore[no-any-return]


WHOLE: Final = re.compile(r"([0-9]+)(\.0+)?")
ONE_AMOUNT: Final = "You may only specify one of these parameters: unit_amount, unit_amount_decimal."
