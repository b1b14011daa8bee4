"""The card page as a customer lives it: a real browser, our real server, a Stripe that remembers."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.card_page.acme import enter_card
from tests.factories import make_action
from tideover import clock
from tideover.core.outcomes import Outcome, Word
from tideover.recovery import claims

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

GOOD, NO_MONEY, NEEDS_BANK, FAILS_LATER = (
    "4242424242424242",
    "4000000000009995",
    "4000000000003220",
    "4000000000000341",
)


def expect_text(page, words):
    page.get_by_text(words).first.wait_for()


def pay(page):
    page.get_by_role("button", name=re.compile("^Pay")).click()


def test_a_new_card_pays_and_the_case_is_recovered(world, live_server, phone):
    case = world.failed_renewal("decline_insufficient_funds")
    world.hold_news()
    phone.goto(world.url_of(case, live_server.url))
    enter_card(phone, GOOD)
    pay(phone)
    expect_text(phone, "Thank you")
    case.refresh_from_db()
    assert (case.state, case.via, case.amount_recovered) == ("recovered", "card_page", 9900)
    world.deliver_news(case)
    case.refresh_from_db()
    assert (case.state, case.via) == ("recovered", "card_page")
    assert world.successes(case.invoice_id) == 1
    subscription = world.client.v1.subscriptions.retrieve(case.subscription_id)
    customer = world.client.v1.customers.retrieve(case.customer_id)
    assert subscription.default_payment_method == customer.invoice_settings.default_payment_method
    assert case.card_last4 == "4242"


def test_a_double_click_is_one_payment(world, live_server, phone):
    case = world.failed_renewal("decline_insufficient_funds")
    world.hold_news()
    phone.goto(world.url_of(case, live_server.url))
    enter_card(phone, GOOD)
    phone.get_by_role("button", name=re.compile("^Pay")).dblclick()
    expect_text(phone, "Thank you")
    assert world.successes(case.invoice_id) == 1


def test_a_page_that_meets_another_charge_waits_for_it_and_then_pays(world, live_server, phone):
    case = world.failed_renewal("decline_insufficient_funds")
    world.hold_news()
    make_action(case, due_at=clock.now())
    [under_way] = [action for action in claims.claim_due(clock.now()) if action.do == "charge"]
    phone.goto(world.url_of(case, live_server.url))
    enter_card(phone, GOOD)
    with phone.expect_response(lambda answer: answer.url.endswith("/done")) as first:
        pay(phone)
    assert first.value.json()["ask_again_seconds"] == 3
    claims.settle(under_way, Outcome(Word.DECLINED, "insufficient_funds"), clock.now())
    expect_text(phone, "Thank you")
    assert world.successes(case.invoice_id) == 1


def test_a_card_whose_bank_asks_is_confirmed_on_the_page(world, live_server, phone):
    case = world.failed_renewal("decline_expired_card")
    world.hold_news()
    phone.goto(world.url_of(case, live_server.url))
    enter_card(phone, NEEDS_BANK)
    pay(phone)
    bank, thanks = phone.get_by_role("button", name="Complete authentication"), phone.get_by_text("Thank you")
    bank.click()  # to save the card
    bank.or_(thanks).first.wait_for()
    if bank.count():
        bank.click()  # and to pay with it
    expect_text(phone, "Thank you")
    assert world.successes(case.invoice_id) == 1
    case.refresh_from_db()
    assert case.via == "card_page"


def test_a_payment_that_waits_for_the_bank_is_confirmed_without_a_new_card(world, live_server, phone):
    case = world.failed_renewal("authentication")
    assert case.family == "authentication"
    world.hold_news()
    phone.goto(world.url_of(case, live_server.url))
    phone.get_by_role("button", name="Confirm with your bank").click()
    phone.get_by_role("button", name="Complete authentication").click()
    expect_text(phone, "Thank you")
    assert world.successes(case.invoice_id) == 1
    world.deliver_news(case)
    case.refresh_from_db()
    assert (case.state, case.via) == ("recovered", "card_page")


def test_a_bank_that_says_no_leaves_the_payer_with_what_to_do(world, live_server, phone):
    case = world.failed_renewal("authentication")
    world.hold_news()
    phone.goto(world.url_of(case, live_server.url))
    phone.get_by_role("button", name="Confirm with your bank").click()
    phone.get_by_role("button", name="Fail authentication").click()
    expect_text(phone, "The payment was not confirmed with your bank, so nothing was charged.")
    assert world.successes(case.invoice_id) == 0
    phone.get_by_role("button", name="Confirm with your bank").click()
    phone.get_by_role("button", name="Complete authentication").click()
    expect_text(phone, "Thank you")
    assert world.successes(case.invoice_id) == 1


@pytest.mark.parametrize("number", [NO_MONEY, FAILS_LATER], ids=["at once", "when charged"])
def test_a_declined_new_card_tells_the_payer_what_to_do_and_another_one_pays(world, live_server, phone, number):
    case = world.failed_renewal("decline_generic_decline")
    world.hold_news()
    phone.goto(world.url_of(case, live_server.url))
    enter_card(phone, number)
    pay(phone)
    message = phone.get_by_role("alert").filter(has_text="Use another card")
    message.wait_for()
    assert message.evaluate("node => node === document.activeElement")  # a screen reader reads it at once
    enter_card(phone, GOOD)
    pay(phone)
    expect_text(phone, "Thank you")
    assert world.successes(case.invoice_id) == 1


def test_a_stripe_js_that_does_not_load_leads_to_stripes_own_page(world, live_server, phone):
    case = world.failed_renewal("decline_generic_decline")
    phone.route("**/v3/", lambda route: route.abort())
    phone.goto(world.url_of(case, live_server.url))
    expect_text(phone, "The payment form could not be loaded.")
    link = phone.get_by_role("main").get_by_role("link", name="Pay on Stripe's own page")
    expect(link).to_have_attribute("href", case.hosted_url)
    expect(phone.get_by_role("button", name=re.compile("^Pay"))).not_to_be_visible()


def test_wrong_input_is_told_beside_the_field_and_nothing_is_sent(world, live_server, phone):
    case = world.failed_renewal("decline_generic_decline")
    phone.goto(world.url_of(case, live_server.url))
    enter_card(phone, "4242 4242 4242 4241")
    pay(phone)
    expect_text(phone, "Your card number is invalid.")
    assert not world.connection.cases.get().facts.filter(kind="card_replaced").exists()


def test_who_comes_back_from_another_page_of_the_bank_has_paid(world, live_server, phone):
    case = world.failed_renewal("decline_generic_decline")
    world.hold_news()
    intents = world.client.v1.setup_intents
    made = intents.create({"customer": case.customer_id, "usage": "off_session"})
    confirmed = intents.confirm(made.id, {"payment_method": "pm_card_visa"})
    phone.goto(f"{world.url_of(case, live_server.url)}?setup_intent={made.id}&redirect_status={confirmed.status}")
    expect_text(phone, "Thank you")
    expect(phone).not_to_have_url(re.compile("setup_intent"))
    assert world.successes(case.invoice_id) == 1


def test_without_scripts_the_page_leads_to_stripes_own(world, live_server, open_page):
    case = world.failed_renewal("decline_generic_decline")
    page = open_page(phone=True, java_script_enabled=False)
    page.goto(world.url_of(case, live_server.url))
    expect(page.locator("main")).to_contain_text("This form needs JavaScript.", use_inner_text=True)
    expect(page.get_by_role("link", name="Pay on Stripe's own page")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("^Pay"))).not_to_be_visible()
