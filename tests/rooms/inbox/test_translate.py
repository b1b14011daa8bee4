"""Every event we ask Stripe for has a translator, and every translator knows Stripe's shape."""

from datetime import UTC, datetime

import pytest
import stripe

from tideover.inbox.translate import (
    ENDPOINT_EVENTS,
    EVENTS,
    ChargeNews,
    CustomerDeleted,
    Disconnected,
    InvoiceNews,
    MethodNews,
    NoNews,
    SubscriptionEnded,
    news_of,
)

AT = datetime(2026, 11, 2, 15, 0, tzinfo=UTC)
UNIX = int(AT.timestamp())
THINGS = {
    "invoice": {"id": "in_1"},
    "invoice_payment": {"id": "inpay_1", "invoice": "in_1"},
    "customer.subscription": {"id": "sub_1", "ended_at": UNIX, "cancellation_details": {"reason": "payment_failed"}},
    "customer": {"id": "cus_1"},
    "payment_method": {"id": "pm_1", "customer": "cus_1"},
    "charge": {"id": "ch_1", "amount_refunded": 9900},
    "charge.dispute": {"id": "dp_1", "charge": "ch_1", "amount": 9900},
    "account.application": {"id": "ca_1"},
}
EXPECTED = {
    "invoice": InvoiceNews("in_1"),
    "invoice_payment": InvoiceNews("in_1"),
    "customer.subscription": SubscriptionEnded("sub_1", AT, "payment_failed"),
    "customer": CustomerDeleted("cus_1", AT),
    "payment_method": MethodNews("cus_1", "pm_1", AT, renewed=False, event_id="evt_1"),
    "charge": ChargeNews("ch_1", "refunded", 9900, AT),
    "charge.dispute": ChargeNews("ch_1", "disputed", 9900, AT),
    "account.application": Disconnected(AT),
}
OPENING = {"invoice.payment_failed", "invoice.payment_action_required", "invoice.overdue"}


def an_event(kind):
    thing = THINGS[kind.rpartition(".")[0]]
    return {"id": "evt_1", "type": kind, "created": UNIX, "data": {"object": thing}}


@pytest.mark.parametrize("kind", sorted(EVENTS))
def test_each_event_is_translated(kind):
    expected = EXPECTED[kind.rpartition(".")[0]]
    if kind in OPENING:
        expected = InvoiceNews("in_1", opens=True)
    if kind == "payment_method.automatically_updated":
        expected = MethodNews("cus_1", "pm_1", AT, renewed=True, event_id="evt_1")
    assert news_of(an_event(kind)) == expected


def test_stripe_knows_every_event_we_ask_for():
    known = stripe.params.WebhookEndpointCreateParams.__annotations__["enabled_events"]
    text = str(getattr(known, "__forward_arg__", known))
    assert not [kind for kind in ENDPOINT_EVENTS if f"'{kind}'" not in text and f'"{kind}"' not in text]


def test_stripes_list_of_events_takes_as_many_types_as_we_ask_for():
    assert len(ENDPOINT_EVENTS) <= 20  # https://docs.stripe.com/api/events/list, `types`


def test_an_event_that_is_none_of_our_business_is_no_news():
    news = news_of({"id": "evt_1", "type": "payout.paid", "created": UNIX, "data": {"object": {"id": "po_1"}}})
    assert news == NoNews("nothing here listens to events of this type")


def test_a_payment_method_without_a_customer_concerns_nobody():
    event = an_event("payment_method.attached")
    news = news_of({**event, "data": {"object": {"id": "pm_1", "customer": None}}})
    assert news == NoNews("the payment method belongs to no customer")
