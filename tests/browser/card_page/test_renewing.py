"""The page of a card that ends in a real browser: what it says in every look, and the way to Stripe's portal and back."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

pytest.importorskip("axe_playwright_python", reason="axe is not installed (requirements/e2e.txt)")

from playwright.sync_api import expect

from tests import factories as make
from tests.browser.card_page.test_access import LOOKS, picture, violations
from tideover.config import config
from tideover.messages.keyed import card_token, token_hash
from tideover.mirror.importing import begin
from tideover.mirror.models import Customer, Method, Subscription
from tideover.predunning.models import Alert
from tideover.tenants.models import Connection

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NOW = make.NOW


@pytest.fixture
def address(world, live_server, monkeypatch):
    """Where the link in the message leads, of a customer that Stripe knows."""
    monkeypatch.setattr(config(), "base_url", live_server.url)
    begin(world.connection, NOW)
    pia = world.client.v1.customers.create({"name": "Pia", "email": "pia@payer.example"})
    visa = world.client.v1.payment_methods.attach("pm_card_visa", {"customer": pia.id})
    world.client.v1.customers.update(pia.id, {"invoice_settings": {"default_payment_method": visa.id}})
    who = make.make_customer(world.connection, stripe_id=pia.id, method_id=visa.id, locale="en", country="US")
    card = make.make_method(who, stripe_id=visa.id, brand="visa", last4="4242", expires_on=date(2026, 11, 30))
    plan = make.make_subscription(who, renews_at=NOW + timedelta(days=13))
    alert = make.make_alert(card, state="sent", subscription_id=plan.stripe_id)
    alert.token_hash = token_hash(card_token(alert.pk))
    alert.save()
    return f"{live_server.url}/card/{card_token(alert.pk)}"


STATES = {
    "ends": ("Your card expires soon", lambda: None),
    "ended": (
        "Your card has expired",
        lambda: [model.objects.update(expires_on=date(2026, 10, 31)) for model in (Alert, Method)],
    ),
    "elsewhere": ("Your card expires soon", lambda: Connection.objects.update(mode="observe")),
    "done": ("Your card is up to date", lambda: Method.objects.update(expires_on=date(2031, 11, 30))),
    "over": (
        "Nothing to do",
        lambda: Subscription.objects.update(status="canceled", ended_at=NOW),
    ),
}


@pytest.mark.parametrize("state", sorted(STATES))
@pytest.mark.parametrize(("theme", "width"), LOOKS)
def test_each_state_says_what_it_is_and_has_no_violation(address, phone, theme, width, state):
    heading, becomes = STATES[state]
    becomes()
    phone.emulate_media(color_scheme=theme)
    phone.set_viewport_size({"width": width, "height": 844})
    phone.goto(address)
    expect(phone.get_by_role("heading", name=heading)).to_be_visible()
    picture(phone, f"renewing-{state}-{theme}-{width}")
    assert violations(phone) == []
    assert phone.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scripts", [True, False])
def test_a_card_is_brought_at_stripe_and_its_holder_comes_back(address, open_page, scripts):
    phone = open_page(phone=True, java_script_enabled=scripts)
    phone.goto(address)
    phone.get_by_role("button", name="Update your card").click()
    phone.get_by_label("Card number").fill("5555555555554444")
    phone.get_by_label("Expiration").fill("12/40")
    phone.get_by_label("Security code").fill("123")
    phone.get_by_role("button", name="Save card").click()
    expect(phone.get_by_text("reaches us within a minute or two")).to_be_visible()
    picture(phone, f"renewing-back-{scripts}")
    assert not scripts or violations(phone) == []  # what looks for them is a script


def test_a_portal_that_does_not_open_says_so_beside_the_button(address, open_page):
    Customer.objects.update(stripe_id="cus_unknown")
    for model in (Alert, Method, Subscription):
        model.objects.update(customer_id="cus_unknown")
    phone = open_page(phone=True)
    phone.goto(address)
    phone.get_by_role("button", name="Update your card").click()
    expect(phone.get_by_role("status")).to_contain_text("could not be opened")
    assert violations(phone) == []
