"""Subscription items over HTTP: one position of a subscription is read, added, changed or taken off.

Sources: https://docs.stripe.com/api/subscription_items. Nothing is prorated: a change counts from the next period on,
whatever `proration_behavior` says.
"""

from __future__ import annotations

from tideover.simulator.account.store import Json
from tideover.simulator.account.world import Simulator
from tideover.simulator.api.billing.renewing import plan_renewal
from tideover.simulator.api.billing.standing import OVER
from tideover.simulator.api.billing.subscription_items import (
    PRICE_DATA,
    PRORATION,
    changed_items,
    check_item,
    wanted_items,
)
from tideover.simulator.wire.changes import change, found, refuse_unless
from tideover.simulator.wire.errors import missing
from tideover.simulator.wire.forms import between, flag, instant, mapping, one_of, text
from tideover.simulator.wire.listing import part
from tideover.simulator.wire.operations import CURSORS, Call, operation

HOW = {
    "proration_behavior": PRORATION,
    "proration_date": instant,
    "payment_behavior": one_of(
        "allow_incomplete", "default_incomplete", "error_if_incomplete", "pending_if_incomplete"
    ),
}
POSITION = {"price": text, "price_data": PRICE_DATA, "quantity": between(0), "metadata": mapping}
PARTS = frozenset(POSITION)


@operation("POST", "/v1/subscription_items", {**POSITION, **HOW, "subscription": text}, needs=("subscription",))
def create(sim: Simulator, call: Call) -> Json:
    subscription = found(sim.store.subscriptions, call.params["subscription"], "subscription")
    row = {name: value for name, value in call.params.items() if name in PARTS}
    _refuse_over(subscription)
    check_item(sim, row, "")
    return _changed(sim, subscription, row)[-1]


@operation("GET", "/v1/subscription_items/{item}")
def retrieve(sim: Simulator, call: Call) -> Json:
    return _item(_subscription_of(sim, call.id), call.id)


@operation("POST", "/v1/subscription_items/{item}", {**POSITION, **HOW, "off_session": flag})
def update(sim: Simulator, call: Call) -> Json:
    subscription = _subscription_of(sim, call.id)
    row = {name: value for name, value in call.params.items() if name in PARTS}
    _refuse_over(subscription)
    check_item(sim, {"price": _item(subscription, call.id)["price"]["id"], **row}, "")
    _changed(sim, subscription, {"id": call.id, **row})
    return _item(subscription, call.id)


@operation("DELETE", "/v1/subscription_items/{item}", {**HOW, "clear_usage": flag})
def delete(sim: Simulator, call: Call) -> Json:
    subscription = _subscription_of(sim, call.id)
    _refuse_over(subscription)
    _changed(sim, subscription, {"id": call.id, "deleted": True})
    return {"id": call.id, "object": "subscription_item", "deleted": True}


@operation("GET", "/v1/subscription_items", {**CURSORS, "subscription": text}, needs=("subscription",))
def list_all(sim: Simulator, call: Call) -> Json:
    subscription = found(sim.store.subscriptions, call.params["subscription"], "subscription")
    rows = subscription["items"]["data"]
    return part(rows, call.params, "subscription_item", f"/v1/subscription_items?subscription={subscription['id']}")


def _subscription_of(sim: Simulator, key: str) -> Json:
    """The subscription that has this position now."""
    known = sim.store.subscription_items.get(key)
    subscription = sim.store.subscriptions.get(known["subscription"]) if known else None
    if subscription is None or not any(item["id"] == key for item in subscription["items"]["data"]):
        raise missing("subscription_item", key)
    return subscription


def _item(subscription: Json, key: str) -> Json:
    return next(item for item in subscription["items"]["data"] if item["id"] == key)


def _refuse_over(subscription: Json) -> None:
    refuse_unless(subscription["status"] not in OVER, "The items of a canceled subscription cannot be changed.")


def _changed(sim: Simulator, subscription: Json, row: Json) -> list[Json]:
    """The subscription's positions after one of them was changed."""
    wanted = wanted_items(sim, subscription, [row])
    fields = {"items": changed_items(sim, subscription, wanted)}
    change(sim, "customer.subscription.updated", subscription, fields)
    plan_renewal(sim, subscription)
    rows: list[Json] = subscription["items"]["data"]
    return rows
