"""Every event we ask Stripe for has a translator, and every translator knows Stripe's shape."""

from datetime import UTC, datetime

import pytest
import stripe

from tideover.core.facts import Learnt
from tideover.gateways.answers import ClockRead
from tideover.gateways.shape import Odd
from tideover.inbox.translate import (
    ENDPOINT_EVENTS,
    EVENTS,
    MONEY_MOVES,
    ChargeNews,
    ClockNews,
    CustomerDeleted,
    Disconnected,
    InvoiceNews,
    MethodNews,
    NoNews,
    ReadAgain,
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
    "customer.source": {"id": "card_1", "customer": "cus_1"},
    "credit_note": {"id": "cn_1", "invoice": "in_1"},
    "charge": {"id": "ch_1", "payment_intent": "pi_1", "amount_refunded": 9900},
    "refund": {"id": "re_1", "charge": "ch_1", "amount": 9900},
    "charge.dispute": {"id": "dp_1", "charge": "ch_1", "amount": 9900, "status": "lost"},
    "test_helpers.test_clock": {"id": "clock_1", "status": "ready", "frozen_time": UNIX, "status_details": {}},
    "account.application": {"id": "ca_1"},
}
EXPECTED = {
    "invoice": InvoiceNews("in_1"),
    "invoice_payment": InvoiceNews("in_1"),
    "customer.subscription": SubscriptionEnded("sub_1", AT, "payment_failed"),
    "customer": CustomerDeleted("cus_1", AT),
    "payment_method": MethodNews("cus_1", "pm_1", AT, renewed=False, event_id="evt_1"),
    "customer.source": ReadAgain(customer_id="cus_1"),
    "credit_note": InvoiceNews("in_1"),
    "charge": ChargeNews("ch_1", "pi_1", Learnt.REFUNDED, "ch_1", 9900, AT),
    "refund": ChargeNews("ch_1", "", Learnt.REFUND_FAILED, "re_1", 9900, AT),
    "charge.dispute": ChargeNews("ch_1", "", Learnt.DISPUTED, "dp_1", 9900, AT),
    "test_helpers.test_clock": ClockNews(ClockRead("clock_1", "ready", AT)),
    "account.application": Disconnected(AT, "acct_1"),
}
OPENING = {"invoice.payment_failed", "invoice.payment_action_required", "invoice.overdue"}
AGAIN = {
    "customer.updated": ReadAgain(customer_id="cus_1"),
    "payment_method.updated": ReadAgain(customer_id="cus_1"),
    "payment_method.detached": ReadAgain(customer_id="cus_1"),
    "customer.subscription.updated": ReadAgain(subscription_id="sub_1"),
}
GONE = {"test_helpers.test_clock.deleted": ClockNews(ClockRead("clock_1", "deleted", AT))}
DECISIONS = {
    "charge.dispute.closed": Learnt.DISPUTE_LOST,
    "charge.dispute.funds_reinstated": Learnt.DISPUTE_WON,
}


def an_event(kind):
    thing = THINGS[kind.rpartition(".")[0]]
    return {"id": "evt_1", "type": kind, "created": UNIX, "account": "acct_1", "data": {"object": thing}}


@pytest.mark.parametrize("kind", sorted(EVENTS))
def test_each_event_is_translated(kind):
    expected = EXPECTED[kind.rpartition(".")[0]]
    if kind in OPENING:
        expected = InvoiceNews("in_1", opens=True, failed_at=AT if kind == "invoice.payment_failed" else None)
    if kind == "payment_method.automatically_updated":
        expected = MethodNews("cus_1", "pm_1", AT, renewed=True, event_id="evt_1")
    expected = (AGAIN | GONE).get(kind, expected)
    if kind in DECISIONS:
        expected = ChargeNews("ch_1", "", DECISIONS[kind], "dp_1", 9900, AT)
    assert news_of(an_event(kind)) == expected


def test_what_tells_of_money_that_moved_is_named_so():
    assert set(MONEY_MOVES) == {kind for kind in EVENTS if isinstance(news_of(an_event(kind)), ChargeNews)}


@pytest.mark.parametrize("kind", ["customer.updated", "customer.subscription.updated"])
@pytest.mark.parametrize(
    ("field", "tells"),
    [("default_payment_method", True), ("invoice_settings", True), ("pause_collection", True), ("metadata", False)],
)
def test_only_a_change_that_decides_how_invoices_are_paid_lets_them_be_read_again(kind, field, tells):
    event = an_event(kind)
    event["data"] = {**event["data"], "previous_attributes": {field: None}}
    assert isinstance(news_of(event), ReadAgain) == tells


@pytest.mark.parametrize(
    ("was", "is_", "tells"),
    [
        ({"tideover_segment": None}, {"tideover_segment": "pro"}, True),
        ({}, {"tideover_segment": "pro"}, True),
        ({"tideover_segment": "pro"}, {}, True),
        ({"color": "red"}, {"color": "blue"}, False),
    ],
)
def test_a_change_of_a_customers_segment_lets_their_invoices_be_read_again(was, is_, tells):
    event = an_event("customer.updated")
    changed = {**event["data"]["object"], "metadata": is_}
    event["data"] = {"object": changed, "previous_attributes": {"metadata": was}}
    assert isinstance(news_of(event), ReadAgain) == tells


def test_of_a_method_that_was_taken_off_only_what_it_was_before_tells_whose():
    event = an_event("payment_method.detached")
    taken_off = {"id": "pm_1", "customer": None}
    event["data"] = {"object": taken_off, "previous_attributes": {"customer": "cus_7"}}
    assert news_of(event) == ReadAgain(customer_id="cus_7")
    event["data"] = {"object": taken_off}
    assert isinstance(news_of(event), NoNews)


def test_an_attached_method_without_an_id_is_not_understood():
    event = {**an_event("payment_method.attached"), "data": {"object": {"id": "", "customer": "cus_1"}}}
    with pytest.raises(Odd):
        news_of(event)


def test_stripe_knows_every_event_we_ask_for():
    known = stripe.params.WebhookEndpointCreateParams.__annotations__["enabled_events"]
    text = str(getattr(known, "__forward_arg__", known))
    assert not [kind for kind in ENDPOINT_EVENTS if f"'{kind}'" not in text and f'"{kind}"' not in text]


def a_dispute(kind, status):
    return {**an_event(kind), "data": {"object": {**THINGS["charge.dispute"], "status": status}}}


@pytest.mark.parametrize(("status", "learnt"), [("won", Learnt.DISPUTE_WON), ("lost", Learnt.DISPUTE_LOST)])
def test_how_a_dispute_was_decided_stands_in_its_status(status, learnt):
    assert news_of(a_dispute("charge.dispute.closed", status)).kind == learnt


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("charge.dispute.created", "warning_needs_response"),
        ("charge.dispute.closed", "warning_closed"),
        ("charge.dispute.closed", "prevented"),
    ],
)
def test_a_bank_that_only_inquires_has_taken_no_money(kind, status):
    assert isinstance(news_of(a_dispute(kind, status)), NoNews)


def test_a_refund_of_no_charge_concerns_nobody():
    event = {**an_event("refund.failed"), "data": {"object": {"id": "re_1", "charge": None}}}
    assert isinstance(news_of(event), NoNews)


def test_a_foreign_application_that_goes_is_none_of_our_business():
    event = an_event("account.application.deauthorized")
    del event["account"]
    assert news_of(event) == NoNews("it is somebody else's application")


def test_an_event_that_is_none_of_our_business_is_no_news():
    news = news_of({"id": "evt_1", "type": "payout.paid", "created": UNIX, "data": {"object": {"id": "po_1"}}})
    assert news == NoNews("nothing here listens to events of this type")


def test_a_payment_method_without_a_customer_concerns_nobody():
    event = an_event("payment_method.attached")
    news = news_of({**event, "data": {"object": {"id": "pm_1", "customer": None}}})
    assert news == NoNews("the payment method belongs to no customer")


@pytest.mark.parametrize("kind", ["payment_method.attached", "payment_method.automatically_updated"])
def test_a_method_of_a_customer_that_is_an_account_is_theirs(kind):
    event = an_event("payment_method.attached")
    method = {"id": "pm_1", "customer": None, "customer_account": "acct_1QxVbN2eZvKYlo2C"}
    news = news_of({**event, "type": kind, "data": {"object": method}})
    assert (type(news), news.customer_id) == (MethodNews, "acct_1QxVbN2eZvKYlo2C")
