"""Customers on a test clock live in its time, which moves by hand, ahead only, two intervals at most."""

from __future__ import annotations

import pytest
import stripe

from tests.contracts.merchant import DAY, Merchant
from tests.rooms.simulator.conftest import START, Receiver

BEGIN = 1_750_000_000


def clock(merchant: Merchant) -> stripe.test_helpers.TestClock:
    return merchant.v1.test_helpers.test_clocks.create({"frozen_time": BEGIN})


def advance(merchant: Merchant, key: str, to: int) -> None:
    asked = merchant.v1.test_helpers.test_clocks.advance(key, {"frozen_time": to})
    assert asked.status == "advancing"
    while merchant.v1.test_helpers.test_clocks.retrieve(key).status != "ready":
        pass  # each question lets the simulator's loop go on


def test_a_renewal_fails_and_is_retried_in_the_clocks_time(merchant: Merchant):
    mine = clock(merchant)
    subscription = merchant.subscription(merchant.customer(clock=mine.id))
    assert (subscription.created, subscription.test_clock) == (BEGIN, mine.id)
    card = merchant.v1.payment_methods.attach("pm_card_chargeCustomerFail", {"customer": str(subscription.customer)})
    merchant.v1.subscriptions.update(subscription.id, {"default_payment_method": card.id})
    advance(merchant, mine.id, BEGIN + 30 * DAY + 7200)  # June has thirty days
    invoice = merchant.v1.invoices.list({"customer": str(subscription.customer), "status": "open"}).data[0]
    assert (invoice.attempt_count, invoice.test_clock) == (1, mine.id)
    assert invoice.next_payment_attempt
    assert BEGIN + 30 * DAY == invoice.created < invoice.next_payment_attempt < BEGIN + 34 * DAY
    advance(merchant, mine.id, BEGIN + 50 * DAY)
    ended = merchant.v1.subscriptions.retrieve(subscription.id)
    assert ended.status == "canceled"
    assert ended.ended_at
    assert ended.ended_at < BEGIN + 50 * DAY
    assert merchant.world.look("state")["now"] == START


def test_more_than_two_intervals_at_once_are_refused(merchant: Merchant):
    mine = clock(merchant)
    merchant.subscription(merchant.customer(clock=mine.id))
    with pytest.raises(stripe.InvalidRequestError, match="two intervals"):
        merchant.v1.test_helpers.test_clocks.advance(mine.id, {"frozen_time": BEGIN + 62 * DAY})
    advance(merchant, mine.id, BEGIN + 61 * DAY)


def test_a_clock_never_runs_backwards(merchant: Merchant):
    mine = clock(merchant)
    with pytest.raises(stripe.InvalidRequestError, match="after the current one"):
        merchant.v1.test_helpers.test_clocks.advance(mine.id, {"frozen_time": BEGIN})


def test_the_end_of_an_advance_is_told_after_what_happened_in_it(merchant: Merchant, receiver: Receiver):
    mine = clock(merchant)
    merchant.subscription(merchant.customer(clock=mine.id))
    merchant.v1.webhook_endpoints.create({"url": receiver.url, "enabled_events": ["*"]})
    advance(merchant, mine.id, BEGIN + 31 * DAY)
    merchant.world.pull("advance", to=START)
    kinds = receiver.types
    assert kinds[0] == "test_helpers.test_clock.advancing"
    assert kinds[-1] == "test_helpers.test_clock.ready"
    assert "invoice.paid" in kinds
    paid = next(event for event in receiver.events if event["type"] == "invoice.paid")
    assert paid["created"] == BEGIN + 30 * DAY + 3600
    assert f"t={START}," in receiver.signatures[-1]  # signed in real time, whatever the clock says


def test_what_lives_on_a_clock_is_not_changed_while_that_is_on_its_way(merchant: Merchant):
    mine, other = clock(merchant), merchant.customer()
    subscription = merchant.subscription(merchant.customer(clock=mine.id))
    merchant.world.pull("test_clock", test_clock=mine.id, does="hold")
    merchant.v1.test_helpers.test_clocks.advance(mine.id, {"frozen_time": BEGIN + 31 * DAY})
    for _ in range(2):
        with pytest.raises(stripe.RateLimitError, match="Test clock advancement underway"):
            merchant.v1.subscriptions.update(subscription.id, {"metadata": {"seen": "yes"}})
    assert merchant.v1.subscriptions.retrieve(subscription.id).status == "active"
    assert merchant.v1.customers.update(other.id, {"name": "Grace"}).name == "Grace"
    with pytest.raises(stripe.InvalidRequestError, match="still advancing"):
        merchant.v1.test_helpers.test_clocks.advance(mine.id, {"frozen_time": BEGIN + 32 * DAY})
    merchant.world.pull("test_clock", test_clock=mine.id, does="go")
    arrived = merchant.v1.test_helpers.test_clocks.retrieve(mine.id)
    assert (arrived.status, arrived.frozen_time) == ("ready", BEGIN + 31 * DAY)
    merchant.v1.subscriptions.update(subscription.id, {"metadata": {"seen": "yes"}})


def test_a_clock_that_broke_down_is_never_advanced_again(merchant: Merchant):
    mine = clock(merchant)
    assert merchant.world.pull("test_clock", test_clock=mine.id, does="fail")["status"] == "internal_failure"
    with pytest.raises(stripe.InvalidRequestError, match="has failed"):
        merchant.v1.test_helpers.test_clocks.advance(mine.id, {"frozen_time": BEGIN + DAY})


def test_payments_are_dated_by_real_time_and_invoices_by_the_clock(merchant: Merchant):
    mine = clock(merchant)
    subscription = merchant.subscription(merchant.customer(clock=mine.id))
    invoice = merchant.v1.invoices.retrieve(str(subscription.latest_invoice), {"expand": ["payments"]})
    intent = merchant.v1.payment_intents.retrieve(str(invoice.payments.data[0].payment.payment_intent))
    charge = merchant.v1.charges.retrieve(str(intent.latest_charge))
    assert (invoice.created, intent.created, charge.created) == (BEGIN, START, START)


def test_deleting_a_clock_deletes_its_customers(merchant: Merchant):
    mine = clock(merchant)
    customer = merchant.customer(clock=mine.id)
    assert merchant.v1.customers.list({"test_clock": mine.id}).data[0].id == customer.id
    assert merchant.v1.customers.list().data == []
    merchant.v1.test_helpers.test_clocks.delete(mine.id)
    assert merchant.v1.customers.retrieve(customer.id).deleted is True
