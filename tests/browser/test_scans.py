"""The scans in a real browser: from the list of customers to a card that ends, and on to whose it is."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest

pytest.importorskip("axe_playwright_python", reason="axe is not installed (requirements/e2e.txt)")

from playwright.sync_api import expect

from tests import factories as make
from tests.browser.test_dashboard import LOOKS, named, violations
from tideover import clock

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
KEPT = os.environ.get("SCREENSHOTS", "")


def a_card(account, name, ends, brand="visa", **method):
    """Whose subscription charges it in twenty days."""
    now = clock.now()
    who = make.make_customer(account, name=name, method_id=f"pm_{name}")
    card = {"stripe_id": f"pm_{name}", "brand": brand, "last4": "4417", "told_at": now}
    make.make_method(who, expires_on=now.date() + timedelta(days=ends), **card, **method)
    make.make_subscription(who, renews_at=now + timedelta(days=20))


@pytest.mark.parametrize("look", LOOKS, ids=named)
def test_a_card_that_ends_leads_to_whose_it_is(signed_in, alice, look):
    now = clock.now()
    account = make.make_connection(alice.project, events_seen_to=now, swept_at=now)
    a_card(account, "Lumen", 10)
    a_card(account, "Harbor", -4, brand="mastercard")
    a_card(account, "Bracken", 50)
    a_card(account, "Alder", 900, renewed_at=now - timedelta(days=3))
    page = signed_in(alice, **look)
    page.goto("/customers/")
    page.get_by_role("link", name="Expiring cards").click()
    expect(page.get_by_role("heading", name="Expiring cards")).to_be_visible()
    expect(page.get_by_role("heading", name="Renewed by the network")).to_be_visible()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == page.viewport_size["width"]
    if KEPT:
        page.screenshot(path=Path(KEPT) / f"scans{named(look)}.png", full_page=True)
    page.get_by_role("link", name="Lumen", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Lumen")
