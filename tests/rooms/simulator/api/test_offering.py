"""Which kinds of payment methods an intent takes: what is activated, what is allowed, and what fits the currency."""

from __future__ import annotations

import pytest
import stripe

from tests.contracts.merchant import Merchant


def taken(merchant: Merchant, **params: object) -> list[str]:
    return list(merchant.v1.setup_intents.create(params).payment_method_types)


def test_without_a_choice_an_intent_takes_all_that_is_activated(merchant: Merchant):
    merchant.world.pull("methods", activated=["card", "paypal"])
    assert taken(merchant) == ["card", "paypal"]


def test_what_is_allowed_and_not_activated_is_left_out_without_a_word(merchant: Merchant):
    assert taken(merchant, allowed_payment_method_types=["card", "paypal"]) == ["card"]


def test_where_nothing_is_left_the_intent_is_refused(merchant: Merchant):
    with pytest.raises(stripe.InvalidRequestError, match="activated in your dashboard"):
        taken(merchant, allowed_payment_method_types=["paypal"])


def test_what_is_allowed_is_not_said_beside_what_is_excluded(merchant: Merchant):
    with pytest.raises(stripe.InvalidRequestError, match="only specify one"):
        taken(merchant, allowed_payment_method_types=["card"], excluded_payment_method_types=["link"])


def test_a_payment_takes_what_its_currency_can_be_paid_by(merchant: Merchant):
    made = merchant.v1.payment_intents.create({"amount": 900, "currency": "gbp"})
    assert made.payment_method_types == ["card", "link", "bacs_debit"]


def test_a_kind_that_is_not_taken_is_refused_and_none_of_it_is_made(merchant: Merchant):
    intent = merchant.v1.setup_intents.create({"allowed_payment_method_types": ["card"]})
    for given in ({"payment_method_data": {"type": "link"}}, {"payment_method": "pm_sepaDebit_success_de"}):
        with pytest.raises(stripe.InvalidRequestError, match="not allowed for this SetupIntent") as refused:
            merchant.v1.setup_intents.confirm(intent.id, given)
        assert refused.value.code == "setup_intent_invalid_parameter"


def test_the_account_tells_what_is_activated_but_not_of_paypal(merchant: Merchant):
    merchant.world.pull("methods", activated=["card", "paypal"])
    told = merchant.v1.accounts.retrieve_current().capabilities
    assert (told.card_payments, told.link_payments) == ("active", "inactive")
    assert "paypal_payments" not in told.to_dict()


def test_paypal_is_kept_once_its_owner_has_agreed_on_its_own_page(merchant: Merchant):
    merchant.world.pull("methods", activated=["card", "paypal"])
    customer = merchant.customer(None).id
    intent = merchant.v1.setup_intents.create(
        {
            "customer": customer,
            "confirm": True,
            "payment_method_data": {"type": "paypal"},
            "return_url": "https://shop.example/back",
        }
    )
    assert intent.next_action.redirect_to_url.url.endswith(f"/_sim/3ds/{intent.id}")
    merchant.world.pull("authenticate", intent=intent.id)
    [kept] = merchant.v1.customers.payment_methods.list(customer, {"type": "paypal"}).data
    assert merchant.v1.setup_intents.retrieve(intent.id).payment_method == kept.id
