"""Webhooks are signed, in order, tried again for three days, and never sent to who does not want them."""

from __future__ import annotations

from itertools import pairwise

import pytest
import stripe

from tests.contracts.merchant import DAY, Merchant
from tests.rooms.simulator.conftest import START, Receiver


def listen(merchant: Merchant, receiver: Receiver, *kinds: str) -> stripe.WebhookEndpoint:
    return merchant.v1.webhook_endpoints.create({"url": receiver.url, "enabled_events": list(kinds or ("*",))})  # type: ignore[arg-type]


def settle(merchant: Merchant) -> None:
    """Let what is queued be delivered, without moving time."""
    merchant.world.pull("advance", to=merchant.world.look("state")["now"])


def test_every_delivery_is_signed_so_that_the_official_library_accepts_it(merchant: Merchant, receiver: Receiver):
    endpoint = listen(merchant, receiver)
    merchant.failed_invoice()
    settle(merchant)
    assert len(receiver.bodies) > 10
    for body, signature in zip(receiver.bodies, receiver.signatures, strict=True):
        assert stripe.WebhookSignature.verify_header(body.decode(), signature, str(endpoint.secret), tolerance=None)
        assert f"t={START}," in signature
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.WebhookSignature.verify_header(receiver.bodies[0].decode(), receiver.signatures[0], "whsec_other")


def test_a_rolled_secret_signs_beside_the_old_one_for_a_day(merchant: Merchant, receiver: Receiver):
    endpoint = listen(merchant, receiver, "customer.created")
    new = merchant.world.pull("roll_secret", webhook_endpoint=endpoint.id)["secret"]
    merchant.customer()
    settle(merchant)
    body, signature = receiver.bodies[-1].decode(), receiver.signatures[-1]
    assert signature.count("v1=") == 2
    for secret in (str(endpoint.secret), new):
        assert stripe.WebhookSignature.verify_header(body, signature, secret, tolerance=None)
    merchant.world.pull("advance", to=START + DAY)
    merchant.customer()
    settle(merchant)
    assert receiver.signatures[-1].count("v1=") == 1
    assert stripe.WebhookSignature.verify_header(
        receiver.bodies[-1].decode(), receiver.signatures[-1], new, tolerance=None
    )


def test_events_arrive_in_the_order_in_which_they_happened(merchant: Merchant, receiver: Receiver):
    listen(merchant, receiver)
    merchant.failed_invoice()
    settle(merchant)
    listed = [event.id for event in merchant.v1.events.list({"limit": 100}).data][::-1]
    arrived = [event["id"] for event in receiver.events]
    assert arrived == listed[-len(arrived) :]


def test_a_failed_payment_and_its_recovery_are_told_as_stripe_tells_them(merchant: Merchant, receiver: Receiver):
    invoice = merchant.failed_invoice()
    listen(merchant, receiver)
    with pytest.raises(stripe.CardError):
        merchant.v1.invoices.pay(str(invoice.id))
    settle(merchant)
    assert receiver.types == ["charge.failed", "payment_intent.payment_failed", "invoice.payment_failed"]
    receiver.bodies.clear()
    merchant.v1.invoices.pay(str(invoice.id), {"payment_method": "pm_card_visa"}, {"idempotency_key": "k-1"})
    settle(merchant)
    assert receiver.types == [
        "payment_method.attached",
        "charge.succeeded",
        "payment_intent.succeeded",
        "invoice_payment.paid",
        "invoice.updated",
        "invoice.paid",
        "invoice.payment_succeeded",
        "customer.updated",
        "customer.subscription.updated",
    ]
    assert {event["request"]["idempotency_key"] for event in receiver.events} == {"k-1"}
    updated = receiver.events[-1]["data"]
    assert (updated["previous_attributes"]["status"], updated["object"]["status"]) == ("past_due", "active")


def test_an_endpoint_gets_only_what_it_asked_for_and_nothing_once_disabled(merchant: Merchant, receiver: Receiver):
    endpoint = listen(merchant, receiver, "customer.created")
    merchant.customer()
    settle(merchant)
    assert receiver.types == ["customer.created"]
    merchant.v1.webhook_endpoints.update(endpoint.id, {"disabled": True})
    merchant.customer()
    settle(merchant)
    assert receiver.types == ["customer.created"]


def test_an_event_is_rendered_in_the_version_the_endpoint_pinned(merchant: Merchant, receiver: Receiver):
    merchant.v1.webhook_endpoints.create(
        {"url": receiver.url, "enabled_events": ["customer.created"], "api_version": "2026-10-28.endive"}
    )
    merchant.customer()
    settle(merchant)
    assert receiver.events[0]["api_version"] == "2026-10-28.endive"


def test_a_refused_event_is_tried_again_with_growing_pauses_for_three_days(merchant: Merchant, receiver: Receiver):
    listen(merchant, receiver, "customer.created")
    receiver.status = 500
    merchant.customer()
    settle(merchant)
    event = receiver.events[0]["id"]
    assert [each.id for each in merchant.v1.events.list({"delivery_success": False}).data] == [event]
    merchant.world.pull("advance", to=START + 10 * DAY)
    tries = merchant.world.look("deliveries", event=event)["tries"]
    pauses = [after["at"] - before["at"] for before, after in pairwise(tries)]
    assert pauses == sorted(pauses)
    assert len(pauses) == 8
    assert 2.5 * DAY < tries[-1]["at"] - START <= 3 * DAY + 3600
    assert {attempt["status"] for attempt in tries} == {500}


def test_an_event_that_arrives_late_counts_as_delivered(merchant: Merchant, receiver: Receiver):
    listen(merchant, receiver, "customer.created")
    merchant.world.pull("drop_deliveries", n=2)
    merchant.customer()
    settle(merchant)
    assert receiver.types == []
    merchant.world.pull("advance", to=START + DAY)
    assert receiver.types == ["customer.created"]
    assert merchant.v1.events.list({"delivery_success": False}).data == []


def test_an_event_can_be_sent_once_more(merchant: Merchant, receiver: Receiver):
    listen(merchant, receiver, "customer.created")
    merchant.customer()
    settle(merchant)
    merchant.world.pull("redeliver", event=receiver.events[0]["id"])
    assert receiver.types == ["customer.created"] * 2
    assert receiver.bodies[0] != b""
    assert receiver.events[0]["id"] == receiver.events[1]["id"]


def test_who_hears_of_a_failure_may_pay_before_time_goes_on(merchant: Merchant, receiver: Receiver):
    """While a delivery is awaited the API answers: the app reacts inside the simulated instant."""
    listen(merchant, receiver, "invoice.payment_failed", "invoice.paid")
    subscription = merchant.subscription()
    settle(merchant)
    receiver.bodies.clear()
    card = merchant.v1.payment_methods.attach("pm_sim_decline_lost_card", {"customer": str(subscription.customer)})
    merchant.v1.subscriptions.update(subscription.id, {"default_payment_method": card.id})
    receiver.on["invoice.payment_failed"] = lambda event: merchant.v1.invoices.pay(
        event["data"]["object"]["id"], {"payment_method": "pm_card_visa"}
    )
    merchant.world.pull("advance", to=START + 40 * DAY)
    assert receiver.types == ["invoice.payment_failed", "invoice.paid"]
    failed, paid = receiver.events
    assert failed["created"] == paid["created"]


def test_events_are_kept_for_thirty_days(merchant: Merchant):
    merchant.customer()
    merchant.world.pull("advance", to=START + 29 * DAY)
    assert merchant.v1.events.list().data != []
    merchant.world.pull("advance", to=START + 31 * DAY)
    assert merchant.v1.events.list().data == []
