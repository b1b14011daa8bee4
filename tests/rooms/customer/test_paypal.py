"""The PayPal account that the payer has saved: a door of its own, as Stripe's form shows it to nobody."""

from __future__ import annotations

import re

import pytest
import stripe as library

from tests.factories import NOW, make_case, make_connection, make_customer, make_method
from tests.rooms.customer.test_card_page import text_of, url_of
from tests.rooms.customer.till import NO_FUNDS, PAID, Till, open_link
from tideover.core.ways.doors import BREATH
from tideover.gateways.answers import Card
from tideover.mirror.models import Method
from tideover.recovery import cards
from tideover.recovery.models import Case
from tideover.recovery.paying.till import State
from tideover.recovery.telling.said import Sentence
from tideover.simulator.account.world import new_simulator
from tideover.simulator.api.payments.setup_intents import answer_challenge
from tideover.simulator.embedded import running
from tideover.tenants.models import Project

pytestmark = pytest.mark.django_db
OFFERED = "with the account that you have saved"
PAYPAL = Card("pm_paypal", "paypal", "", "pm_paypal")


def with_paypal(connection, **values) -> Case:
    customer = make_customer(connection)
    make_method(customer, brand="paypal", last4="", fingerprint="")
    return make_case(connection, customer_id=customer.stripe_id, **values)


def pay(case: Case, till: Till, asked: str = "form_1", now=NOW):
    return cards.charge_saved(open_link(case), "paypal", asked, till, now)


# ── when it is offered ──


def test_it_is_offered_where_one_is_saved(client, connection):
    assert OFFERED in text_of(client.get(url_of(with_paypal(connection))))
    assert OFFERED not in text_of(client.get(url_of(make_case(connection))))


@pytest.mark.parametrize("hinder", ["it failed itself", "turned off", "taken off", "observe mode"])
def test_it_is_not_offered_where_it_is_no_way(client, connection, hinder):
    case = with_paypal(connection, card_brand="paypal" if hinder == "it failed itself" else "visa")
    if hinder == "turned off":
        Project.objects.update(pay_by_paypal=False)
    if hinder == "taken off":
        Method.objects.update(gone=True)
    if hinder == "observe mode":
        type(connection).objects.update(mode="observe")
    assert OFFERED not in text_of(client.get(url_of(case)))


@pytest.mark.parametrize("hinder", ["turned off", "observe mode"])
def test_where_it_may_not_be_charged_its_form_is_answered_so(client, connection, hinder):
    case = with_paypal(connection)
    if hinder == "turned off":
        Project.objects.update(pay_by_paypal=False)
    else:
        type(connection).objects.update(mode="observe")
    answer = client.post(url_of(case) + "/paypal", {"asked": "form_" + "0" * 36})
    assert answer["Location"].endswith("said=not_here")


# ── what is charged ──


def test_it_is_charged_with_the_payer_there_and_used_from_then_on():
    case = make_case()
    till = Till(case, PAID)
    till.saved = [Card("pm_visa", "visa", "1111", "fp_1"), PAYPAL]
    assert pay(case, till).state == State.PAID
    [payment] = till.payments
    assert (payment.payment_method, payment.off_session, till.defaults) == ("pm_paypal", False, ["pm_paypal"])


def test_a_form_that_is_sent_twice_is_one_try_and_another_waits_for_its_time():
    case = make_case()
    till = Till(case, NO_FUNDS, PAID)
    till.saved = [PAYPAL]
    assert [pay(case, till).said.sentence for _ in range(2)] == [Sentence.DECLINED] * 2
    assert pay(case, till, "form_2").said.sentence == Sentence.FORBIDDEN
    assert len(till.payments) == 1
    assert pay(case, till, "form_3", NOW + BREATH).state == State.PAID


@pytest.mark.parametrize(("saved", "asked"), [([], "form_1"), ([PAYPAL], "")])
def test_what_stripe_does_not_have_or_no_form_asked_for_is_not_charged(saved, asked):
    case = make_case()
    till = Till(case, PAID)
    till.saved = saved
    assert pay(case, till, asked).said.sentence == Sentence.NOT_RECOGNIZED
    assert till.payments == []


def test_a_form_that_agreed_to_another_amount_charges_nothing():
    case = make_case()
    till = Till(case, PAID)
    till.saved = [PAYPAL]
    answer = cards.charge_saved(open_link(case), "paypal", "form_1", till, NOW, {case.public_id: 1})
    assert answer.said.sentence == Sentence.CHANGED
    assert till.payments == []


def save_paypal(world, v1, customer_id):
    """Its owner agrees on PayPal's page that it is kept."""
    asked = {"customer": customer_id, "payment_method_data": {"type": "paypal"}, "confirm": True}
    asked |= {"allowed_payment_method_types": ["paypal"], "return_url": "https://shop.example/back"}
    intent = v1.setup_intents.create(asked)
    answer_challenge(world.sim, intent.id, passed=True)


def test_with_the_simulated_stripe_the_form_of_the_page_pays(client):
    sim = new_simulator(seed=3, start=1_790_000_000)
    with running(sim) as world:
        v1 = library.StripeClient(sim.keys.secret, base_addresses={"api": world.base_url}).v1
        world.pull("methods", activated=["card", "paypal"])
        customer = v1.customers.create({"name": "Jane Payer"})
        invoice = v1.invoices.create({"customer": customer.id, "auto_advance": False})
        v1.invoice_items.create({"customer": customer.id, "invoice": invoice.id, "amount": 9900, "currency": "usd"})
        v1.invoices.finalize_invoice(invoice.id)
        save_paypal(world, v1, customer.id)
        there = {"api_base": world.base_url, "api_key": sim.keys.secret, "publishable_key": sim.keys.publishable}
        connection = make_connection(**there)
        make_method(make_customer(connection, stripe_id=customer.id), brand="paypal")
        case = make_case(connection, customer_id=customer.id, invoice_id=invoice.id)
        url = url_of(case)
        asked = re.search(r'name="asked" value="([^"]+)"', client.get(url).content.decode())[1]
        for _ in range(2):
            client.post(url + "/paypal", {"asked": asked, "agreed": f"{case.public_id}:9900"})
        assert v1.invoices.retrieve(invoice.id).status == "paid"
        assert sum(row["outcome"] == "succeeded" for row in world.look("ledger")["attempts"]) == 1
