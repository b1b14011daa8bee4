"""Expansion: `expand[]=data.payments.data.payment.payment_intent` puts objects where ids stand, on copies.

Sources: https://docs.stripe.com/api/expanding_objects. That a path is checked before anything is done is not
confirmed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from tideover.simulator.account.store import Collection, Json
from tideover.simulator.account.world import Simulator
from tideover.simulator.wire.errors import StripeError, invalid
from tideover.simulator.wire.listing import envelope

DEPTH: Final = 4  # Stripe expands at most four levels

# What may be expanded in each kind of object, and the kind it becomes; "" for what leads no further. A place inside a
# part of the object has a dot in its name. Lists are walked through by "data".
EXPANDABLE: Final[Mapping[str, Mapping[str, str]]] = {
    "billing_portal.session": {"configuration": "billing_portal.configuration"},
    "charge": {"customer": "customer", "payment_intent": "payment_intent", "refunds": "refund"},
    "checkout.session": {"customer": "customer", "invoice": "invoice", "subscription": "subscription"},
    "credit_note": {"customer": "customer", "invoice": "invoice"},
    "customer": {
        "invoice_settings.default_payment_method": "payment_method",
        "sources": "",
        "subscriptions": "subscription",
        "tax": "",
        "test_clock": "test_helpers.test_clock",
    },
    "customer_session": {"customer": "customer"},
    "discount": {"customer": "customer", "promotion_code": "promotion_code", "source.coupon": "coupon"},
    "dispute": {"charge": "charge", "payment_intent": "payment_intent"},
    "invoice": {
        "confirmation_secret": "",
        "customer": "customer",
        "default_payment_method": "payment_method",
        "discounts": "discount",
        "lines": "line_item",
        "parent.subscription_details.subscription": "subscription",
        "payments": "invoice_payment",
        "test_clock": "test_helpers.test_clock",
    },
    "invoice_payment": {"invoice": "invoice", "payment.payment_intent": "payment_intent"},
    "invoiceitem": {
        "customer": "customer",
        "invoice": "invoice",
        "pricing.price_details.price": "price",
        "test_clock": "test_helpers.test_clock",
    },
    "line_item": {"pricing.price_details.price": "price", "subscription": "subscription"},
    "mandate": {"payment_method": "payment_method"},
    "payment_intent": {"customer": "customer", "latest_charge": "charge", "payment_method": "payment_method"},
    "payment_method": {"customer": "customer"},
    "price": {"product": "product"},
    "product": {"default_price": "price"},
    "promotion_code": {"customer": "customer", "promotion.coupon": "coupon"},
    "refund": {"charge": "charge", "payment_intent": "payment_intent"},
    "setup_attempt": {"customer": "customer", "payment_method": "payment_method", "setup_intent": "setup_intent"},
    "setup_intent": {
        "customer": "customer",
        "latest_attempt": "setup_attempt",
        "mandate": "mandate",
        "payment_method": "payment_method",
    },
    "subscription": {
        "customer": "customer",
        "default_payment_method": "payment_method",
        "discounts": "discount",
        "items": "subscription_item",
        "latest_invoice": "invoice",
        "schedule": "subscription_schedule",
        "test_clock": "test_helpers.test_clock",
    },
    "subscription_item": {"price": "price"},
    "subscription_schedule": {
        "customer": "customer",
        "phases.items.price": "price",
        "subscription": "subscription",
        "test_clock": "test_helpers.test_clock",
    },
}
LISTS: Final = frozenset({"refunds", "subscriptions", "lines", "payments", "items"})


def check(kind: str, paths: list[str], *, listed: bool) -> list[str]:
    """The kinds of objects that are shown along the paths, beginning at `kind`, which is what is answered.

    Raises Stripe's refusal of a path that leads nowhere, before anything is done.
    """
    shown: list[str] = []
    for path in paths:
        steps = path.split(".")
        if len([step for step in steps if step != "data"]) > DEPTH:
            raise invalid(f"You cannot expand more than {DEPTH} levels of a property: {path}", param="expand")
        if listed and steps[0] != "data":
            raise _nowhere(path)
        shown += _check(kind, steps[1:] if listed else steps, path)
    return shown


def _check(kind: str, steps: list[str], path: str) -> list[str]:
    shown = []
    while steps:
        place, kind, steps = _next(kind, steps, path)
        shown.append(kind)
        if place in LISTS and steps:
            if steps[0] != "data":
                raise _nowhere(path)
            steps = steps[1:]
    return shown


def _next(kind: str, steps: list[str], path: str) -> tuple[str, str, list[str]]:
    """The place the first steps name, the kind of object that stands there, and the steps that are left."""
    for place, target in EXPANDABLE.get(kind, {}).items():
        length = place.count(".") + 1
        if steps[:length] == place.split("."):
            return place, target, steps[length:]
    raise _nowhere(path)


def _nowhere(path: str) -> StripeError:
    return invalid(f"This property cannot be expanded ({path}).", param="expand")


def expanded(sim: Simulator, thing: Json, paths: list[str]) -> Json:
    """A copy of `thing` with every path expanded, all of them checked before; the stored object stays as it is."""
    for path in paths if not thing.get("deleted") else ():
        thing = _follow(sim, thing, path.split("."), str(thing.get("object")))
    return thing


def _follow(sim: Simulator, thing: Json, steps: list[str], place: str) -> Json:
    """`place` is the object's kind and, inside a part of it, the way there: "invoice.parent"."""
    name, rest = steps[0], steps[1:]
    value, here = thing.get(name), f"{place}.{name}"
    if value is None and (place, name) in HIDDEN:
        value = HIDDEN[place, name](sim, thing)
    elif isinstance(value, str):
        value = _found(_home(sim, here), value)
    elif isinstance(value, list):
        value = [_found(_home(sim, here), each) if isinstance(each, str) else each for each in value]
    return {**thing, name: _deeper(sim, value, rest, here)} if name in thing or value is not None else thing


def _found(home: Collection, key: str) -> Any:  # noqa: ANN401 - an object, or the id as it is
    """What stands behind an id: of a deleted thing its id and that it was deleted."""
    if key in home or not home.knows(key):
        return home.get(key) or key
    return {"id": key, "object": home.kind, "deleted": True}


def _deeper(sim: Simulator, value: Any, rest: list[str], place: str) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(value, list):
        return [_deeper(sim, element, rest, place) for element in value]
    if not rest or not isinstance(value, dict):
        return value
    return _follow(sim, value, rest, str(value.get("object", place)))


def _home(sim: Simulator, place: str) -> Collection:
    """The collection in which the ids at a place live."""
    kind, inside = next((kind, place[len(kind) + 1 :]) for kind in EXPANDABLE if place.startswith(f"{kind}."))
    return sim.store.of_kind(EXPANDABLE[kind][inside])


def _payments(sim: Simulator, invoice: Json) -> Json:
    rows = sim.store.invoice_payments.of("invoice", invoice["id"])
    return envelope(reversed(rows), f"/v1/invoices/{invoice['id']}/payments")


def _confirmation_secret(sim: Simulator, invoice: Json) -> Json | None:
    for payment in sim.store.invoice_payments.of("invoice", invoice["id"]):
        intent = sim.store.payment_intents.get(payment["payment"].get("payment_intent"))
        if payment["is_default"] and intent:
            return {"client_secret": intent["client_secret"], "type": "payment_intent"}
    return None


def _subscriptions(sim: Simulator, customer: Json) -> Json:
    rows = [row for row in sim.store.subscriptions.of("customer", customer["id"]) if row["status"] != "canceled"]
    return envelope(reversed(rows), f"/v1/customers/{customer['id']}/subscriptions")


def _refunds(sim: Simulator, charge: Json) -> Json:
    return envelope(reversed(sim.store.refunds.of("charge", charge["id"])), f"/v1/charges/{charge['id']}/refunds")


def _no_tax(_sim: Simulator, _customer: Json) -> Json:
    return {"automatic_tax": "not_collecting", "ip_address": None, "location": None, "provider": "stripe"}


def _empty(_sim: Simulator, customer: Json) -> Json:
    return envelope((), f"/v1/customers/{customer['id']}/sources")


# What is in an object only when asked for.
HIDDEN = {
    ("invoice", "payments"): _payments,
    ("invoice", "confirmation_secret"): _confirmation_secret,
    ("customer", "subscriptions"): _subscriptions,
    ("customer", "tax"): _no_tax,
    ("customer", "sources"): _empty,
    ("charge", "refunds"): _refunds,
}
