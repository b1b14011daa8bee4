"""The saved PayPal account as a way of its own, in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.card_page.test_access import LOOKS, picture, violations
from tests.factories import make_customer, make_method

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("look", LOOKS)
def test_the_door_has_one_button_with_the_sum_and_no_violation(world, live_server, phone, look):
    theme, width = look
    phone.emulate_media(color_scheme=theme)
    phone.set_viewport_size({"width": width, "height": 844})
    case = world.failed_renewal("decline_insufficient_funds")
    world.hold_news()
    make_method(make_customer(world.connection, stripe_id=case.customer_id), brand="paypal", last4="")
    phone.goto(world.url_of(case, live_server.url))
    phone.locator("#door-paypal > summary").click()
    expect(phone.get_by_role("button", name="Pay $99.00")).to_have_attribute("id", "paypal")
    picture(phone, f"paypal-{theme}-{width}")
    assert violations(phone) == []
