"""The page of somebody who has left in a real browser: what it says in every look, and how an offer is taken."""

from __future__ import annotations

from datetime import timedelta

import pytest

pytest.importorskip("axe_playwright_python", reason="axe is not installed (requirements/e2e.txt)")

from playwright.sync_api import expect

from tests import factories as make
from tests.browser.card_page.test_access import LOOKS, picture, violations
from tests.rooms.predunning.there import make_offer
from tideover.config import config
from tideover.core.ahead.offers import Discount
from tideover.flow.stripe import stripe_for
from tideover.messages.keyed import back_token, token_hash
from tideover.mirror.importing import begin
from tideover.mirror.models import Subscription
from tideover.predunning.models import Alert, Offer
from tideover.tenants.models import Connection

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NOW = make.NOW


@pytest.fixture
def address(world, live_server, monkeypatch):
    """Where the link in a letter leads, with an offer that Stripe knows."""
    monkeypatch.setattr(config(), "base_url", live_server.url)
    begin(world.connection, NOW)
    v1 = world.client.v1
    pia = v1.customers.create({"name": "Pia", "email": "pia@payer.example"})
    visa = v1.payment_methods.attach("pm_card_visa", {"customer": pia.id})
    v1.customers.update(pia.id, {"invoice_settings": {"default_payment_method": visa.id}})
    month = {
        "currency": "usd",
        "unit_amount": 5000,
        "recurring": {"interval": "month"},
        "product_data": {"name": "Pro"},
    }
    plan = v1.subscriptions.create({"customer": pia.id, "items": [{"price": v1.prices.create(month).id}]})
    v1.subscriptions.cancel(plan.id)
    who = make.make_customer(world.connection, stripe_id=pia.id, locale="en", country="US")
    left = {
        "status": "canceled",
        "ended_at": NOW - timedelta(days=14),
        "left_for": "cancellation_requested",
        "months": 1,
    }
    ended = make.make_subscription(who, stripe_id=plan.id, **left)
    letter = make.make_notice(ended, kind="winback_14", renews_at=ended.ended_at, state="sent")
    Alert.objects.filter(pk=letter.pk).update(token_hash=token_hash(back_token(letter.pk)))
    until = NOW + timedelta(days=10)
    code = stripe_for(world.connection).offer(pia.id, Discount(3, 20), until, key=f"offer_{pia.id}")
    make_offer(letter, until=until, code_id=code)
    return f"{live_server.url}/back/{back_token(letter.pk)}"


STATES = {
    "offer": ("Your subscription ended on", lambda: None),
    "plain": ("Your subscription ended on", lambda: Offer.objects.all().delete()),
    "write": ("Your subscription ended on", lambda: Connection.objects.update(mode="observe")),
    "back": ("You have a subscription", lambda: Subscription.objects.update(status="active", ended_at=None)),
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
    picture(phone, f"returning-{state}-{theme}-{width}")
    assert violations(phone) == []
    assert phone.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scripts", [True, False])
def test_an_offer_is_taken_in_checkout_and_who_did_comes_back(world, address, open_page, scripts):
    phone = open_page(phone=True, java_script_enabled=scripts)
    phone.goto(address)
    expect(phone.get_by_text("20% off for the first 3 months")).to_be_visible()
    phone.get_by_role("button", name="Come back").click()
    phone.get_by_label("Card number").fill("4242424242424242")
    phone.get_by_label("Expiration (MM/YY)").fill("12/30")
    phone.get_by_label("Security code").fill("123")
    phone.get_by_role("button", name="Subscribe").click()
    expect(phone.get_by_text("your subscription begins within a few minutes")).to_be_visible()
    letter = Alert.objects.get()
    [begun] = world.client.v1.subscriptions.list({"customer": letter.customer_id, "status": "active"}).data
    assert begun.metadata["tideover_winback"] == letter.public_id
    [invoice] = world.client.v1.invoices.list({"subscription": begun.id}).data
    assert invoice.amount_paid == 4000
