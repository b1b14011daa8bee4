"""Promotion codes: the words customers type to redeem a coupon, for whom and until when.

Sources: https://docs.stripe.com/api/promotion_codes/object, https://docs.stripe.com/api/promotion_codes/create.
"""

from __future__ import annotations

import re
from typing import Final

from tideover.simulator.account.store import Json
from tideover.simulator.account.world import Simulator
from tideover.simulator.wire.changes import change, found, merged, plain, refuse_unless, tell
from tideover.simulator.wire.errors import required
from tideover.simulator.wire.forms import between, flag, instant, mapping, one_of, shape, text, up_to
from tideover.simulator.wire.listing import page
from tideover.simulator.wire.operations import PAGED, Call, operation
from tideover.simulator.wire.texts import currency

CODE: Final = re.compile("[A-Za-z0-9-]*")
RESTRICTIONS = shape(
    {"first_time_transaction": flag, "minimum_amount": between(1), "minimum_amount_currency": currency}
)


@operation(
    "POST",
    "/v1/promotion_codes",
    {
        "promotion": shape({"type": one_of("coupon"), "coupon": text}, needs=("type",)),
        "code": up_to(500),
        "active": flag,
        "customer": text,
        "expires_at": instant,
        "max_redemptions": between(1),
        "metadata": mapping,
        "restrictions": RESTRICTIONS,
    },
    needs=("promotion",),
)
def create(sim: Simulator, call: Call) -> Json:
    params = call.params
    key, limits = params["promotion"].get("coupon"), params.get("restrictions") or {}
    _check(sim, params, limits)
    promotion: Json = {
        "id": sim.ids.new("promo"),
        "object": "promotion_code",
        "active": params.get("active", True),
        "code": params.get("code") or sim.ids.letters(8).upper(),
        "created": sim.now(),
        "customer": params.get("customer") or None,
        "customer_account": None,
        "expires_at": params.get("expires_at"),
        "livemode": False,
        "max_redemptions": params.get("max_redemptions"),
        "metadata": merged({}, params.get("metadata")),
        "promotion": {"coupon": key, "type": "coupon"},
        "restrictions": {
            "first_time_transaction": limits.get("first_time_transaction", False),
            "minimum_amount": limits.get("minimum_amount"),
            "minimum_amount_currency": limits.get("minimum_amount_currency"),
        },
        "times_redeemed": 0,
    }
    sim.store.promotion_codes.add(promotion)
    tell(sim, "promotion_code.created", promotion)
    return promotion


def _check(sim: Simulator, params: Json, limits: Json) -> None:
    key, code = params["promotion"].get("coupon"), params.get("code", "")
    if not key:
        raise required("promotion[coupon]")
    found(sim.store.coupons, key, "promotion[coupon]")
    if params.get("customer"):
        found(sim.store.customers, params["customer"], "customer")
    refuse_unless(CODE.fullmatch(code), "A promotion code is made of letters, digits and dashes.", param="code")
    alike = [row for row in sim.store.promotion_codes if row["active"] and row["code"].lower() == code.lower()]
    refuse_unless(not alike, f"An active promotion code with `code: {code}` already exists.", param="code")
    refuse_unless(
        ("minimum_amount" in limits) == ("minimum_amount_currency" in limits),
        "A minimum_amount comes with its minimum_amount_currency.",
        param="restrictions[minimum_amount_currency]",
    )
    refuse_unless(
        params.get("expires_at", sim.now() + 1) > sim.now(), "The expires_at must be in the future.", param="expires_at"
    )


@operation("GET", "/v1/promotion_codes/{promotion_code}")
def retrieve(sim: Simulator, call: Call) -> Json:
    return found(sim.store.promotion_codes, call.id)


@operation("POST", "/v1/promotion_codes/{promotion_code}", {"active": flag, "metadata": mapping})
def update(sim: Simulator, call: Call) -> Json:
    promotion = found(sim.store.promotion_codes, call.id)
    fields = plain(call.params, "active") | {"metadata": merged(promotion["metadata"], call.params.get("metadata"))}
    change(sim, "promotion_code.updated", promotion, fields)
    return promotion


@operation("GET", "/v1/promotion_codes", {**PAGED, "active": flag, "code": text, "coupon": text, "customer": text})
def list_all(sim: Simulator, call: Call) -> Json:
    code, coupon = call.params.get("code"), call.params.get("coupon")

    def wanted(row: Json) -> bool:
        same = code is None or row["code"].lower() == code.lower()
        return same and (coupon is None or row["promotion"]["coupon"] == coupon)

    return page(sim.store.promotion_codes, call.params, "/v1/promotion_codes", ("active", "customer"), wanted)
