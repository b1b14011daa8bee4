"""Stripe's own retries: eight within two weeks, none after a hard decline until there is another card."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
import stripe

from tests.contracts.merchant import DAY, Merchant
from tests.rooms.simulator.conftest import START
from tideover.simulator.account.declines import HARD, REASONS


def attempts(merchant: Merchant, invoice: stripe.Invoice) -> list[dict[str, Any]]:
    return [each for each in merchant.world.look("ledger")["attempts"] if each["invoice"] == invoice.id]


def test_eight_retries_follow_a_failure_within_two_weeks_and_then_the_subscription_ends(merchant: Merchant):
    invoice = merchant.failed_invoice()
    assert (invoice.attempt_count, invoice.auto_advance) == (1, True)
    merchant.world.pull("advance", to=START + 30 * DAY)
    times = [each["at"] for each in attempts(merchant, invoice)]
    assert len(times) == 9
    assert 12 * DAY < times[-1] - times[0] <= 14 * DAY
    done = merchant.v1.invoices.retrieve(str(invoice.id))
    assert (done.attempt_count, done.next_payment_attempt, done.auto_advance) == (9, None, False)
    ended = merchant.v1.subscriptions.list({"customer": str(invoice.customer), "status": "all"}).data[0]
    assert ended.cancellation_details
    assert (ended.status, ended.cancellation_details.reason) == ("canceled", "payment_failed")


@pytest.mark.parametrize(("choice", "status"), [("unpaid", "unpaid"), ("past_due", "past_due")])
def test_what_follows_the_last_retry_is_the_merchants_choice(merchant: Merchant, choice: str, status: str):
    merchant.world.pull("smart_retries", on=True, after_last_retry=choice)
    invoice = merchant.failed_invoice()
    merchant.world.pull("advance", to=START + 20 * DAY)
    assert merchant.v1.subscriptions.list({"customer": str(invoice.customer)}).data[0].status == status


def test_each_retry_happens_when_the_invoice_said_it_would(merchant: Merchant):
    invoice = merchant.failed_invoice()
    for count in range(2, 6):
        announced = merchant.v1.invoices.retrieve(str(invoice.id)).next_payment_attempt
        assert announced
        merchant.world.pull("advance", to=announced - 1)
        assert len(attempts(merchant, invoice)) == count - 1
        merchant.world.pull("advance", to=announced)
        assert attempts(merchant, invoice)[-1]["at"] == announced
        assert merchant.v1.invoices.retrieve(str(invoice.id)).attempt_count == count


def test_our_own_payments_do_not_count_and_do_not_move_the_schedule(merchant: Merchant):
    invoice = merchant.failed_invoice()
    for _ in range(3):
        with suppress(stripe.CardError):
            merchant.v1.invoices.pay(str(invoice.id))
    read = merchant.v1.invoices.retrieve(str(invoice.id))
    assert (read.attempt_count, read.next_payment_attempt) == (1, invoice.next_payment_attempt)


def test_a_recovered_invoice_is_not_retried(merchant: Merchant):
    invoice = merchant.failed_invoice("pm_sim_decline_insufficient_funds_n3")
    merchant.world.pull("advance", to=START + 20 * DAY)
    assert [each["outcome"] for each in attempts(merchant, invoice)] == ["failed"] * 3 + ["succeeded"]
    paid = merchant.v1.invoices.retrieve(str(invoice.id))
    assert (paid.status, paid.attempt_count, paid.next_payment_attempt) == ("paid", 4, None)
    assert merchant.v1.subscriptions.list({"customer": str(invoice.customer)}).data[0].status == "active"


@pytest.mark.parametrize("code", sorted(HARD - {"authentication_required"}))
def test_after_a_hard_decline_the_schedule_goes_on_without_charging(merchant: Merchant, code: str):
    invoice = merchant.failed_invoice(f"pm_sim_decline_{code}")
    merchant.world.pull("advance", to=START + 9 * DAY)
    assert len(attempts(merchant, invoice)) == 1
    counted = merchant.v1.invoices.retrieve(str(invoice.id))
    assert counted.attempt_count > 3
    assert counted.next_payment_attempt
    subscription = merchant.v1.subscriptions.list({"customer": str(invoice.customer)}).data[0]
    merchant.v1.subscriptions.update(subscription.id, {"default_payment_method": "pm_card_visa"})
    merchant.world.pull("advance", to=counted.next_payment_attempt)
    assert [each["outcome"] for each in attempts(merchant, invoice)] == ["failed", "succeeded"]


def test_the_same_number_attached_again_is_no_new_card(merchant: Merchant):
    invoice = merchant.failed_invoice("pm_sim_decline_stolen_card")
    subscription = merchant.v1.subscriptions.list({"customer": str(invoice.customer)}).data[0]
    merchant.v1.subscriptions.update(subscription.id, {"default_payment_method": "pm_sim_decline_stolen_card"})
    merchant.world.pull("advance", to=START + 9 * DAY)
    assert len(attempts(merchant, invoice)) == 1


def test_without_auto_advance_stripe_neither_retries_nor_ends_the_subscription(merchant: Merchant):
    invoice = merchant.failed_invoice()
    held = merchant.v1.invoices.update(str(invoice.id), {"auto_advance": False})
    assert held.next_payment_attempt is None
    merchant.world.pull("advance", to=START + 25 * DAY)
    assert len(attempts(merchant, invoice)) == 1
    assert merchant.v1.subscriptions.list({"customer": str(invoice.customer)}).data[0].status == "past_due"
    given_back = merchant.v1.invoices.update(str(invoice.id), {"auto_advance": True})
    assert given_back.next_payment_attempt


def test_with_the_retries_off_a_failure_stays_as_it_is(merchant: Merchant):
    merchant.world.pull("smart_retries", on=False)
    invoice = merchant.failed_invoice()
    assert invoice.next_payment_attempt is None
    merchant.world.pull("advance", to=START + 25 * DAY)
    assert len(attempts(merchant, invoice)) == 1
    assert merchant.v1.subscriptions.list({"customer": str(invoice.customer)}).data[0].status == "past_due"


@pytest.mark.parametrize("code", sorted(set(REASONS) - {"authentication_required"}))
def test_any_decline_code_can_meet_a_renewal(merchant: Merchant, code: str):
    invoice = merchant.failed_invoice(f"pm_sim_decline_{code}")
    assert [each["decline_code"] for each in attempts(merchant, invoice)] == [code]


def test_a_bank_relents_after_the_days_its_card_says(merchant: Merchant):
    merchant.world.pull("smart_retries", on=False)
    invoice = merchant.failed_invoice("pm_sim_decline_insufficient_funds_then_ok_after_5d")
    merchant.world.pull("advance", to=START + 5 * DAY - 1)
    with pytest.raises(stripe.CardError):
        merchant.v1.invoices.pay(str(invoice.id))
    merchant.world.pull("advance", to=START + 5 * DAY)
    assert merchant.v1.invoices.pay(str(invoice.id)).status == "paid"
