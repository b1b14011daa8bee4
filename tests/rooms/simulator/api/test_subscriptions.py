"""Subscriptions through their life: trial, renewal, pause, planned and unplanned ends."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import stripe

from tests.contracts.merchant import DAY, Merchant
from tests.rooms.simulator.conftest import START


def invoices(merchant: Merchant, subscription: stripe.Subscription) -> list[stripe.Invoice]:
    return merchant.v1.invoices.list({"subscription": subscription.id}).data


def test_a_renewal_is_a_draft_for_an_hour_and_then_collected(merchant: Merchant):
    subscription = merchant.subscription()
    end = subscription["items"].data[0].current_period_end
    assert datetime.fromtimestamp(end, UTC).isoformat() == "2026-10-21T14:13:20+00:00"
    merchant.world.pull("advance", to=end)
    draft = invoices(merchant, subscription)[0]
    assert (draft.status, draft.billing_reason, draft.number) == ("draft", "subscription_cycle", None)
    merchant.world.pull("advance", to=end + 3600)
    paid = invoices(merchant, subscription)[0]
    assert (paid.status, paid.attempt_count, paid.id) == ("paid", 1, draft.id)
    moved = merchant.v1.subscriptions.retrieve(subscription.id)["items"].data[0]
    assert (moved.current_period_start, moved.current_period_end) == (end, end + 31 * DAY)


def test_a_year_of_months_keeps_its_day(merchant: Merchant):
    subscription = merchant.subscription()
    merchant.world.pull("advance", to=START + 366 * DAY)
    days = {datetime.fromtimestamp(invoice.created, UTC).day for invoice in invoices(merchant, subscription)}
    assert len(merchant.v1.invoices.list({"subscription": subscription.id, "limit": 100}).data) == 13
    assert days == {21}


def test_a_trial_bills_nothing_until_it_ends(merchant: Merchant):
    trial = merchant.v1.subscriptions.create(
        {"customer": merchant.customer().id, "items": [{"price": merchant.price.id}], "trial_period_days": 7}
    )
    assert (trial.status, invoices(merchant, trial)[0].amount_due) == ("trialing", 0)
    merchant.world.pull("advance", to=START + 7 * DAY + 3600)
    assert merchant.v1.subscriptions.retrieve(trial.id).status == "active"
    assert [invoice.amount_paid for invoice in invoices(merchant, trial)] == [2900, 0]


def test_a_trial_can_be_ended_now(merchant: Merchant):
    trial = merchant.v1.subscriptions.create(
        {"customer": merchant.customer().id, "items": [{"price": merchant.price.id}], "trial_period_days": 7}
    )
    merchant.v1.subscriptions.update(trial.id, {"trial_end": "now"})
    merchant.world.pull("advance", to=START + 3601)
    assert [invoice.amount_paid for invoice in invoices(merchant, trial)] == [2900, 0]


def test_a_first_payment_that_fails_leaves_the_subscription_incomplete_and_then_expired(merchant: Merchant):
    broke = merchant.customer("pm_card_chargeCustomerFail")
    subscription = merchant.subscription(broke)
    assert subscription.status == "incomplete"
    first = invoices(merchant, subscription)[0]
    assert (first.status, first.attempt_count, first.next_payment_attempt) == ("open", 1, None)
    merchant.world.pull("advance", to=START + DAY)
    assert merchant.v1.subscriptions.retrieve(subscription.id).status == "incomplete_expired"
    assert invoices(merchant, subscription)[0].status == "void"


def test_a_first_invoice_paid_in_time_activates_and_may_save_the_card(merchant: Merchant):
    subscription = merchant.v1.subscriptions.create(
        {
            "customer": merchant.customer(None).id,
            "items": [{"price": merchant.price.id}],
            "payment_behavior": "default_incomplete",
            "payment_settings": {"save_default_payment_method": "on_subscription"},
        }
    )
    merchant.world.pull("pay", invoice=subscription.latest_invoice)
    active = merchant.v1.subscriptions.retrieve(subscription.id, {"expand": ["default_payment_method"]})
    assert active.status == "active"
    assert isinstance(active.default_payment_method, stripe.PaymentMethod)
    merchant.world.pull("advance", to=START + 32 * DAY)
    assert [invoice.status for invoice in invoices(merchant, subscription)] == ["paid", "paid"]


def test_without_anything_to_charge_no_subscription_begins(merchant: Merchant):
    with pytest.raises(stripe.InvalidRequestError, match="no attached payment source"):
        merchant.subscription(merchant.customer(None))


def test_a_subscription_can_end_with_its_period(merchant: Merchant):
    subscription = merchant.subscription()
    planned = merchant.v1.subscriptions.update(subscription.id, {"cancel_at_period_end": True})
    assert planned.cancel_at == subscription["items"].data[0].current_period_end
    merchant.world.pull("advance", to=START + 32 * DAY)
    ended = merchant.v1.subscriptions.retrieve(subscription.id)
    assert ended.cancellation_details
    assert (ended.status, ended.cancellation_details.reason) == ("canceled", "cancellation_requested")
    assert len(invoices(merchant, subscription)) == 1


def test_an_end_with_the_period_can_be_planned_at_the_beginning_and_taken_back(merchant: Merchant):
    items: list[stripe.params.SubscriptionCreateParamsItem] = [{"price": merchant.price.id}]
    subscription = merchant.v1.subscriptions.create(
        {"customer": merchant.customer().id, "items": items, "cancel_at_period_end": True}
    )
    assert subscription.cancel_at == subscription["items"].data[0].current_period_end
    back = merchant.v1.subscriptions.update(subscription.id, {"cancel_at_period_end": False})
    assert (back.cancel_at, back.canceled_at) == (None, None)
    merchant.world.pull("advance", to=START + 32 * DAY)
    assert merchant.v1.subscriptions.retrieve(subscription.id).status == "active"


def test_a_day_named_for_the_end_stays_when_no_end_with_the_period_was_planned(merchant: Merchant):
    subscription = merchant.subscription()
    merchant.v1.subscriptions.update(subscription.id, {"cancel_at": START + 40 * DAY})
    merchant.v1.subscriptions.update(subscription.id, {"cancel_at_period_end": False})
    assert merchant.v1.subscriptions.retrieve(subscription.id).cancel_at == START + 40 * DAY


def test_canceling_stops_the_collection_of_what_is_open(merchant: Merchant):
    invoice = merchant.failed_invoice()
    subscription = merchant.v1.subscriptions.list({"customer": str(invoice.customer)}).data[0]
    merchant.v1.subscriptions.cancel(subscription.id)
    left = merchant.v1.invoices.retrieve(str(invoice.id))
    assert (left.status, left.auto_advance, left.next_payment_attempt) == ("open", False, None)
    merchant.world.pull("advance", to=START + 60 * DAY)
    assert len(merchant.world.look("ledger")["attempts"]) == 2


@pytest.mark.parametrize(
    ("behavior", "status"), [("void", "void"), ("mark_uncollectible", "uncollectible"), ("keep_as_draft", "draft")]
)
def test_a_paused_collection_charges_nobody(merchant: Merchant, behavior: str, status: str):
    subscription = merchant.subscription()
    merchant.v1.subscriptions.update(
        subscription.id,
        {"pause_collection": {"behavior": behavior, "resumes_at": START + 40 * DAY}},  # type: ignore[typeddict-item]
    )
    merchant.world.pull("advance", to=START + 35 * DAY)
    assert invoices(merchant, subscription)[0].status == status
    merchant.world.pull("advance", to=START + 65 * DAY)
    assert invoices(merchant, subscription)[0].status == "paid"
    assert merchant.v1.subscriptions.retrieve(subscription.id).pause_collection is None


def test_paying_the_latest_invoice_makes_a_past_due_subscription_active(merchant: Merchant):
    merchant.world.pull("smart_retries", on=False)
    old = merchant.failed_invoice()
    customer = str(old.customer)
    merchant.world.pull("advance", to=START + 65 * DAY)
    latest = merchant.v1.invoices.list({"customer": customer, "status": "open"}).data[0]
    merchant.v1.invoices.pay(str(old.id), {"payment_method": "pm_card_visa"})
    assert merchant.v1.subscriptions.list({"customer": customer}).data[0].status == "past_due"
    merchant.v1.invoices.pay(str(latest.id), {"payment_method": "pm_card_visa"})
    assert merchant.v1.subscriptions.list({"customer": customer}).data[0].status == "active"


def test_an_invoice_that_is_sent_is_overdue_when_its_day_has_passed(merchant: Merchant):
    customer = merchant.customer(None)
    merchant.v1.subscriptions.create(
        {
            "customer": customer.id,
            "items": [{"price": merchant.price.id}],
            "collection_method": "send_invoice",
            "days_until_due": 7,
        }
    )
    late = {"types": ["invoice.overdue"]}
    merchant.world.pull("advance", to=START + 7 * DAY - 1)
    assert merchant.v1.events.list(late).data == []  # type: ignore[arg-type]
    merchant.world.pull("advance", to=START + 7 * DAY)
    assert len(merchant.v1.events.list(late).data) == 1  # type: ignore[arg-type]
    merchant.world.pull("pay", invoice=merchant.v1.invoices.list({"customer": customer.id}).data[0].id)
    assert merchant.v1.subscriptions.list({"customer": customer.id}).data[0].status == "active"


def trial(
    merchant: Merchant, missing: stripe.params.SubscriptionCreateParamsTrialSettingsEndBehavior
) -> stripe.Subscription:
    """Three days for somebody without any card."""
    return merchant.v1.subscriptions.create(
        {
            "customer": merchant.customer(None).id,
            "items": [{"price": merchant.price.id}],
            "trial_period_days": 3,
            "trial_settings": {"end_behavior": missing},
        }
    )


def test_a_trial_without_a_card_ends_as_its_settings_say(merchant: Merchant):
    canceled = trial(merchant, {"missing_payment_method": "cancel"})
    billed = trial(merchant, {"missing_payment_method": "create_invoice"})
    paused = trial(merchant, {"missing_payment_method": "pause"})
    merchant.world.pull("advance", to=START + 4 * DAY)
    ended = [merchant.v1.subscriptions.retrieve(each.id).status for each in (canceled, billed, paused)]
    assert ended == ["canceled", "past_due", "paused"]
    assert [len(invoices(merchant, each)) for each in (canceled, billed, paused)] == [1, 2, 1]
    assert merchant.v1.events.list({"type": "customer.subscription.paused"}).data


def test_a_trial_that_goes_on_is_told_of_three_days_before_it_ends(merchant: Merchant):
    def trial_of(days: int) -> str:
        items = [{"price": merchant.price.id}]
        made = {"customer": merchant.customer("pm_card_visa").id, "items": items, "trial_period_days": days}
        return merchant.v1.subscriptions.create(made).id  # type: ignore[arg-type]

    goes_on, canceled, _short = trial_of(10), trial_of(10), trial_of(3)
    merchant.v1.subscriptions.cancel(canceled)
    kind = "customer.subscription.trial_will_end"
    merchant.world.pull("advance", to=START + 7 * DAY - 1)
    assert merchant.v1.events.list({"type": kind}).data == []
    merchant.world.pull("advance", to=START + 20 * DAY)
    [told] = merchant.v1.events.list({"type": kind}).data
    assert (told.data.object["id"], told.data.object["status"]) == (goes_on, "trialing")
    assert told.created == START + 7 * DAY


@pytest.mark.parametrize(("anchor", "ends"), [("now", START + 34 * DAY), ("unchanged", START + 33 * DAY)])
def test_a_paused_subscription_is_billed_when_it_is_resumed(merchant: Merchant, anchor: str, ends: int):
    paused = trial(merchant, {"missing_payment_method": "pause"})
    merchant.world.pull("advance", to=START + 4 * DAY)
    merchant.v1.subscriptions.update(paused.id, {"default_payment_method": "pm_card_visa"})
    again = merchant.v1.subscriptions.resume(paused.id, {"billing_cycle_anchor": {"type": anchor}})
    assert (again.status, invoices(merchant, paused)[0].amount_paid) == ("active", 2900)
    assert again["items"].data[0].current_period_end == ends
    assert merchant.v1.events.list({"type": "customer.subscription.resumed"}).data
    with pytest.raises(stripe.InvalidRequestError, match="paused"):
        merchant.v1.subscriptions.resume(paused.id)


def test_subscriptions_are_found_by_the_end_of_their_period(merchant: Merchant):
    ends = merchant.subscription()["items"].data[0].current_period_end
    for bounds, count in (({"lte": ends}, 1), ({"lt": ends}, 0), ({"gt": ends - 1}, 1), (ends, 1), (ends + 1, 0)):
        assert len(merchant.v1.subscriptions.list({"current_period_end": bounds}).data) == count
