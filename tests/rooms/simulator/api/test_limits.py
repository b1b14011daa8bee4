"""How long, how little and in which words: what Stripe limits is limited, and what it takes is kept as it was given."""

from __future__ import annotations

import pytest

from tests.rooms.simulator.asking import INVALID
from tests.rooms.simulator.door import Door, Refusal
from tests.rooms.simulator.furnished import Account
from tideover.simulator.account.currencies import CURRENCIES, least, most

CUSTOMERS = "/v1/customers"


@pytest.mark.parametrize(
    "address",
    [
        "not-an-email", "a@x.example\r\nBcc: v@evil.example", "a@x.example\nb@y.example", "Ada <a@x.example>", "a b@x.example",
        "a@localhost", "a@x..example", "a@@x.example", "@x.example", "a@", "a@x.example,b@y.example", "a@x.example;", "a@x.exa mple",
        "a\x7f@x.example",
    ],
)  # fmt: skip
def test_what_is_no_mail_address_is_refused_wherever_one_is_asked_for(door: Door, address: str):
    money = {"amount": 500, "currency": "usd"}
    card = {"type": "card", "card[token]": "tok_visa"}
    for path, form, name in (
        (CUSTOMERS, {}, "email"),
        ("/v1/payment_intents", money, "receipt_email"),
        ("/v1/payment_methods", card, "billing_details[email]"),
    ):
        assert door.refused("POST", path, form | {name: address}) == Refusal(400, INVALID, "email_invalid", name)
    assert len(door.sim.store.customers) == 0


@pytest.mark.parametrize(
    "address", ["ada@x.example", "ada+news@mail.x.example", "ünï@x.example", "用户@例子.example", '"a b, c"@x.example', "o'hara@x.example", ""]
)  # fmt: skip
def test_an_address_is_kept_as_it_was_given(door: Door, address: str):
    assert door.made(CUSTOMERS, {"email": address})["email"] == (address or None)


@pytest.mark.parametrize(("name", "longest"), [("name", 256), ("email", 512), ("phone", 20), ("description", 5000)])
def test_a_customers_fields_are_as_long_as_they_may_be(door: Door, name: str, longest: int):
    tail = "@x.example" if name == "email" else ""
    whole = "é" * (longest - len(tail)) + tail
    assert door.made(CUSTOMERS, {name: whole})[name] == whole
    assert door.refused("POST", CUSTOMERS, {name: "é" + whole}) == Refusal(400, INVALID, None, name)


def test_fifty_words_of_metadata_are_kept_with_names_of_forty_and_values_of_five_hundred_characters(door: Door):
    whole = {f"{n:040}": "v" * 500 for n in range(50)}
    assert door.made(CUSTOMERS, {f"metadata[{name}]": value for name, value in whole.items()})["metadata"] == whole


@pytest.mark.parametrize("word", [("n" * 41, "v"), ("n", "v" * 501)], ids=["name", "value"])
def test_a_word_of_metadata_that_is_too_long_is_refused(door: Door, word: tuple[str, str]):
    name, value = word
    assert door.refused("POST", CUSTOMERS, {f"metadata[{name}]": value}) == Refusal(400, INVALID, None, "metadata")
    assert len(door.sim.store.customers) == 0


def test_the_fifty_first_word_of_metadata_is_refused_also_when_it_comes_later(door: Door):
    customer = door.made(CUSTOMERS, {f"metadata[{n}]": "v" for n in range(50)})["id"]
    path = f"{CUSTOMERS}/{customer}"
    assert door.refused("POST", path, {"metadata[50]": "v", "name": "Ada"}) == Refusal(400, INVALID, None, "metadata")
    assert door.ask("GET", path).json()["name"] is None
    assert len(door.made(path, {"metadata[50]": "v", "metadata[0]": ""})["metadata"]) == 50


def test_fields_on_a_customers_invoices_are_kept(door: Door):
    form = {"name": "PO", "value": "123"}
    asked = {f"invoice_settings[custom_fields][0][{name}]": value for name, value in form.items()}
    customer = door.made(CUSTOMERS, asked)
    assert customer["invoice_settings"]["custom_fields"] == [form]
    gone = door.made(f"{CUSTOMERS}/{customer['id']}", {"invoice_settings[custom_fields]": ""})
    assert gone["invoice_settings"]["custom_fields"] is None


@pytest.mark.parametrize("currency", ["xxx", "dollar", "", "us", "btc"])
def test_a_currency_is_one_that_stripe_charges_in(door: Door, currency: str):
    for path, form in (
        ("/v1/payment_intents", {"amount": 500}),
        ("/v1/prices", {"unit_amount": 500, "product_data[name]": "Plan"}),
    ):
        refused = door.refused("POST", path, form | {"currency": currency})
        assert (refused.status, refused.param) == (400, "currency")


def test_the_least_and_the_most_of_each_currency_can_be_charged(door: Door):
    for currency in CURRENCIES:
        for amount in (least(currency), most(currency)):
            assert (
                door.made("/v1/payment_intents", {"amount": amount, "currency": currency.upper()})["currency"]
                == currency
            )


def test_what_is_too_little_to_be_charged_waits_on_the_customers_balance(door: Door):
    account = Account(door)
    customer = account.customer()

    def billed(amount: int) -> dict[str, object]:
        invoice = door.made("/v1/invoices", {"customer": customer})["id"]
        door.made("/v1/invoiceitems", {"customer": customer, "invoice": invoice, "amount": amount, "currency": "usd"})
        made: dict[str, object] = door.made(f"/v1/invoices/{invoice}/finalize")
        return made

    small = billed(30)
    assert (small["status"], small["amount_due"], small["ending_balance"]) == ("paid", 0, 30)
    assert door.ask("GET", f"{CUSTOMERS}/{customer}").json()["balance"] == 30
    both = billed(70)
    assert (both["status"], both["starting_balance"], both["amount_due"], both["ending_balance"]) == (
        "open",
        30,
        100,
        0,
    )
    door.made(f"/v1/invoices/{both['id']}/void")
    assert door.ask("GET", f"{CUSTOMERS}/{customer}").json()["balance"] == 30


def test_credit_pays_what_it_can(door: Door):
    account = Account(door)
    customer = account.customer()
    door.made(f"{CUSTOMERS}/{customer}", {"balance": -600})
    invoice = door.made(f"/v1/invoices/{account.draft(customer)}/finalize")
    assert (invoice["total"], invoice["amount_due"], invoice["amount_remaining"]) == (1000, 400, 400)
    door.made(f"{CUSTOMERS}/{customer}", {"balance": -2000})
    paid = door.made(f"/v1/invoices/{account.draft(customer)}/finalize")
    assert (paid["status"], paid["amount_paid"], paid["ending_balance"]) == ("paid", 0, -1000)
    assert door.sim.ledger.rows() == []


def test_a_price_is_written_in_whole_minor_units_in_either_way(door: Door):
    terms = {"currency": "usd", "product_data[name]": "Plan"}
    assert door.made("/v1/prices", terms | {"unit_amount_decimal": "250.00"})["unit_amount"] == 250
    for amount, param in (
        ({"unit_amount_decimal": "2.5"}, "unit_amount_decimal"),
        ({"unit_amount_decimal": "x"}, "unit_amount_decimal"),
        ({"unit_amount_decimal": "5", "unit_amount": 5}, "unit_amount_decimal"),
        ({}, "unit_amount"),
    ):
        assert door.refused("POST", "/v1/prices", terms | amount).param == param


def test_a_product_may_come_with_its_first_price(door: Door):
    terms = {"name": "Tea", "default_price_data[currency]": "EUR", "default_price_data[recurring][interval]": "month"}
    product = door.made("/v1/products", terms | {"default_price_data[unit_amount]": 900})
    price = door.ask("GET", f"/v1/prices/{product['default_price']}").json()
    assert (price["product"], price["unit_amount"], price["currency"]) == (product["id"], 900, "eur")
    refused = door.refused("POST", "/v1/products", terms)
    assert refused == Refusal(400, INVALID, "parameter_missing", "default_price_data[unit_amount]")
    assert len(door.sim.store.products) == 1
