"""Customers.

Sources: https://docs.stripe.com/api/customers/object, https://docs.stripe.com/api/customers/delete (its subscriptions
end at once), https://docs.stripe.com/billing/testing/test-clocks/api-advanced-usage (three customers on a clock).
"""

from __future__ import annotations

from collections.abc import Callable

from tideover.simulator.account.store import Json
from tideover.simulator.account.world import Simulator
from tideover.simulator.api.payments.payment_methods import attach, attachable, check_owned, owned, resolved
from tideover.simulator.wire.changes import address, change, found, merged, plain, refuse_unless, tell
from tideover.simulator.wire.forms import ADDRESS, between, integer, listed, mapping, one_of, shape, text, up_to
from tideover.simulator.wire.listing import page
from tideover.simulator.wire.operations import PAGED, Call, operation
from tideover.simulator.wire.texts import email

CUSTOM_FIELDS = listed(shape({"name": up_to(40), "value": up_to(140)}, needs=("name", "value")), most=4)
FIELDS = {
    "name": up_to(256),
    "email": email,
    "phone": up_to(20),
    "description": text,
    "address": ADDRESS,
    "shipping": shape({"address": ADDRESS, "name": text, "phone": text, "carrier": text, "tracking_number": text}),
    "balance": integer,
    "metadata": mapping,
    "preferred_locales": listed(text),
    "invoice_settings": shape({"default_payment_method": text, "custom_fields": CUSTOM_FIELDS, "footer": text}),
    "tax_exempt": one_of("none", "exempt", "reverse", ""),
    "invoice_prefix": up_to(12),
    "next_invoice_sequence": between(1, 10**9),
}
MOST_ON_A_CLOCK = 3
SIMPLE = ("name", "email", "phone", "description", "balance", "tax_exempt", "invoice_prefix", "next_invoice_sequence")


End = Callable[[Simulator, str], None]
ENDING: list[End] = []


def ends_with_customer(function: End) -> End:
    """The function below is called before a customer is deleted, with their id: what is theirs elsewhere ends, too.

    So subscriptions end (`billing/standing.py`) although customers know nothing of billing.
    """
    ENDING.append(function)
    return function


def new_customer(sim: Simulator, params: Json, *, is_account: bool = False) -> Json:
    """A customer from the parameters of POST /v1/customers (typed, as `forms` gives them), or an account as one."""
    clock = params.get("test_clock") or None
    customer: Json = {
        "id": sim.ids.new("acct", 16) if is_account else sim.ids.new("cus", 14),
        "object": "customer",
        "address": address(params.get("address")),
        "balance": 0,
        "created": sim.now(clock),
        "currency": None,
        "default_source": None,
        "delinquent": False,
        "description": None,
        "discount": None,
        "email": None,
        "invoice_prefix": sim.ids.letters(8).upper(),
        "invoice_settings": {
            "custom_fields": None,
            "default_payment_method": None,
            "footer": None,
            "rendering_options": None,
        },
        "livemode": False,
        "metadata": merged({}, params.get("metadata")),
        "name": None,
        "next_invoice_sequence": 1,
        "phone": None,
        "preferred_locales": params.get("preferred_locales", []),
        "shipping": _shipping(params.get("shipping")),
        "tax_exempt": "none",
        "test_clock": clock,
    } | plain(params, *SIMPLE)
    sim.store.customers.add(customer)
    if not is_account:  # an account tells of itself by events of another interface
        tell(sim, "customer.created", customer)
    return customer


def _shipping(given: Json | str | None) -> Json | None:
    if not given or isinstance(given, str):
        return None
    return {**given, "address": address(given.get("address"))}


def living(sim: Simulator, key: str) -> Json:
    """A customer that exists and is not deleted."""
    return found(sim.store.customers, key)


def check_clock(sim: Simulator, clock: str | None) -> None:
    """Raise the refusal of a test clock that is not there or has all its customers."""
    if clock:
        found(sim.store.test_clocks, clock, "test_clock")
        refuse_unless(
            len(sim.store.customers.of("test_clock", clock)) < MOST_ON_A_CLOCK,
            f"A test clock has at most {MOST_ON_A_CLOCK} customers.",
            param="test_clock",
        )


@operation("POST", "/v1/customers", {**FIELDS, "test_clock": text, "payment_method": text})
def create(sim: Simulator, call: Call) -> Json:
    key = call.params.get("payment_method")
    method = attachable(sim, resolved(sim, key)) if key else None
    _check_default(sim, call.params, "", key)
    check_clock(sim, call.params.get("test_clock"))
    customer = new_customer(sim, call.params)
    if method:
        attach(sim, method, customer["id"])
    _set_default(sim, customer, call.params)
    return customer


@operation("GET", "/v1/customers/{customer}")
def retrieve(sim: Simulator, call: Call) -> Json:
    if call.id not in sim.store.customers and sim.store.customers.knows(call.id):
        return {"id": call.id, "object": "customer", "deleted": True}
    return living(sim, call.id)


@operation("POST", "/v1/customers/{customer}", FIELDS)
def update(sim: Simulator, call: Call) -> Json:
    customer, params = living(sim, call.id), call.params
    _check_default(sim, params, customer["id"])
    fields = plain(params, *SIMPLE, "preferred_locales")
    fields["metadata"] = merged(customer["metadata"], params.get("metadata"))
    if "address" in params:
        fields["address"] = address(params["address"])
    if "shipping" in params:
        fields["shipping"] = _shipping(params["shipping"])
    change(sim, "customer.updated", customer, fields)
    _set_default(sim, customer, params)
    return customer


def _check_default(sim: Simulator, params: Json, customer: str, fresh: str | None = None) -> None:
    """Raise the refusal of a default that is not the customer's ("": they come only now); `fresh` will be theirs."""
    key = (params.get("invoice_settings") or {}).get("default_payment_method")
    if key and key != fresh:
        check_owned(sim, key, customer)


def _set_default(sim: Simulator, customer: Json, params: Json) -> None:
    settings = params.get("invoice_settings")
    if not isinstance(settings, dict):
        return
    fields = plain(settings, "default_payment_method", "footer")
    if "custom_fields" in settings:
        fields["custom_fields"] = settings["custom_fields"] or None
    if method := fields.get("default_payment_method"):
        fields["default_payment_method"] = owned(sim, method, customer["id"])["id"]
    change(sim, "customer.updated", customer, {"invoice_settings": {**customer["invoice_settings"], **fields}})


@operation("DELETE", "/v1/customers/{customer}")
def delete(sim: Simulator, call: Call) -> Json:
    customer = living(sim, call.id)
    for end in ENDING:
        end(sim, call.id)
    for method in sim.store.payment_methods.of("customer", call.id):
        sim.store.payment_methods.change(method, "customer", None)
    tell(sim, "customer.deleted", customer)
    sim.store.customers.remove(call.id)
    return {"id": call.id, "object": "customer", "deleted": True}


@operation("GET", "/v1/customers", {**PAGED, "email": text, "test_clock": text})
def list_all(sim: Simulator, call: Call) -> Json:
    clock = call.params.get("test_clock")
    # Customers on a test clock are listed only when the clock is named: https://docs.stripe.com/api/customers/list
    return page(sim.store.customers, call.params, "/v1/customers", ("email",), lambda row: row["test_clock"] == clock)
