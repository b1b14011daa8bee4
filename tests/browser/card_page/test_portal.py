"""The way to Stripe's customer portal and back, with a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.card_page.acme import open_card_door
from tests.browser.card_page.test_access import LOOKS, picture, violations
from tideover.config import config
from tideover.gateways.permissions import asked_of
from tideover.recovery.models import Case

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def case(world):
    failed = world.failed_renewal("decline_insufficient_funds")
    world.hold_news()
    failed.project.prefers_portal = True
    failed.project.save()
    rules = {**failed.ruleset.rules, "charge_new_card": True}
    type(failed.ruleset).objects.filter(pk=failed.ruleset_id).update(rules=rules)
    return failed


@pytest.fixture
def outside(monkeypatch, live_server):
    """Customers reach us where the test's server listens."""
    monkeypatch.setattr(config(), "base_url", live_server.url)
    return live_server


@pytest.mark.parametrize("look", LOOKS)
def test_the_door_to_the_portal_has_no_violation(world, live_server, phone, case, look):
    theme, width = look
    phone.emulate_media(color_scheme=theme)
    phone.set_viewport_size({"width": width, "height": 844})
    phone.goto(world.url_of(case, live_server.url))
    phone.get_by_text("Change your payment method").click()
    expect(phone.get_by_role("button", name="Go to Stripe's page")).to_be_visible()
    picture(phone, f"portal-{theme}-{width}")
    assert violations(phone) == []


@pytest.mark.parametrize("scripts", [True, False])
def test_a_card_that_is_changed_there_is_charged_by_the_news_and_the_page_says_so(
    world, outside, open_page, case, scripts
):
    phone = open_page(phone=True, java_script_enabled=scripts)
    page = world.url_of(case, outside.url)
    phone.goto(page)
    phone.get_by_text("Change your payment method").click()
    phone.get_by_role("button", name="Go to Stripe's page").click()
    phone.get_by_label("Card number").fill("5555555555554444")
    phone.get_by_label("Expiration").fill("12/40")
    phone.get_by_label("Security code").fill("123")
    phone.get_by_role("button", name="Save card").click()
    expect(phone.get_by_text("reaches us within a minute or two")).to_be_visible()
    assert world.successes(case.invoice_id) == 0
    world.deliver_news(case)
    phone.goto(page)
    expect(phone.get_by_role("heading", name="Already paid")).to_be_visible()
    assert world.successes(case.invoice_id) == 1
    assert Case.objects.get(pk=case.pk).card_last4 == "4444"


def without_a_portal(world, *more: str) -> None:
    names = ["rak_invoice_write", "rak_customer_write", *more]
    world.connection.api_key = world.control("restricted_key", permissions=names)["key"]
    world.connection.save()


def to_the_portal(phone, address: str) -> None:
    phone.goto(address)
    phone.get_by_text("Change your payment method").click()
    phone.get_by_role("button", name="Go to Stripe's page").click()


def test_a_portal_that_does_not_open_leaves_the_form(world, live_server, phone, case):
    without_a_portal(world)
    to_the_portal(phone, world.url_of(case, live_server.url))
    open_card_door(phone)
    expect(phone.get_by_label("Card number")).to_be_visible()


def test_who_is_led_away_by_that_form_comes_back_to_it_and_has_paid(world, live_server, phone, case):
    world.control("methods", activated=["card", "paypal"])
    try:
        without_a_portal(world, *[each.name for each in asked_of(act=True) if each.word != "customer_portal"])
        to_the_portal(phone, world.url_of(case, live_server.url))
        open_card_door(phone)
        phone.get_by_role("tab", name="PayPal").click()
        phone.get_by_role("button", name="Pay $99.00").click()
        phone.get_by_role("button", name="Complete authentication").click()
        expect(phone.get_by_text("Thank you").first).to_be_visible()
    finally:
        world.control("methods", activated=["card", "us_bank_account", "sepa_debit", "bacs_debit", "link"])
    assert world.successes(case.invoice_id) == 1
