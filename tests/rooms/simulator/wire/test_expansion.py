"""Objects stand where ids stood, on copies, at most four levels deep; what leads nowhere is refused beforehand."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rooms.simulator.asking import INVALID
from tests.rooms.simulator.door import Door, Refusal
from tests.rooms.simulator.furnished import Account
from tideover.simulator.account.store import Store
from tideover.simulator.api.resources import TABLE
from tideover.simulator.wire.expansion import EXPANDABLE, HIDDEN, LISTS
from tideover.simulator.wire.operations import KINDS

NOWHERE = Refusal(400, INVALID, None, "expand")


def walked(thing: Any, path: str) -> Any:
    for step in path.split("."):
        thing = thing[0] if isinstance(thing, list) else thing
        thing = thing[step]
    return thing[0] if isinstance(thing, list) else thing


def test_the_table_knows_every_kind_that_is_answered_and_leads_to_kinds_that_are_kept():
    store = Store()
    assert {KINDS[word] for word in KINDS} >= {operation.answers for operation in TABLE.operations}
    for kind, places in EXPANDABLE.items():
        for place, target in places.items():
            assert target == "" or target in EXPANDABLE or store.of_kind(target).kind == target, (kind, place)
    assert {place for _, place in HIDDEN} <= {place for places in EXPANDABLE.values() for place in places}
    assert {place for places in EXPANDABLE.values() for place in places} >= LISTS


@pytest.mark.parametrize(
    "path",
    [
        "nonsense", "", ".", "customer.", ".customer", "customer.nonsense", "status", "metadata", "data.customer",
        "payments.payment", "payments.data.nonsense", "lines.pricing", "parent", "parent.subscription_details",
        "customer.customer", "payments.data.payment.payment_intent.latest_charge.customer",
    ],
)  # fmt: skip
def test_a_path_that_leads_nowhere_is_refused_and_the_invoice_is_not_paid(door: Door, path: str):
    invoice = Account(door).open()
    assert door.refused("POST", f"/v1/invoices/{invoice}/pay", {"expand[0]": "customer", "expand[1]": path}) == NOWHERE
    assert door.ask("GET", f"/v1/invoices/{invoice}").json()["status"] == "open"
    assert door.look("ledger").json()["attempts"] == []


def test_a_list_is_expanded_through_its_data(door: Door):
    Account(door).open()
    assert door.refused("GET", "/v1/invoices", {"expand[0]": "customer"}) == NOWHERE
    answer = door.ask("GET", "/v1/invoices", {"expand[0]": "data.customer"}).json()
    assert answer["data"][0]["customer"]["email"] == "ada@customer.example"


def test_a_refused_expansion_leaves_its_key_unused(door: Door):
    account = Account(door)
    path, key = f"/v1/invoices/{account.open()}/pay", {"idempotency_key": "k"}
    assert door.refused("POST", path, {"expand[0]": "nonsense"}, **key) == NOWHERE
    assert door.made(path, **key)["status"] == "paid"


EXPANDED = {
    "customer": "customer",
    "customer.invoice_settings.default_payment_method": "payment_method",
    "payments": "list",
    "payments.data.payment.payment_intent": "payment_intent",
    "payments.data.payment.payment_intent.latest_charge": "charge",
    "lines.data.pricing.price_details.price": "price",
    "parent.subscription_details.subscription": "subscription",
    "parent.subscription_details.subscription.latest_invoice": "invoice",
}


@pytest.mark.parametrize(("path", "kind"), EXPANDED.items())
def test_an_object_stands_where_its_id_stood(door: Door, path: str, kind: str):
    account = Account(door)
    subscription = account.subscription()
    invoice = door.sim.store.subscriptions[subscription]["latest_invoice"]
    bare = door.ask("GET", f"/v1/invoices/{invoice}").json()
    answer = door.ask("GET", f"/v1/invoices/{invoice}", {"expand[0]": path}).json()
    assert walked(answer, path)["object"] == kind
    assert door.ask("GET", f"/v1/invoices/{invoice}").json() == bare  # what is kept stays as it is


def test_several_paths_are_expanded_in_any_order(door: Door):
    account = Account(door)
    invoice = door.sim.store.subscriptions[account.subscription()]["latest_invoice"]
    paths = [
        "customer.invoice_settings.default_payment_method",
        "customer",
        "payments.data.payment.payment_intent",
        "payments",
    ]
    for order in (paths, paths[::-1]):
        form = {f"expand[{place}]": path for place, path in enumerate(order)}
        answer = door.ask("GET", f"/v1/invoices/{invoice}", form).json()
        assert walked(answer, paths[0])["object"] == "payment_method"
        assert walked(answer, paths[2])["object"] == "payment_intent"


def test_what_is_not_there_stays_null_and_what_is_gone_says_so(door: Door):
    account = Account(door)
    customer = account.customer(None)
    invoice = account.open(customer)
    form = {"expand[0]": "default_payment_method.customer", "expand[1]": "customer"}
    assert door.ask("GET", f"/v1/invoices/{invoice}", form).json()["default_payment_method"] is None
    door.ask("DELETE", f"/v1/customers/{customer}")
    gone = {"id": customer, "object": "customer", "deleted": True}
    assert door.ask("GET", f"/v1/invoices/{invoice}").json()["customer"] == customer
    assert door.ask("GET", f"/v1/invoices/{invoice}", form).json()["customer"] == gone
    assert door.ask("GET", f"/v1/customers/{customer}", {"expand[0]": "subscriptions"}).json() == gone


def test_the_way_does_not_go_on_from_what_is_gone(door: Door):
    account = Account(door)
    invoice = door.sim.store.subscriptions[account.subscription()]["latest_invoice"]
    customer = door.sim.store.invoices[invoice]["customer"]
    door.ask("DELETE", f"/v1/customers/{customer}")
    form = {"expand[0]": "customer.invoice_settings.default_payment_method"}
    answer = door.ask("GET", f"/v1/invoices/{invoice}", form).json()
    assert answer["customer"] == {"id": customer, "object": "customer", "deleted": True}
