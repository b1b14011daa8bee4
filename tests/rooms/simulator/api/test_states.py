"""What stands in the wrong state is refused as Stripe refuses it, and a refused request has done nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import orjson
import pytest

from tests.rooms.simulator.asking import INVALID
from tests.rooms.simulator.door import Door, Refusal
from tests.rooms.simulator.furnished import DAY, Account


class Case(NamedTuple):
    """`made` makes the thing whose id takes the place of {} in the path and in the form's values."""

    sentence: str
    made: Callable[[Account], str]
    ask: str
    form: Mapping[str, Any] = {}
    code: str | None = None
    param: str | None = None
    status: int = 400


INTENT, SETUP = "payment_intent_unexpected_state", "setup_intent_unexpected_state"
MISSING, NOT_EDITABLE = "resource_missing", "invoice_not_editable"
BEGIN = 1_750_000_000
CASES = [
    # customers and what they pay with
    Case("a deleted customer is not changed", Account.gone, "POST /v1/customers/{}", {"name": "Ada"}, MISSING, "id", 404),
    Case("a deleted customer is not deleted again", Account.gone, "DELETE /v1/customers/{}", {}, MISSING, "id", 404),
    Case("nothing is billed to a deleted customer", Account.gone, "POST /v1/invoices", {"customer": "{}"}, MISSING, "customer"),
    Case("nothing waits for a deleted customer's invoice", Account.gone, "POST /v1/invoiceitems", {"customer": "{}", "amount": 1}, MISSING, "customer"),
    Case("no portal opens for a deleted customer", Account.gone, "POST /v1/billing_portal/sessions", {"customer": "{}"}, MISSING, "customer"),
    Case("a customer's default is their own card", Account.customer, "POST /v1/customers/{}", {"invoice_settings[default_payment_method]": "{attached}"}, MISSING, "payment_method"),
    Case("a customer's default is a card somebody knows", Account.customer, "POST /v1/customers/{}", {"invoice_settings[default_payment_method]": "pm_nobody"}, MISSING, "payment_method"),
    Case("a new customer does not begin with a card that is nobody's", Account.method, "POST /v1/customers", {"invoice_settings[default_payment_method]": "{}"}, MISSING, "payment_method"),
    Case("a customer lives on a clock that exists", Account.clock, "POST /v1/customers", {"test_clock": "clock_nobody"}, MISSING, "test_clock"),
    Case("a card is attached to one customer", Account.attached, "POST /v1/payment_methods/{}/attach", {"customer": "{customer}"}),
    Case("a card is attached to somebody who exists", Account.method, "POST /v1/payment_methods/{}/attach", {"customer": "cus_nobody"}, MISSING, "customer"),
    Case("a card that is nobody's is not detached", Account.method, "POST /v1/payment_methods/{}/detach"),
    Case("a card that is nobody's is not changed", Account.method, "POST /v1/payment_methods/{}", {"metadata[a]": "b"}),
    Case("another customer's card is not found at this one", Account.attached, "GET /v1/customers/cus_nobody/payment_methods/{}", {}, MISSING, "id", 404),
    Case("no card expires in a thirteenth month", Account.attached, "POST /v1/payment_methods/{}", {"card[exp_month]": 13}, "invalid_expiry_month", "exp_month", 402),
    Case("a card needs a number", Account.clock, "POST /v1/payment_methods", {"type": "card", "card[exp_month]": 12}, "parameter_missing", "card[number]"),
    Case("a card needs a number its check digit fits", Account.clock, "POST /v1/payment_methods", {"type": "card", "card[number]": "4242424242424243"}, "incorrect_number", "number", 402),
    Case("a test clock has three customers", Account.full_clock, "POST /v1/customers", {"test_clock": "{}"}, None, "test_clock"),
    Case("a customer on a test clock has three subscriptions", Account.busy, "POST /v1/subscriptions", {"customer": "{}", "items[0][price]": "{price}"}, None, "customer"),
    Case("a test clock takes a customer without subscriptions", Account.subscriber, "POST /v1/test_helpers/test_clocks", {"frozen_time": BEGIN, "customer": "{}"}, None, "customer"),
    Case("a product keeps a name", Account.product, "POST /v1/products/{}", {"name": ""}, "parameter_invalid_empty", "name"),
    # payment intents
    Case("an intent is over at least one cent", Account.intent, "POST /v1/payment_intents/{}", {"amount": 0}, "parameter_invalid_integer", "amount"),
    Case("an intent without a method is not confirmed", Account.intent, "POST /v1/payment_intents/{}/confirm", {}, INTENT),
    Case("an intent is not made and confirmed without a method", Account.clock, "POST /v1/payment_intents", {"amount": 50, "currency": "usd", "confirm": "true"}, INTENT),
    Case("an intent that succeeded is not confirmed", Account.succeeded, "POST /v1/payment_intents/{}/confirm", {"payment_method": "pm_card_visa"}, INTENT),
    Case("an intent that succeeded is not changed", Account.succeeded, "POST /v1/payment_intents/{}", {"amount": 1}, INTENT),
    Case("an intent that succeeded is not canceled", Account.succeeded, "POST /v1/payment_intents/{}/cancel", {}, INTENT),
    Case("an intent that succeeded is not captured", Account.succeeded, "POST /v1/payment_intents/{}/capture", {}, INTENT),
    Case("no more is captured than was held", Account.held, "POST /v1/payment_intents/{}/capture", {"amount_to_capture": 501}),
    Case("a canceled intent is not confirmed", Account.given_up, "POST /v1/payment_intents/{}/confirm", {"payment_method": "pm_card_visa"}, INTENT),
    Case("a canceled intent is not canceled again", Account.given_up, "POST /v1/payment_intents/{}/cancel", {}, INTENT),
    Case("an invoice's own intent is not canceled", Account.of_invoice, "POST /v1/payment_intents/{}/cancel", {}, INTENT),
    Case("an invoice's own intent keeps its amount", Account.of_invoice, "POST /v1/payment_intents/{}", {"amount": 1}),
    Case("an intent is not paid with another customer's card", Account.of_invoice, "POST /v1/payment_intents/{}/confirm", {"payment_method": "{attached}"}),
    Case("an intent belongs to somebody who exists", Account.intent, "POST /v1/payment_intents/{}", {"customer": "cus_nobody"}, MISSING, "customer"),
    Case("an intent is not read with another's secret", Account.intent, "GET /v1/payment_intents/{}", {"client_secret": "pi_1_secret_é"}, "payment_intent_invalid_parameter", "client_secret"),
    Case("an intent is over as much as can be charged", Account.clock, "POST /v1/payment_intents", {"amount": 49, "currency": "usd"}, "amount_too_small", "amount"),
    Case("what is much in one currency is too little in another", Account.clock, "POST /v1/payment_intents", {"amount": 1499, "currency": "czk"}, "amount_too_small", "amount"),
    Case("an intent is not made too small afterwards", Account.intent, "POST /v1/payment_intents/{}", {"amount": 49}, "amount_too_small", "amount"),
    Case("an intent is over no more than can be charged", Account.clock, "POST /v1/payment_intents", {"amount": 100_000_000, "currency": "usd"}, "amount_too_large", "amount"),
    # setup intents
    Case("a set-up without a method is not confirmed", Account.setup, "POST /v1/setup_intents/{}/confirm", {}, SETUP),
    Case("a set-up is not made and confirmed without a method", Account.customer, "POST /v1/setup_intents", {"customer": "{}", "confirm": "true"}, SETUP),
    Case("a set-up that succeeded is not confirmed again", Account.set_up, "POST /v1/setup_intents/{}/confirm", {"payment_method": "pm_card_visa"}, SETUP),
    Case("a set-up that succeeded is not changed", Account.set_up, "POST /v1/setup_intents/{}", {"description": "x"}, SETUP),
    Case("a set-up that succeeded is not canceled", Account.set_up, "POST /v1/setup_intents/{}/cancel", {}, SETUP),
    Case("a canceled set-up is not canceled again", Account.setup_given_up, "POST /v1/setup_intents/{}/cancel", {}, SETUP),
    Case("another customer's card is not set up", Account.setup, "POST /v1/setup_intents/{}/confirm", {"payment_method": "{attached}"}),
    Case("a set-up is for somebody who exists", Account.setup, "POST /v1/setup_intents/{}", {"customer": "cus_nobody"}, MISSING, "customer"),
    Case("a set-up is not read with another's secret", Account.setup, "GET /v1/setup_intents/{}", {"client_secret": "x"}, "setup_intent_invalid_parameter", "client_secret"),
    # charges, refunds, disputes
    Case("nothing is refunded twice", Account.refunded, "POST /v1/refunds", {"charge": "{}"}, "charge_already_refunded"),
    Case("no more is refunded than was paid", Account.charge, "POST /v1/refunds", {"charge": "{}", "amount": 501}, None, "amount"),
    Case("a charge that failed is not refunded", Account.failed_charge, "POST /v1/refunds", {"charge": "{}"}, "charge_not_refundable"),
    Case("a charge that is disputed is not refunded", Account.disputed, "POST /v1/refunds", {"charge": "{}"}, "charge_disputed"),
    Case("an intent that was never paid is not refunded", Account.intent, "POST /v1/refunds", {"payment_intent": "{}"}),
    Case("a refund says what of", Account.clock, "POST /v1/refunds", {"amount": 1}, "parameter_missing"),
    Case("a refund is of a charge that exists", Account.clock, "POST /v1/refunds", {"charge": "ch_nobody"}, MISSING, "charge"),
    Case("a dispute that is over is not closed again", Account.lost, "POST /v1/disputes/{}/close"),
    Case("a dispute that is over takes no evidence", Account.lost, "POST /v1/disputes/{}", {"evidence[product_description]": "x"}),
    # products and prices
    Case("a price belongs to a product", Account.clock, "POST /v1/prices", {"unit_amount": 1, "currency": "usd"}, "parameter_missing", "product"),
    Case("a price belongs to a product that exists", Account.clock, "POST /v1/prices", {"unit_amount": 1, "currency": "usd", "product": "prod_nobody"}, MISSING, "product"),
    Case("no period lasts no time at all", Account.clock, "POST /v1/prices", {"unit_amount": 1, "currency": "usd", "product_data[name]": "x", "recurring[interval]": "month", "recurring[interval_count]": 0}, "parameter_invalid_integer", "recurring[interval_count]"),
    # subscriptions
    Case("a subscription is of somebody who exists", Account.clock, "POST /v1/subscriptions", {"customer": "cus_nobody", "items[0][price]": "{price}"}, MISSING, "customer"),
    Case("a subscription has something to charge", Account.customer, "POST /v1/subscriptions", {"customer": "{}"}, "parameter_missing", "items"),
    Case("an item of a subscription has a price", Account.customer, "POST /v1/subscriptions", {"customer": "{}", "items[0][price]": "{price}", "items[1][quantity]": 2}, "parameter_missing", "items[1][price]"),
    Case("an item of a subscription has a price that exists", Account.customer, "POST /v1/subscriptions", {"customer": "{}", "items[0][price]": "price_nobody"}, MISSING, "items[0][price]"),
    Case("an item of a subscription has a price that recurs", Account.customer, "POST /v1/subscriptions", {"customer": "{}", "items[0][price]": "{once}"}, None, "items[0][price]"),
    Case("a subscription is paid with the customer's own card", Account.customer, "POST /v1/subscriptions", {"customer": "{}", "items[0][price]": "{price}", "default_payment_method": "{attached}"}, MISSING, "payment_method"),
    Case("a trial does not end before it begins", Account.customer, "POST /v1/subscriptions", {"customer": "{}", "items[0][price]": "{price}", "trial_end": BEGIN}, None, "trial_end"),
    Case("a running subscription gets no trial that has passed", Account.subscription, "POST /v1/subscriptions/{}", {"trial_end": BEGIN}, None, "trial_end"),
    Case("a subscription's item is one of its own", Account.subscription, "POST /v1/subscriptions/{}", {"items[0][id]": "si_nobody", "items[0][quantity]": 2}, MISSING, "items[0][id]"),
    Case("an item that goes is named", Account.subscription, "POST /v1/subscriptions/{}", {"items[0][deleted]": "true"}, "parameter_missing", "items[0][id]"),
    Case("a subscription keeps an item", Account.subscription, "POST /v1/subscriptions/{}", {"items[0][id]": "{item}", "items[0][deleted]": "true"}, None, "items"),
    Case("a canceled subscription is not changed", Account.canceled, "POST /v1/subscriptions/{}", {"cancel_at_period_end": "true"}),
    Case("a canceled subscription is not canceled again", Account.canceled, "DELETE /v1/subscriptions/{}", {}, MISSING, "id", 404),
    # invoices
    Case("an invoice is about a subscription that exists", Account.customer, "POST /v1/invoices", {"customer": "{}", "subscription": "sub_nobody"}, MISSING, "subscription"),
    Case("an open invoice is not finalized again", Account.open, "POST /v1/invoices/{}/finalize"),
    Case("a paid invoice is not paid again", Account.paid, "POST /v1/invoices/{}/pay"),
    Case("a void invoice is not paid", Account.void, "POST /v1/invoices/{}/pay"),
    Case("nobody pays who has nothing to pay with", Account.unpayable, "POST /v1/invoices/{}/pay", {}, MISSING, "payment_method"),
    Case("an invoice is not paid with another customer's card", Account.open, "POST /v1/invoices/{}/pay", {"payment_method": "{attached}"}, MISSING, "payment_method"),
    Case("an invoice is not paid with a card nobody knows", Account.open, "POST /v1/invoices/{}/pay", {"payment_method": "pm_nobody"}, MISSING, "payment_method"),
    Case("what a bank debit is about to pay is not paid beside it", Account.in_flight, "POST /v1/invoices/{}/pay", {"payment_method": "pm_card_visa"}, INTENT),
    Case("a draft is not void", Account.draft, "POST /v1/invoices/{}/void"),
    Case("a paid invoice is not voided", Account.paid, "POST /v1/invoices/{}/void"),
    Case("a void invoice is not voided again", Account.void, "POST /v1/invoices/{}/void"),
    Case("a draft is not uncollectible", Account.draft, "POST /v1/invoices/{}/mark_uncollectible"),
    Case("a paid invoice is not uncollectible", Account.paid, "POST /v1/invoices/{}/mark_uncollectible"),
    Case("a renewal's draft is not deleted", Account.renewals_draft, "DELETE /v1/invoices/{}", {}, NOT_EDITABLE),
    Case("an open invoice is not deleted", Account.open, "DELETE /v1/invoices/{}", {}, NOT_EDITABLE),
    Case("a paid invoice is not changed", Account.paid, "POST /v1/invoices/{}", {"description": "x"}, NOT_EDITABLE),
    Case("a paid invoice does not advance again", Account.paid, "POST /v1/invoices/{}", {"auto_advance": "true"}, NOT_EDITABLE),
    Case("an uncollectible invoice gets no other card", Account.uncollectible, "POST /v1/invoices/{}", {"default_payment_method": "pm_card_visa"}, NOT_EDITABLE),
    Case("what is charged automatically is not sent", Account.open, "POST /v1/invoices/{}/send"),
    Case("no payment is attached to a draft", Account.draft, "POST /v1/invoices/{}/attach_payment", {"payment_intent": "{intent}"}),
    Case("a payment that is attached is named", Account.open, "POST /v1/invoices/{}/attach_payment", {}, "parameter_missing", "payment_intent"),
    Case("a payment that is attached exists", Account.open, "POST /v1/invoices/{}/attach_payment", {"payment_intent": "pi_nobody"}, MISSING, "payment_intent"),
    Case("a payment is attached once", Account.open, "POST /v1/invoices/{}/attach_payment", {"payment_intent": "{of_invoice}"}),
    Case("a payment in another currency is not attached", Account.open, "POST /v1/invoices/{}/attach_payment", {"payment_intent": "{euros}"}),
    Case("nothing is put on an open invoice", Account.open, "POST /v1/invoiceitems", {"customer": "{customer}", "invoice": "{}", "amount": 1}, NOT_EDITABLE),
    Case("an item's price exists", Account.customer, "POST /v1/invoiceitems", {"customer": "{}", "pricing[price]": "price_nobody"}, MISSING, "pricing[price]"),
    Case("the period of an item has an end", Account.customer, "POST /v1/invoiceitems", {"customer": "{}", "period[start]": BEGIN}, "parameter_missing", "period[end]"),
    Case("what was billed is not deleted", Account.used_item, "DELETE /v1/invoiceitems/{}", {}, NOT_EDITABLE),
    # the portal, webhooks, clocks
    Case("a portal looks as it was configured", Account.customer, "POST /v1/billing_portal/sessions", {"customer": "{}", "configuration": "bpc_nobody"}, MISSING, "configuration"),
    Case("a browser shows the methods of somebody who exists", Account.clock, "POST /v1/customer_sessions", {"customer": "cus_nobody", "components[payment_element][enabled]": "true"}, MISSING, "customer"),
    Case("events are posted to an address", Account.clock, "POST /v1/webhook_endpoints", {"url": "localhost/hook", "enabled_events[0]": "*"}, "url_invalid", "url"),
    Case("an endpoint keeps an address", Account.endpoint, "POST /v1/webhook_endpoints/{}", {"url": "ftp://shop.example/"}, "url_invalid", "url"),
    Case("an endpoint wants some event", Account.endpoint, "POST /v1/webhook_endpoints/{}", {"enabled_events": ""}, "parameter_invalid_empty", "enabled_events"),
    Case("a clock never runs backwards", Account.clock, "POST /v1/test_helpers/test_clocks/{}/advance", {"frozen_time": BEGIN}, None, "frozen_time"),
    Case("a clock moves two intervals at most", Account.clock_of_a_subscriber, "POST /v1/test_helpers/test_clocks/{}/advance", {"frozen_time": BEGIN + 62 * DAY}, None, "frozen_time"),
]  # fmt: skip


def also(account: Account, thing: str) -> dict[str, str]:
    """What a case's form may name beside its own thing."""
    items = account.door.sim.store.subscription_items.of("subscription", thing)
    names = ("attached", "customer", "price", "once", "intent", "of_invoice")
    found = {name: value if isinstance(value := getattr(account, name), str) else value() for name in names}
    return found | {"euros": account.intent(currency="eur"), "item": items[0]["id"] if items else ""}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.sentence)
def test_what_stands_in_the_wrong_state_is_refused(door: Door, case: Case):
    account = Account(door)
    thing = case.made(account)
    others = also(account, thing)
    method, path = case.ask.split()
    form = {
        name: value.format(thing, **others) if isinstance(value, str) else value for name, value in case.form.items()
    }
    before = contents(door)
    kind = "card_error" if case.status == 402 else INVALID
    assert door.refused(method, path.format(thing), form) == Refusal(case.status, kind, case.code, case.param)
    assert contents(door) == before


def contents(door: Door) -> tuple[Any, ...]:
    """Everything an account holds, but for the cards that come into being by being named."""
    store = {
        name: list(rows) for name, rows in vars(door.sim.store).items() if name not in {"payment_methods", "events"}
    }
    kept = {name: [dict(row) if isinstance(row, dict) else row for row in rows] for name, rows in store.items()}
    return kept, door.sim.events.recorded, door.sim.ledger.rows()


def test_an_invoice_over_nothing_is_paid_by_being_finalized(door: Door):
    account = Account(door)
    for verb in ("finalize", "pay"):
        assert door.made(f"/v1/invoices/{account.empty()}/{verb}")["status"] == "paid"
    assert door.sim.ledger.rows() == []


def test_the_events_of_an_end_tell_what_was_before(door: Door):
    account = Account(door)
    door.made(f"/v1/invoices/{account.uncollectible()}/void")
    told = [
        orjson.loads(orjson.dumps(row["data"])) for row in door.sim.store.events if row["type"] == "invoice.updated"
    ]
    assert [data["previous_attributes"]["status"] for data in told] == ["open", "uncollectible"]


def test_the_invoices_of_a_deleted_customer_stay_what_they_are(door: Door):
    """A draft that was about to advance does not, and time goes on."""
    account = Account(door)
    customer = account.customer()
    form = {"customer": customer, "auto_advance": "true"}
    draft, opened = door.made("/v1/invoices", form)["id"], account.open(customer)
    door.ask("DELETE", f"/v1/customers/{customer}")
    assert door.pull("advance", {"to": door.sim.now() + 30 * DAY}).status_code == 200
    states = [door.ask("GET", f"/v1/invoices/{key}").json()["status"] for key in (draft, opened)]
    assert states == ["draft", "open"]
    assert door.refused("POST", f"/v1/invoices/{draft}/finalize") == Refusal(400, INVALID, MISSING, "customer")


def test_a_subscription_ends_with_its_customer(door: Door):
    account = Account(door)
    subscription = account.subscription()
    door.ask("DELETE", f"/v1/customers/{door.sim.store.subscriptions[subscription]['customer']}")
    assert door.ask("GET", f"/v1/subscriptions/{subscription}").json()["status"] == "canceled"


def test_an_account_has_so_many_endpoints_and_no_more(door: Door):
    account = Account(door)
    for _ in range(16):
        account.endpoint()
    form = {"url": "http://127.0.0.1:9/hook", "enabled_events[0]": "*"}
    assert door.refused("POST", "/v1/webhook_endpoints", form) == Refusal(400, INVALID)


def test_an_intent_that_changes_hands_is_listed_at_its_new_owner(door: Door):
    account = Account(door)
    owner, other = account.customer(), account.customer()
    for path in ("/v1/payment_intents", "/v1/setup_intents"):
        form = {"amount": 500, "currency": "usd", "customer": owner} if "payment" in path else {"customer": owner}
        intent = door.made(path, form)["id"]
        door.made(f"{path}/{intent}", {"customer": other})
        listed = {name: door.ask("GET", path, {"customer": name}).json()["data"] for name in (owner, other)}
        assert [[row["id"] for row in rows] for rows in listed.values()] == [[], [intent]]
