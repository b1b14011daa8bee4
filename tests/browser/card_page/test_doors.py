"""The doors of the pay page in a real browser: one open at a time, the same card again, and a form that does not come."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.card_page.acme import enter_card, open_card_door
from tests.browser.card_page.test_access import picture, violations
from tideover.recovery.models import Case

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
AGAIN = "Visa •••• 4242, again now"


def failed(world, live_server, phone):
    case = world.failed_renewal("decline_insufficient_funds")
    world.hold_news()
    phone.goto(world.url_of(case, live_server.url), wait_until="domcontentloaded")
    return case


def set_card(world, case, behavior):
    world.control("card", payment_method=case.payment_method_id, behavior=behavior)


def test_one_door_is_open_at_a_time_and_shows_one_button(world, live_server, phone):
    failed(world, live_server, phone)
    pay = phone.get_by_role("button", name="Pay $99.00")
    expect(pay).to_have_count(1)
    expect(pay).to_have_attribute("id", "again")
    phone.get_by_text("Pay with another card").click()
    expect(pay).to_have_count(1)
    expect(pay).to_have_attribute("id", "pay")


def test_the_same_card_pays_at_once_when_money_has_arrived(world, live_server, phone):
    case = failed(world, live_server, phone)
    set_card(world, case, "ok")
    phone.get_by_role("button", name="Pay $99.00").dblclick()
    expect(phone.get_by_text("Thank you")).to_be_visible()
    assert world.successes(case.invoice_id) == 1
    case.refresh_from_db()
    assert (case.state, case.via) == ("recovered", "card_page")


def test_a_bank_that_says_no_again_leaves_every_other_door_open(world, live_server, phone):
    case = failed(world, live_server, phone)
    phone.get_by_role("button", name="Pay $99.00").click()
    expect(phone.get_by_role("alert").filter(has_text="not enough money")).to_be_focused()
    phone.reload()
    expect(phone.get_by_text("can be asked again in 10 minutes")).to_be_visible()
    expect(phone.get_by_text(AGAIN)).to_have_count(0)
    enter_card(phone, "4242424242424242")
    phone.get_by_role("button", name="Pay $99.00").click()
    expect(phone.get_by_text("Thank you").first).to_be_visible()
    assert world.successes(case.invoice_id) == 1


def test_a_bank_that_asks_about_the_same_card_is_answered_on_the_page(world, live_server, phone):
    case = failed(world, live_server, phone)
    set_card(world, case, "decline_authentication_required")
    phone.get_by_role("button", name="Pay $99.00").click()
    phone.get_by_role("button", name="Complete authentication").click()
    expect(phone.get_by_text("Thank you").first).to_be_visible()
    assert world.successes(case.invoice_id) == 1


def test_without_scripts_the_same_card_still_pays(world, live_server, open_page):
    case = world.failed_renewal("decline_insufficient_funds")
    world.hold_news()
    set_card(world, case, "ok")
    page = open_page(phone=True, java_script_enabled=False)
    page.goto(world.url_of(case, live_server.url))
    page.get_by_role("button", name="Pay $99.00").click()
    expect(page.get_by_text("Thank you").first).to_be_visible()
    assert world.successes(case.invoice_id) == 1


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_form_that_is_blocked_leaves_no_dead_button(world, live_server, phone, theme):
    phone.emulate_media(color_scheme=theme)
    phone.route("**/v3/", lambda route: route.abort())
    case = failed(world, live_server, phone)
    phone.get_by_text("Pay with another card").click()
    door = phone.locator("#door-card")
    expect(door.get_by_text("A blocker or a slow network is the usual cause.")).to_be_visible()
    expect(door.get_by_role("link", name="Pay on Stripe's own page")).to_have_attribute("href", case.hosted_url)
    expect(door.get_by_role("button")).to_have_count(0)
    picture(phone, f"blocked-{theme}-390")
    assert violations(phone) == []
    phone.unroute("**/v3/")
    door.get_by_role("link", name="Load the form again").click()
    enter_card(phone, "4242424242424242")


def test_a_slow_form_shows_another_way_meanwhile_and_takes_its_place_when_it_comes(world, live_server, phone):
    held = []
    phone.route("**/v3/", lambda route: held.append(route))  # noqa: PLW0108 - playwright takes no builtin
    failed(world, live_server, phone)
    phone.get_by_text("Pay with another card").click()
    other = phone.get_by_text("A blocker or a slow network is the usual cause.")
    expect(other).to_be_visible(timeout=15_000)
    held[0].continue_()
    expect(other).to_be_hidden()
    expect(phone.get_by_role("button", name=re.compile("^Pay"))).to_be_enabled()


@pytest.fixture
def two(world):
    """Two failed invoices of one customer on one card, the page's own the newer."""
    first = world.failed_renewal("decline_insufficient_funds")
    [subscription] = world.client.v1.subscriptions.list({"customer": first.customer_id}).data
    invoice = world.control("renew", subscription=subscription.id)["invoice"]
    world.work()
    world.hold_news()
    return first, Case.objects.get(invoice_id=invoice["id"])


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_two_invoices_are_paid_with_one_card_and_the_button_says_what_they_come_to(
    world, live_server, phone, two, theme
):
    phone.emulate_media(color_scheme=theme)
    phone.goto(world.url_of(two[1], live_server.url))
    pay = phone.get_by_role("button", name=re.compile("^Pay"))
    expect(pay).to_have_text("Pay $198.00")
    picture(phone, f"several-{theme}-390")
    assert violations(phone) == []
    phone.get_by_role("checkbox").first.uncheck()
    expect(pay).to_have_text("Pay $99.00")
    phone.get_by_role("checkbox").first.check()
    expect(pay).to_have_text("Pay $198.00")
    enter_card(phone, "4242424242424242")
    pay.click()
    expect(phone.get_by_text("Thank you").first).to_be_visible()
    assert [world.successes(case.invoice_id) for case in two] == [1, 1]


def credit(world, case, amount):
    """The merchant gives some of it away while the page is open."""
    world.client.v1.credit_notes.create({"invoice": case.invoice_id, "amount": amount})


@pytest.mark.parametrize("door", ["again", "card"])
def test_an_amount_that_changed_since_is_shown_before_it_is_charged(world, live_server, phone, door):
    case = failed(world, live_server, phone)
    set_card(world, case, "ok")
    credit(world, case, 1000)
    if door == "card":
        enter_card(phone, "4242424242424242")
    phone.get_by_role("button", name="Pay $99.00").click()
    expect(phone.get_by_role("alert").filter(has_text="look at the new amount first")).to_be_focused()
    expect(phone.get_by_role("button", name=re.compile("^Pay"))).to_have_count(0)
    assert world.successes(case.invoice_id) == 0
    picture(phone, f"changed-{door}-390")
    phone.get_by_role("link", name="See what is open now").click()
    phone.get_by_role("button", name="Pay $89.00").click()
    expect(phone.get_by_text("Thank you").first).to_be_visible()
    assert world.successes(case.invoice_id) == 1


def test_without_scripts_too_a_changed_amount_is_shown_first(world, live_server, open_page):
    case = world.failed_renewal("decline_insufficient_funds")
    world.hold_news()
    set_card(world, case, "ok")
    page = open_page(phone=True, java_script_enabled=False)
    page.goto(world.url_of(case, live_server.url))
    credit(world, case, 1000)
    page.get_by_role("button", name="Pay $99.00").click()
    expect(page.get_by_role("alert").filter(has_text="look at the new amount first")).to_be_visible()
    assert world.successes(case.invoice_id) == 0
    page.get_by_role("button", name="Pay $89.00").click()
    expect(page.get_by_text("Thank you").first).to_be_visible()


def test_who_is_led_away_to_pay_comes_back_to_what_they_had_ticked(world, live_server, phone, two):
    world.control("methods", activated=["card", "paypal"])
    try:
        phone.goto(world.url_of(two[1], live_server.url))
        phone.get_by_role("checkbox").first.uncheck()
        expect(phone.get_by_role("button", name=re.compile("^Pay"))).to_have_text("Pay $99.00")
        open_card_door(phone)
        phone.get_by_role("tab", name="PayPal").click()
        phone.get_by_role("button", name=re.compile("^Pay ")).click()
        phone.get_by_role("button", name="Complete authentication").click()
        expect(phone.get_by_text("Thank you").first).to_be_visible()
    finally:
        world.control("methods", activated=["card", "us_bank_account", "sepa_debit", "bacs_debit", "link"])
    assert [world.successes(case.invoice_id) for case in two] == [0, 1]


def test_what_is_unticked_stays_open(world, live_server, phone, two):
    set_card(world, two[1], "ok")
    phone.goto(world.url_of(two[1], live_server.url))
    phone.get_by_role("checkbox").first.uncheck()
    pay = phone.get_by_role("button", name=re.compile("^Pay"))
    expect(pay).to_have_text("Pay $99.00")
    pay.click()
    expect(phone.get_by_text("Thank you").first).to_be_visible()
    assert [world.successes(case.invoice_id) for case in two] == [0, 1]
