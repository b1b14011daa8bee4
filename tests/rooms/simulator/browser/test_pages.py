"""The pages Stripe itself shows a customer: the hosted invoice, the receipt and the portal."""

from __future__ import annotations

import pytest

from tests.rooms.simulator.towns import START
from tideover.simulator.account.world import new_simulator
from tideover.simulator.api.billing import renewing
from tideover.simulator.api.billing.checkout_sessions import create as create_checkout
from tideover.simulator.api.billing.portal_sessions import create as create_session
from tideover.simulator.api.catalog.coupons import create as create_coupon
from tideover.simulator.api.catalog.promotion_codes import create as create_code
from tideover.simulator.mail.frame import spoken
from tideover.simulator.people.town import AlreadySettled, Town
from tideover.simulator.server import Server
from tideover.simulator.shop.plastic import Cause, Trouble
from tideover.simulator.shop.population import Shop
from tideover.simulator.wire.operations import Call

GOOD = {"number": "4242 4242 4242 4242", "expiry": "12/34", "cvc": "123"}


@pytest.fixture
def town():
    made = Town(new_simulator(3, START))
    made.settle(Shop(1, 3, 30))
    return made


@pytest.fixture
def browser(town, browse):
    return browse(Server.around(town.sim))


@pytest.fixture
def invoice(town):
    """An open invoice whose card is lost."""
    (customer,) = town.crowd.population.customers.values()
    customer.card.troubles = (Trouble(Cause.DEAD, "lost_card", 0, None),)
    made = renewing.renew(town.sim, customer.subscription)
    renewing.advance(town.sim, made["id"])
    return made


def path_of(town, url: str) -> str:
    return url.removeprefix(town.sim.base_url)


def test_the_hosted_page_takes_a_new_card_pays_and_keeps_it(town, browser, invoice):
    path = path_of(town, invoice["hosted_invoice_url"])
    assert spoken(invoice["amount_due"], invoice["currency"]) in browser.get(path).text
    assert browser.post(path, data=GOOD).status_code == 303
    assert invoice["status"] == "paid"
    assert "paid. Thank you" in browser.get(path).text
    owner = town.sim.store.customers[invoice["customer"]]
    method = town.sim.store.payment_methods[owner["invoice_settings"]["default_payment_method"]]
    assert method["card"]["last4"] == "4242"


def test_paying_twice_on_the_hosted_page_charges_once(town, browser, invoice):
    path = path_of(town, invoice["hosted_invoice_url"])
    for _ in range(2):
        browser.post(path, data=GOOD)
    succeeded = [each for each in town.sim.ledger.attempts if each.outcome == "succeeded"]
    assert len(succeeded) == 1


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"number": "4000000000009995"}, "insufficient funds"),
        ({"number": "4242424242424241"}, "number is incorrect"),
        ({"expiry": "1"}, "expiration month is invalid"),
    ],
)
def test_a_card_that_does_not_work_is_explained_and_nothing_is_paid(town, browser, invoice, typed, words):
    answer = browser.post(path_of(town, invoice["hosted_invoice_url"]), data=GOOD | typed)
    assert answer.status_code == 402
    assert words in answer.text
    assert invoice["status"] == "open"
    assert len(town.sim.store.payment_methods.of("customer", invoice["customer"])) == 1


def test_a_bank_that_wants_to_be_asked_gets_its_question_and_the_customer_returns_to_the_invoice(
    town, browser, invoice
):
    path = path_of(town, invoice["hosted_invoice_url"])
    asked = browser.post(path, data=GOOD | {"number": "4000002760003184"}).headers["location"]
    key = asked.rsplit("/", 1)[1]
    body = {"client_secret": town.sim.store.payment_intents[key]["client_secret"], "outcome": "complete"}
    back = browser.post(asked, data=body).headers["location"]
    assert back.startswith(invoice["hosted_invoice_url"])
    assert invoice["status"] == "paid"


def test_an_invoice_is_not_found_by_its_number_alone(town, browser, invoice):
    assert browser.get(f"/i/{invoice['id']}/guess").status_code == 404
    assert browser.post(f"/i/{invoice['id']}/guess", data=GOOD).status_code == 404


def test_a_receipt_shows_what_was_paid_and_only_once_it_was(town, browser, invoice):
    browser.post(path_of(town, invoice["hosted_invoice_url"]), data=GOOD)
    failed, paid = town.sim.store.charges
    assert failed["receipt_url"] is None
    text = browser.get(path_of(town, paid["receipt_url"])).text
    assert spoken(invoice["amount_due"], invoice["currency"]) in text


@pytest.fixture
def portal(town):
    (customer,) = town.crowd.population.customers.values()
    session = create_session(town.sim, Call({"customer": customer.id, "return_url": "http://127.0.0.1/account"}))
    return path_of(town, session["url"])


def test_the_portal_renews_the_card_and_leads_back_to_the_merchant(town, browser, portal):
    answer = browser.post(f"{portal}/card", data=GOOD)
    assert answer.headers["location"] == "http://127.0.0.1/account"
    assert "Visa ending in 4242" in browser.get(portal).text


def test_the_portal_refuses_a_card_its_bank_refuses(town, browser, portal):
    answer = browser.post(f"{portal}/card", data=GOOD | {"number": "4000000000000002"})
    assert answer.status_code == 402
    assert "was declined" in answer.text


def test_the_portal_cancels_only_the_customers_own_subscription(town, browser, portal):
    (mine,) = town.sim.store.subscriptions
    other = mine["id"] + "x"
    town.sim.store.subscriptions.add({**mine, "id": other, "customer": "cus_mallory"})
    browser.post(f"{portal}/cancel/{other}", data={})
    browser.post(f"{portal}/cancel/{mine['id']}", data={})
    assert town.sim.store.subscriptions[other]["status"] == "active"
    assert mine["status"] == "canceled"
    assert mine["cancellation_details"]["reason"] == "cancellation_requested"


@pytest.fixture
def checkout(town):
    """Of what the customer had, with a fifth off for three months by a code of their own."""
    (customer,) = town.crowd.population.customers.values()
    (mine,) = town.sim.store.subscriptions
    coupon = create_coupon(
        town.sim, Call({"percent_off": 20.0, "duration": "repeating", "duration_in_months": 3, "name": "Come back"})
    )
    code = {"promotion": {"type": "coupon", "coupon": coupon["id"]}, "customer": customer.id, "max_redemptions": 1}
    asked = {
        "mode": "subscription", "customer": customer.id,
        "line_items": [{"price": mine["items"]["data"][0]["price"]["id"], "quantity": 1}],
        "discounts": [{"promotion_code": create_code(town.sim, Call(code))["id"]}],
        "subscription_data": {"metadata": {"tideover_winback": "alert_1"}},
        "success_url": "http://127.0.0.1/back?said=soon", "cancel_url": "http://127.0.0.1/back",
    }  # fmt: skip
    return create_checkout(town.sim, Call(asked))


def test_checkout_begins_the_subscription_with_the_discount_and_leads_back(town, browser, checkout):
    page = path_of(town, checkout["url"])
    assert "Come back, code" in browser.get(page).text
    answer = browser.post(page, data=GOOD)
    assert answer.headers["location"] == "http://127.0.0.1/back?said=soon"
    begun = town.sim.store.subscriptions[checkout["subscription"]]
    assert (begun["status"], begun["metadata"]) == ("active", {"tideover_winback": "alert_1"})
    price = begun["items"]["data"][0]["price"]["unit_amount"]
    assert town.sim.store.invoices[begun["latest_invoice"]]["amount_paid"] == round(price * 0.8)
    assert (checkout["status"], checkout["payment_status"]) == ("complete", "paid")


def test_checkout_is_completed_once(town, browser, checkout):
    page = path_of(town, checkout["url"])
    browser.post(page, data=GOOD)
    assert browser.post(page, data=GOOD).status_code == 404
    assert len(town.sim.store.subscriptions) == 2


def test_a_card_that_its_bank_refuses_begins_nothing_and_the_code_is_still_good(town, browser, checkout):
    page = path_of(town, checkout["url"])
    answer = browser.post(page, data=GOOD | {"number": "4000000000000002"})
    assert (answer.status_code, checkout["status"]) == (402, "open")
    assert browser.post(page, data=GOOD).status_code == 303


def test_a_checkout_that_is_a_day_old_has_expired(town, browser, checkout):
    page = path_of(town, checkout["url"])
    checkout["expires_at"] = town.sim.now()
    assert browser.get(page).status_code == 404
    assert checkout["status"] == "expired"


def test_a_town_is_settled_once(town):
    with pytest.raises(AlreadySettled):
        town.settle(Shop(1, 4, 30))


@pytest.mark.parametrize(
    ("minor", "currency", "words"),
    [(9_900, "usd", "99.00 USD"), (9_900, "jpy", "9,900 JPY"), (1_500, "kwd", "1.500 KWD")],
)
def test_amounts_follow_the_currencys_own_places(minor, currency, words):
    assert spoken(minor, currency) == words
