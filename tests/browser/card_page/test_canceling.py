"""The page of a subscription that renews in a real browser: what it says in every look, and the way to cancel."""

from __future__ import annotations

from datetime import timedelta

import pytest

pytest.importorskip("axe_playwright_python", reason="axe is not installed (requirements/e2e.txt)")

from playwright.sync_api import expect

from tests import factories as make
from tests.browser.card_page.test_access import LOOKS, picture, violations
from tideover.config import config
from tideover.messages.keyed import plan_token
from tideover.mirror.importing import begin
from tideover.mirror.models import Subscription
from tideover.tenants.models import Connection, Project

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NOW = make.NOW


@pytest.fixture
def address(world, live_server, monkeypatch):
    """Where the link in the notice leads, of a subscription that Stripe knows."""
    monkeypatch.setattr(config(), "base_url", live_server.url)
    begin(world.connection, NOW)
    v1 = world.client.v1
    pia = v1.customers.create({"name": "Pia", "email": "pia@payer.example"})
    visa = v1.payment_methods.attach("pm_card_visa", {"customer": pia.id})
    v1.customers.update(pia.id, {"invoice_settings": {"default_payment_method": visa.id}})
    year = {"currency": "usd", "unit_amount": 9900, "recurring": {"interval": "year"}, "product_data": {"name": "Pro"}}
    price = v1.prices.create(year)
    plan = v1.subscriptions.create({"customer": pia.id, "items": [{"price": price.id}]})
    who = make.make_customer(world.connection, stripe_id=pia.id, locale="en", country="US")
    renews = make.make_subscription(who, stripe_id=plan.id, renews_at=NOW + timedelta(days=13), months=12)
    return f"{live_server.url}/plan/{plan_token(make.make_notice(renews, state='sent').pk)}"


STATES = {
    "renews": ("Your subscription renews on", lambda: None),
    "trial": ("Your trial ends on", lambda: Subscription.objects.update(status="trialing")),
    "elsewhere": ("Your subscription renews on", lambda: Project.objects.update(cancel_url="https://acme.example/x")),
    "write": ("Your subscription renews on", lambda: Connection.objects.update(mode="observe")),
    "canceled": ("Your subscription is canceled", lambda: Subscription.objects.update(ends_at=NOW)),
    "no-more": ("Your subscription has ended", lambda: Subscription.objects.update(status="canceled", ended_at=NOW)),
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
    picture(phone, f"canceling-{state}-{theme}-{width}")
    assert violations(phone) == []
    assert phone.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scripts", [True, False])
def test_a_subscription_is_canceled_at_stripe_and_who_did_comes_back(world, address, open_page, scripts):
    phone = open_page(phone=True, java_script_enabled=scripts)
    phone.goto(address)
    phone.get_by_role("button", name="Cancel").click()
    phone.get_by_role("button", name="Cancel this subscription").click()
    expect(phone.get_by_role("heading", name="Your subscription renews on")).to_be_visible()
    plan = Subscription.objects.get()
    assert world.client.v1.subscriptions.retrieve(plan.stripe_id).status == "canceled"
