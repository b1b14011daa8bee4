"""What an app reads object by object is what any other credential reads at once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import stripe

from tests.contracts.merchant import Merchant
from tideover.gateways.answers import Declined, Paid, Unknown
from tideover.gateways.app import asks
from tideover.gateways.kinds import Kind
from tideover.gateways.stripe import Stripe
from tideover.simulator.account.world import new_simulator
from tideover.simulator.embedded import running


@pytest.fixture
def merchant() -> Iterator[Merchant]:
    sim = new_simulator(seed=3, start=1_790_000_000)
    with running(sim) as world:
        yield Merchant(stripe.StripeClient(sim.keys.secret, base_addresses={"api": world.base_url}), world)


def by_key(merchant: Merchant) -> Stripe:
    return Stripe(merchant.world.sim.keys.secret, api_base=merchant.world.base_url, may_write=True)


def by_app(merchant: Merchant, *, without: str = "") -> Stripe:
    """A token of an app, as its installation would give it."""
    sim, token = merchant.world.sim, "sk_test_of_the_app"
    sim.app.access[token] = sim.clock.now() + 3600
    sim.restricted[token] = frozenset(f"rak_{name}" for name in asks(act=True) if not without or without not in name)
    return Stripe(token, api_base=merchant.world.base_url, kind=Kind.APP, may_write=True)


def test_a_failed_invoice_reads_the_same(merchant):
    invoice = str(merchant.failed_invoice().id)
    read = by_app(merchant).read_invoice(invoice)
    assert read == by_key(merchant).read_invoice(invoice)
    assert read is not None
    assert read.card is not None
    assert (len(read.attempts), bool(read.subscription_status), bool(read.payment_intent_id)) == (1, True, True)


def test_intents_read_the_same(merchant):
    invoice = merchant.failed_invoice()
    customer = str(invoice.customer)
    setup = merchant.v1.setup_intents.create({"customer": customer, "payment_method": "pm_card_visa"})
    row = merchant.v1.invoice_payments.list({"invoice": str(invoice.id)}).data[0]
    intent = str(row.payment.payment_intent)
    assert by_app(merchant).read_setup_intent(setup.id) == by_key(merchant).read_setup_intent(setup.id)
    assert by_app(merchant).read_payment_intent(intent) == by_key(merchant).read_payment_intent(intent)
    assert by_app(merchant).read_setup_intent("seti_none") is None


def test_what_is_not_there_is_no_invoice_and_what_it_points_to_may_be_gone(merchant):
    assert by_app(merchant).read_invoice("in_none") is None
    invoice = merchant.failed_invoice()
    merchant.v1.customers.delete(str(invoice.customer))
    assert by_app(merchant).read_invoice(str(invoice.id)) == by_key(merchant).read_invoice(str(invoice.id))


def test_a_charge_that_is_declined_and_one_that_is_paid_say_so(merchant):
    invoice = merchant.failed_invoice()
    assert isinstance(by_app(merchant).pay_invoice(str(invoice.id), key="p1"), Declined)
    card = merchant.v1.payment_methods.attach("pm_card_visa", {"customer": str(invoice.customer)})
    paid = by_app(merchant).pay_invoice(str(invoice.id), key="p2", payment_method=card.id)
    assert isinstance(paid, Paid)
    assert paid.charge_id
    assert paid.read is not None
    assert (paid.read.status, [payment.id for payment in paid.read.payments]) == ("paid", [paid.charge_id])


def test_a_charge_whose_outcome_cannot_be_read_is_in_doubt_and_never_said_not_to_have_happened(merchant):
    invoice = merchant.failed_invoice()
    card = merchant.v1.payment_methods.attach("pm_card_visa", {"customer": str(invoice.customer)})
    blind = by_app(merchant, without="payment_intent")
    with pytest.raises(Unknown, match="it was tried"):
        blind.pay_invoice(str(invoice.id), key="p3", payment_method=card.id)
    assert by_key(merchant).invoice_status(str(invoice.id)) == "paid"


@pytest.mark.parametrize("code", ["highest_risk_level", "previously_declined_do_not_retry", "rule"])
@pytest.mark.parametrize("ours", [by_key, by_app])
def test_what_stripe_stopped_itself_is_told_from_a_banks_no(merchant, ours, code):
    invoice = merchant.failed_invoice(f"pm_sim_decline_{code}")
    told = ours(merchant).pay_invoice(str(invoice.id), key="p4")
    assert isinstance(told, Declined)
    assert (told.decline.code, told.decline.blocked, told.reached_network) == (code, True, False)


def test_what_a_bank_declined_has_reached_its_network(merchant):
    told = by_key(merchant).pay_invoice(str(merchant.failed_invoice("pm_sim_decline_do_not_honor").id), key="p5")
    assert isinstance(told, Declined)
    assert (told.decline.blocked, told.reached_network) == (False, True)
