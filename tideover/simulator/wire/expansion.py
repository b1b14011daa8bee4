"""Expansion: `expand[]=data.payments.data.payment.payment_intent` puts objects where ids stand, on copies."""

from __future__ import annotations

from typing import Any

from tideover.simulator.account.store import Collection, Json
from tideover.simulator.account.world import Simulator
from tideover.simulator.wire.errors import invalid
from tideover.simulator.wire.listing import envelope

DEPTH = 4  # Stripe expands at most four levels


def expanded(sim: Simulator, thing: Json, paths: list[str]) -> Json:
    """A copy of `thing` with every path expanded; the stored object stays as it is."""
    for path in paths:
        steps = path.split(".")
        if len([step for step in steps if step != "data"]) > DEPTH:
            raise invalid(f"You cannot expand more than {DEPTH} levels of a property: {path}", param="expand")
        thing = _follow(sim, thing, steps, path)
    return thing


def _follow(sim: Simulator, thing: Json, steps: list[str], path: str) -> Json:
    name, rest = steps[0], steps[1:]
    value = thing.get(name)
    if value is None and (thing.get("object"), name) in HIDDEN:
        value = HIDDEN[thing["object"], name](sim, thing)
    elif isinstance(value, str) and (collection := _home(sim, thing, name)) is not None:
        value = collection.get(value) or value
    elif name not in thing:
        raise invalid(f"This property cannot be expanded ({path}).", param="expand")
    return {**thing, name: _deeper(sim, value, rest, path)}


def _deeper(sim: Simulator, value: Any, rest: list[str], path: str) -> Any:  # noqa: ANN401 - any JSON value
    if not rest:
        return value
    if isinstance(value, list):
        return [_deeper(sim, element, rest, path) for element in value]
    return _follow(sim, value, rest, path) if isinstance(value, dict) else value


def _home(sim: Simulator, thing: Json, name: str) -> Collection | None:
    """The collection in which the id of a field lives."""
    store = sim.store
    homes = {
        "customer": store.customers,
        "payment_method": store.payment_methods,
        "default_payment_method": store.payment_methods,
        "payment_intent": store.payment_intents,
        "setup_intent": store.setup_intents,
        "latest_charge": store.charges,
        "charge": store.charges,
        "invoice": store.invoices,
        "latest_invoice": store.invoices,
        "subscription": store.subscriptions,
        "product": store.products,
        "default_price": store.prices,
        "price": store.prices,
        "mandate": store.mandates,
        "test_clock": store.test_clocks,
    }
    return None if thing.get("object") == "charge" and name == "payment_method" else homes.get(name)


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


def _nothing(_sim: Simulator, _thing: Json) -> None:
    return None


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
