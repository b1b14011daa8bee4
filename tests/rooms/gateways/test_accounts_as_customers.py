"""A customer may be an account: a card of theirs is kept where Stripe's classic interface reaches."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.rooms.gateways.bodies import INVOICE
from tideover.gateways.payments.parts import Part, made
from tideover.gateways.reading import invoice_read
from tideover.gateways.stripe import Stripe

ACCOUNT = "acct_1QxVbN2eZvKYlo2C"


class Calls:
    """The services of the library that are called here, remembered."""

    def __init__(self) -> None:
        self.made: list[tuple[str, Any]] = []

    def __getattr__(self, service: str) -> Any:
        return (
            self
            if service in {"customers", "subscriptions", "setup_intents", "payment_methods"}
            else _call(self, service)
        )

    def to_dict(self) -> dict[str, Any]:
        made = {"id": "seti_1", "status": "requires_payment_method", "customer": None, "customer_account": ACCOUNT}
        return {**made, "data": []}


def _call(calls: Calls, name: str) -> Any:
    def made(*arguments: Any) -> Calls:
        calls.made.append((name, arguments if name == "list" else arguments[:-1]))
        return calls

    return made


class Ours(Stripe):
    """A gateway that calls nobody."""

    calls = Calls()

    @property
    def _v1(self) -> Any:
        return self.calls


def ours() -> Ours:
    stripe = Ours("rk_test_x", may_write=True)
    stripe.calls = Calls()
    return stripe


def test_a_part_of_an_invoice_is_asked_of_the_account():
    of_account, of_customer = (made(Part(3300, "usd", who, "pm_1")) for who in (ACCOUNT, "cus_1"))
    assert (of_account["customer_account"], "customer" in of_account) == (ACCOUNT, False)
    assert (of_customer["customer"], "customer_account" in of_customer) == ("cus_1", False)


def test_a_setup_intent_is_for_the_account():
    stripe = ours()
    made = stripe.create_setup_intent(ACCOUNT, key="s")
    [(_, (asked,))] = stripe.calls.made
    assert (asked["customer_account"], "customer" in asked, made.customer_id) == (ACCOUNT, False, ACCOUNT)


def test_a_new_card_is_set_on_the_subscription_and_no_customer_is_asked_for():
    stripe = ours()
    stripe.set_default_method(replace(invoice_read(INVOICE), customer_id=ACCOUNT), "pm_1", key="d")
    assert stripe.calls.made == [
        ("update", (invoice_read(INVOICE).subscription_id, {"default_payment_method": "pm_1"}))
    ]
    classic = ours()
    classic.set_default_method(invoice_read(INVOICE), "pm_1", key="d")
    assert [arguments[0] for _, arguments in classic.calls.made] == [
        invoice_read(INVOICE).customer_id, invoice_read(INVOICE).subscription_id,
    ]  # fmt: skip


def test_what_an_account_has_saved_is_asked_for_by_its_own_name():
    stripe = ours()
    assert stripe.saved_methods(ACCOUNT) == []
    assert stripe.calls.made == [("list", ({"customer_account": ACCOUNT, "limit": 100},))]
