"""A customer that is an account is named `customer_account` everywhere, and is no customer of the classic interface."""

from __future__ import annotations

from tests.rooms.simulator.asking import INVALID
from tests.rooms.simulator.door import Door, Refusal

WHO = {"name": "Ada", "email": "ada@payer.example", "country": "GB"}


def an_account(door: Door) -> str:
    return str(door.pull("account_as_customer", WHO).json()["customer_account"])


def test_what_is_asked_for_by_that_name_is_answered_by_that_name(door: Door):
    account = an_account(door)
    made = door.ask("POST", "/v1/invoices", {"customer_account": account}).json()
    assert (made["customer"], made["customer_account"], made["customer_email"]) == (None, account, WHO["email"])
    listed = door.ask("GET", "/v1/invoices", {"customer_account": account, "expand[0]": "data.customer"}).json()["data"]
    assert [(row["id"], row["customer"], row["customer_account"]) for row in listed] == [(made["id"], None, account)]


def test_events_name_them_so_too(door: Door):
    account = an_account(door)
    made = door.ask("POST", "/v1/invoices", {"customer_account": account}).json()
    told = door.ask("GET", "/v1/events", {"type": "invoice.created"}).json()["data"][0]["data"]["object"]
    assert (told["id"], told["customer"], told["customer_account"]) == (made["id"], None, account)


def test_a_customer_that_is_none_is_named_as_before(door: Door):
    customer = door.ask("POST", "/v1/customers", {"name": "Bob"}).json()["id"]
    made = door.ask("POST", "/v1/invoices", {"customer": customer}).json()
    assert made["customer"] == customer


def test_as_a_customer_the_account_is_not_there(door: Door):
    account = an_account(door)
    nobody = Refusal(404, INVALID, "resource_missing", "id")
    assert door.refused("GET", f"/v1/customers/{account}", {}) == nobody
    assert door.refused("GET", f"/v1/customers/{account}/payment_methods", {}) == nobody
