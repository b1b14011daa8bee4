"""Customers who are accounts at Stripe: `customer` is null on all that is theirs, and each sees and pays their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from tests.journeys.conftest import Shop
from tests.journeys.test_both_books import EMPTY, OWED, Payer, came, days_go_by, open_for, states
from tideover.recovery.models import Attempt, Plan

__all__ = ["open_for"]  # a fixture
pytestmark = pytest.mark.django_db(transaction=True)


@dataclass
class Account(Payer):
    """A payer whom Stripe names `customer_account`."""

    name: str = ""

    @property
    def address(self) -> str:
        return f"{self.name}@payer.example"

    def keeps(self, token: str) -> str:
        attached: Any = {"customer_account": self.id}
        return str(self.shop.client.v1.payment_methods.attach(token, attached).id)


def account(shop: Shop, name: str, subscriptions: int = 1) -> Account:
    """Their renewal fails five minutes from now."""
    v1 = shop.client.v1
    who = {"name": name.title(), "email": f"{name}@payer.example", "country": "GB"}
    made = shop.world._post("/_sim/account_as_customer", who)
    payer = Account(shop, "usd", made["customer_account"], name=name)
    payer.method = payer.keeps(EMPTY)
    price: Any = {"product_data": {"name": "Pro"}, "currency": "usd", "unit_amount": OWED}
    price |= {"recurring": {"interval": "year"}}
    wish: Any = {"customer_account": payer.id, "items": [{"price": v1.prices.create(price).id}]}
    wish |= {"default_payment_method": payer.method, "trial_end": int(shop.machine.now.timestamp()) + 300}
    payer.subscriptions = tuple(v1.subscriptions.create(wish).id for _ in range(subscriptions))
    return payer


def test_each_sees_and_pays_their_own_and_none_of_anothers(open_for):
    shop, [classic] = open_for("usd")
    ada, bob = account(shop, "ada", subscriptions=2), account(shop, "bob")
    days_go_by(shop, 0.5)
    invoice = shop.client.v1.invoices.retrieve(bob.case.invoice_id)
    assert (invoice.customer, invoice.customer_account) == (None, bob.id)
    for payer, owes in ((ada, 2), (bob, 1), (classic, 1)):
        picks = [form for form in payer.page()[1].values() if form.choices.get("in")]
        assert len(payer.cases) == owes
        assert [len(form.choices["in"]) for form in picks] == [owes - 1] * (owes > 1)
    ada.bank_says("ok")
    picks = next(form for form in ada.page()[1].values() if form.choices.get("in"))
    ada.sends("again", {**picks.fields, "in": picks.choices["in"]})
    assert (came(shop, [ada, bob, classic]), states([bob])) == ([2 * OWED, 0, 0], {"failing"})
    days_go_by(shop, 20)
    assert (came(shop, [ada, bob, classic]), states([ada])) == ([2 * OWED, 0, 0], {"recovered"})


def test_a_plan_a_promise_and_another_card_of_an_account(open_for):
    shop, _ = open_for("usd")
    plans, promises, allows = (account(shop, name) for name in ("ada", "bob", "cleo"))
    allows.keeps("pm_card_mastercard")
    days_go_by(shop, 0.5)
    plans.bank_says("ok")
    plans.sends("plan", parts="3")
    promises.sends("promise")
    promises.bank_says("ok")
    allows.sends("allow", allow="yes")
    assert came(shop, [plans, promises, allows]) == [OWED // 3, 0, 0]
    days_go_by(shop, 100)
    assert came(shop, [plans, promises, allows]) == [OWED] * 3
    assert states([plans, promises, allows]) == {"recovered"}
    assert Plan.objects.get().state == "kept"
    assert Attempt.objects.get(case=allows.case, outcome="paid").card_brand == "mastercard"
