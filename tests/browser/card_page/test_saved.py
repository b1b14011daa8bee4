"""What the payer has saved with the merchant stands in the form, and is charged by one click."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.card_page.acme import enter_card
from tests.browser.card_page.test_access import LOOKS, picture, violations
from tideover.gateways.permissions import asked_of
from tideover.recovery.models import Action
from tideover.simulator.browser.stripejs import OPEN_TO_ALL

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
OLD, OTHER = "Visa •••• 4242", "Mastercard •••• 4444"


@pytest.fixture
def case(world):
    """A renewal that failed on one card, with another saved beside it."""
    failed = world.failed_renewal("decline_insufficient_funds")
    world.hold_news()
    world.client.v1.payment_methods.attach("pm_card_mastercard", {"customer": failed.customer_id})
    return failed


def saved(world, case):
    return world.client.v1.customers.payment_methods.list(case.customer_id).data


def open_form(phone):
    phone.locator("#door-card > summary").click()
    phone.locator("#payment-element:not([aria-busy])").wait_for()


def pay(phone):
    phone.get_by_role("button", name=re.compile("^Pay")).click()


@pytest.mark.parametrize("look", LOOKS)
def test_a_saved_card_pays_once_by_one_click_and_is_used_from_then_on(world, live_server, phone, case, look):
    theme, width = look
    phone.emulate_media(color_scheme=theme)
    phone.set_viewport_size({"width": width, "height": 844})
    phone.goto(world.url_of(case, live_server.url))
    open_form(phone)
    expect(phone.get_by_label(OTHER)).to_be_checked()  # the newest first
    expect(phone.get_by_label(OLD)).to_be_visible()
    expect(phone.get_by_label("Card number")).to_have_count(0)
    picture(phone, f"saved-{theme}-{width}")
    assert violations(phone) == []
    phone.get_by_role("button", name="Pay $99.00").dblclick()
    expect(phone.get_by_text("Thank you").first).to_be_visible()
    assert world.successes(case.invoice_id) == 1
    charge = Action.objects.get(case=case, do="charge", state="done")
    [other] = [card.id for card in saved(world, case) if card.card.last4 == "4444"]
    assert (charge.request["payment_method"], charge.request["off_session"]) == (other, False)
    subscription = world.client.v1.subscriptions.retrieve(case.subscription_id)
    assert subscription.default_payment_method == other
    assert len(saved(world, case)) == 2  # nothing is kept twice


def test_the_card_that_failed_is_charged_inside_what_its_network_allows(world, live_server, phone, case):
    phone.goto(world.url_of(case, live_server.url))
    open_form(phone)
    phone.get_by_label(OLD).check()
    pay(phone)
    expect(phone.get_by_role("alert").filter(has_text="not enough money")).to_be_focused()
    pay(phone)
    expect(phone.get_by_role("alert").filter(has_text="No further try with this payment method")).to_be_focused()
    assert Action.objects.filter(case=case, do="charge", state="done").count() == 1
    phone.get_by_label(OTHER).check()
    pay(phone)
    expect(phone.get_by_text("Thank you").first).to_be_visible()
    assert world.successes(case.invoice_id) == 1


def test_a_key_that_may_not_show_it_leaves_a_form_without(world, live_server, phone, case):
    names = [each.name for each in asked_of(act=True) if each.word != "customer_session"]
    world.connection.api_key = world.control("restricted_key", permissions=names)["key"]
    world.connection.save()
    phone.goto(world.url_of(case, live_server.url))
    open_form(phone)
    expect(phone.get_by_label("Card number")).to_be_visible()
    expect(phone.get_by_label(OTHER)).to_have_count(0)
    world.connection.refresh_from_db()
    assert world.connection.state == "active"


def test_a_form_that_will_not_show_it_is_shown_without(world, live_server, phone, case):
    refused = {"status": 400, "json": {"error": {"type": "invalid_request_error", "message": "No session here."}}}
    phone.route(re.compile("_sim/elements.*session="), lambda route: route.fulfill(**refused, headers=OPEN_TO_ALL))
    phone.goto(world.url_of(case, live_server.url))
    enter_card(phone, "4242424242424242")
    pay(phone)
    expect(phone.get_by_text("Thank you").first).to_be_visible()
    assert world.successes(case.invoice_id) == 1


def test_an_answer_that_does_not_come_leaves_a_form_without(world, live_server, phone, case):
    phone.route("**/saved", lambda route: route.abort())
    phone.goto(world.url_of(case, live_server.url))
    open_form(phone)
    expect(phone.get_by_label("Card number")).to_be_visible()
