"""Coupons: so much or so many percent off, once, for some months or for ever.

Sources: https://docs.stripe.com/api/coupons/object, https://docs.stripe.com/api/coupons/delete (who has redeemed one
keeps the discount), https://docs.stripe.com/error-codes (coupon_expired).
"""

from __future__ import annotations

from tideover.simulator.account.store import Json
from tideover.simulator.account.world import Simulator
from tideover.simulator.api.catalog.making import AMOUNT
from tideover.simulator.wire.changes import change, found, merged, plain, refuse_unless, tell
from tideover.simulator.wire.errors import required
from tideover.simulator.wire.forms import between, instant, listed, mapping, one_of, shape, text, up_to
from tideover.simulator.wire.listing import page
from tideover.simulator.wire.operations import PAGED, Call, operation
from tideover.simulator.wire.texts import currency, percent

MOST_MONTHS = 1200
NAME = up_to(40)
COUPON = {
    "id": up_to(200),
    "amount_off": AMOUNT,
    "applies_to": shape({"products": listed(text)}),
    "currency": currency,
    "duration": one_of("forever", "once", "repeating"),
    "duration_in_months": between(1, MOST_MONTHS),
    "max_redemptions": between(1),
    "metadata": mapping,
    "name": NAME,
    "percent_off": percent,
    "redeem_by": instant,
}


@operation("POST", "/v1/coupons", COUPON)
def create(sim: Simulator, call: Call) -> Json:
    params = call.params
    _check(sim, params)
    share, duration = params.get("percent_off"), params.get("duration", "once")
    coupon: Json = {
        "id": params.get("id") or sim.ids.letters(8),
        "object": "coupon",
        "amount_off": params.get("amount_off"),
        "applies_to": params.get("applies_to") or None,
        "created": sim.now(),
        "currency": None if share else params["currency"],
        "duration": duration,
        "duration_in_months": params.get("duration_in_months"),
        "livemode": False,
        "max_redemptions": params.get("max_redemptions"),
        "metadata": merged({}, params.get("metadata")),
        "name": params.get("name") or None,
        "percent_off": share,
        "redeem_by": params.get("redeem_by"),
        "times_redeemed": 0,
        "valid": True,
    }
    sim.store.coupons.add(coupon)
    tell(sim, "coupon.created", coupon)
    return coupon


def _check(sim: Simulator, params: Json) -> None:
    share, off = params.get("percent_off"), params.get("amount_off")
    refuse_unless(
        (share is None) != (off is None), "A coupon has either a percent_off or an amount_off.", param="percent_off"
    )
    refuse_unless(share is None or share > 0, "The percent_off must be greater than 0.", param="percent_off")
    refuse_unless(off is None or off > 0, "The amount_off must be greater than 0.", param="amount_off")
    if off is not None and "currency" not in params:
        raise required("currency")
    repeats = params.get("duration") == "repeating"
    if repeats and "duration_in_months" not in params:
        raise required("duration_in_months")
    refuse_unless(
        repeats or "duration_in_months" not in params,
        "Only a repeating coupon has a duration_in_months.",
        param="duration_in_months",
    )
    refuse_unless(
        params.get("redeem_by", sim.now() + 1) > sim.now(), "The redeem_by must be in the future.", param="redeem_by"
    )
    refuse_unless(
        params.get("id") not in sim.store.coupons, "Coupon already exists.", "resource_already_exists", param="id"
    )


def seen(sim: Simulator, coupon: Json) -> Json:
    """A coupon, saying whether it can be redeemed now."""
    most, until = coupon["max_redemptions"], coupon["redeem_by"]
    used_up = most is not None and coupon["times_redeemed"] >= most
    coupon["valid"] = not used_up and (until is None or sim.now() < until)
    return coupon


@operation("GET", "/v1/coupons/{coupon}")
def retrieve(sim: Simulator, call: Call) -> Json:
    return seen(sim, found(sim.store.coupons, call.id))


@operation("POST", "/v1/coupons/{coupon}", {"name": NAME, "metadata": mapping})
def update(sim: Simulator, call: Call) -> Json:
    coupon = found(sim.store.coupons, call.id)
    fields = plain(call.params, "name") | {"metadata": merged(coupon["metadata"], call.params.get("metadata"))}
    change(sim, "coupon.updated", coupon, fields)
    return seen(sim, coupon)


@operation("DELETE", "/v1/coupons/{coupon}")
def delete(sim: Simulator, call: Call) -> Json:
    coupon = found(sim.store.coupons, call.id)
    sim.store.coupons.remove(call.id)
    tell(sim, "coupon.deleted", coupon)
    return {"id": call.id, "object": "coupon", "deleted": True}


@operation("GET", "/v1/coupons", PAGED)
def list_all(sim: Simulator, call: Call) -> Json:
    answer = page(sim.store.coupons, call.params, "/v1/coupons")
    return {**answer, "data": [seen(sim, coupon) for coupon in answer["data"]]}
