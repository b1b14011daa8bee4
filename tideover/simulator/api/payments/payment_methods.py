"""Payment methods: attaching, detaching, and the bank's consent to keep one.

Sources: https://docs.stripe.com/api/payment_methods/attach, https://docs.stripe.com/api/payment_methods/detach. That
a test token may stand wherever a method's id may is so in Stripe's examples, but not confirmed for each operation.
"""

from __future__ import annotations

from tideover.simulator.account import debits
from tideover.simulator.account.issuer import Ask
from tideover.simulator.account.store import Json
from tideover.simulator.account.world import Simulator
from tideover.simulator.api.payments.method_kinds import (
    BILLING,
    MADE_OF,
    TYPES,
    expiry_of,
    from_details,
    from_token,
    is_token,
)
from tideover.simulator.wire.changes import change, found, merged, now_of, refuse_unless, tell
from tideover.simulator.wire.errors import card_error, invalid, missing
from tideover.simulator.wire.forms import anything, integer, mapping, one_of, shape, text
from tideover.simulator.wire.listing import page
from tideover.simulator.wire.operations import CURSORS, Call, operation


def resolved(sim: Simulator, key: str, param: str | None = "payment_method") -> Json:
    """The payment method of an id, or a fresh one from a test token; `param` as for `found`."""
    known = sim.store.payment_methods.get(key)
    return known or from_token(sim, key) or found(sim.store.payment_methods, key, param)


def kind_of(sim: Simulator, key: str) -> str:
    """The kind of the payment method of an id or a test token."""
    known, account = sim.store.payment_methods.get(key), debits.named(key)
    return str(known["type"]) if known else account.kind if account else "card"


def owned(sim: Simulator, key: str, customer: str | None) -> Json:
    """A payment method the customer may be charged on; test tokens are attached on the way."""
    check_owned(sim, key, customer)
    fresh = key not in sim.store.payment_methods
    method = resolved(sim, key)
    return attach(sim, method, customer) if fresh and customer else method


def check_owned(sim: Simulator, key: str, customer: str | None) -> None:
    """Raise the refusal of a payment method that is neither the customer's nor a test token to be attached."""
    method = sim.store.payment_methods.get(key)
    if method is None and not is_token(key):
        raise missing("payment_method", key, "payment_method")
    if method and method["customer"] != customer:
        raise invalid(
            f"The customer does not have a payment method with the ID {key}. The payment method must be attached to "
            "the customer.",
            param="payment_method",
            code="resource_missing",
        )


def attachable(sim: Simulator, method: Json) -> Json:
    """A payment method that is nobody's and whose bank lets it be kept; raises the refusal otherwise."""
    refuse_unless(
        method["customer"] is None, "The payment method you provided has already been attached to a customer."
    )
    verdict = sim.issuer.authorize(ask_setup(sim, method, None, authenticated=False))
    if verdict.outcome == "declined":
        raise card_error(verdict, {"payment_method": method})
    return method


def attach(sim: Simulator, method: Json, customer: str) -> Json:
    """Give a payment method to a customer; cards whose bank refuses set-ups are refused here, as at Stripe."""
    found(sim.store.customers, customer, "customer")
    refuse_unless(
        method["customer"] in {None, customer},
        "The payment method you provided has already been attached to a customer.",
    )
    if method["customer"] == customer:
        return method
    verdict = sim.issuer.authorize(ask_setup(sim, method, customer, authenticated=False))
    if verdict.outcome == "declined":
        raise card_error(verdict, {"payment_method": method})
    return adopt(sim, method, customer)


def adopt(sim: Simulator, method: Json, customer: str) -> Json:
    """Attach without asking the bank (it has just answered)."""
    sim.store.payment_methods.change(method, "customer", customer)
    tell(sim, "payment_method.attached", method)
    return method


def ask_setup(sim: Simulator, method: Json, customer: str | None, *, authenticated: bool) -> Ask:
    """The question whether a card may be kept for later charges."""
    card = method.get("card") or {}
    return Ask(
        at=now_of(sim, {"customer": customer}),
        payment_method=method["id"],
        customer=customer,
        amount=0,
        currency="usd",
        by="customer",
        off_session=False,
        authenticated=authenticated,
        purpose="setup",
        fingerprint=card.get("fingerprint"),
        brand=card.get("brand"),
        exp_month=card.get("exp_month", 12),
        exp_year=card.get("exp_year", 2099),
    )


@operation("POST", "/v1/payment_methods", MADE_OF, needs=("type",), publishable=True)
def create(sim: Simulator, call: Call) -> Json:
    method = from_details(sim, call.params)
    method["metadata"] = merged({}, call.params.get("metadata"))
    method["allow_redisplay"] = call.params.get("allow_redisplay", "unspecified")
    return method


@operation("GET", "/v1/payment_methods/{payment_method}")
def retrieve(sim: Simulator, call: Call) -> Json:
    return found(sim.store.payment_methods, call.id)


@operation("GET", "/v1/customers/{customer}/payment_methods/{payment_method}")
def retrieve_of_customer(sim: Simulator, call: Call) -> Json:
    customer, key = call.ids
    method = found(sim.store.payment_methods, key)
    if method["customer"] != customer:
        raise missing("payment_method", key)
    return method


UPDATE = {
    "billing_details": BILLING,
    "card": shape({"exp_month": integer, "exp_year": integer, "networks": anything}),
    "metadata": mapping,
    "allow_redisplay": one_of("always", "limited", "unspecified"),
}


@operation("POST", "/v1/payment_methods/{payment_method}", UPDATE)
def update(sim: Simulator, call: Call) -> Json:
    method, params = found(sim.store.payment_methods, call.id), call.params
    refuse_unless(method["customer"], "You must attach this PaymentMethod to a customer to update it.")
    fields: Json = {"metadata": merged(method["metadata"], params.get("metadata"))}
    if isinstance(params.get("billing_details"), dict):
        fields["billing_details"] = {**method["billing_details"], **params["billing_details"]}
    if isinstance(params.get("card"), dict):
        refuse_unless("card" in method, "You cannot update the card of a PaymentMethod that is none.", param="card")
        fields["card"] = {**method["card"], **params["card"]}
        fields["card"] |= dict(zip(("exp_month", "exp_year"), expiry_of(fields["card"]), strict=True))
    if "allow_redisplay" in params:
        fields["allow_redisplay"] = params["allow_redisplay"]
    change(sim, "payment_method.updated", method, fields)
    return method


@operation("POST", "/v1/payment_methods/{payment_method}/attach", {"customer": text}, needs=("customer",))
def attach_operation(sim: Simulator, call: Call) -> Json:
    return attach(sim, resolved(sim, call.id, None), call.params["customer"])


@operation("POST", "/v1/payment_methods/{payment_method}/detach")
def detach(sim: Simulator, call: Call) -> Json:
    method = found(sim.store.payment_methods, call.id)
    customer = method["customer"]
    refuse_unless(
        customer, "The payment method you provided is not attached to a customer so detachment is impossible."
    )
    sim.store.payment_methods.change(method, "customer", None)
    _forget_default(sim, method["id"], customer)
    sim.events.record("payment_method.detached", method, {"customer": customer}, at=now_of(sim, {"customer": customer}))
    return method


def _forget_default(sim: Simulator, method: str, customer: str) -> None:
    owner = sim.store.customers.get(customer)
    if owner and owner["invoice_settings"]["default_payment_method"] == method:
        change(
            sim,
            "customer.updated",
            owner,
            {"invoice_settings": {**owner["invoice_settings"], "default_payment_method": None}},
        )
    for subscription in sim.store.subscriptions.of("customer", customer):
        if subscription["default_payment_method"] == method:
            change(sim, "customer.subscription.updated", subscription, {"default_payment_method": None})


KIND = {**CURSORS, "type": one_of(*TYPES), "allow_redisplay": text}


@operation("GET", "/v1/payment_methods", {**KIND, "customer": text})
def list_all(sim: Simulator, call: Call) -> Json:
    return page(sim.store.payment_methods, call.params, "/v1/payment_methods", ("customer", "type"))


@operation("GET", "/v1/customers/{customer}/payment_methods", KIND)
def list_of_customer(sim: Simulator, call: Call) -> Json:
    found(sim.store.customers, call.id)
    params = {**call.params, "customer": call.id}
    return page(sim.store.payment_methods, params, f"/v1/customers/{call.id}/payment_methods", ("customer", "type"))
