"""The sample shop in a real browser: opened from an empty Home, marked in every look, and left with one press."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

pytest.importorskip("axe_playwright_python", reason="axe is not installed (requirements/e2e.txt)")

from playwright.sync_api import expect

from tests.browser.test_dashboard import LOOKS, named, violations

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PAGES = ("/", "/cases/", "/messages/", "/analytics/", "/rules/", "/connections/", "/settings/", "/sample/", "/status/")
KEPT = os.environ.get("SCREENSHOTS", "")


@pytest.mark.parametrize("look", LOOKS, ids=named)
def test_it_is_opened_from_an_empty_home_and_every_page_says_what_it_is(signed_in, alice, look):
    page = signed_in(alice, **look)
    page.goto("/")
    page.get_by_role("button", name="Look around in a sample shop").click()
    for address in PAGES:
        page.goto(address)
        expect(page.get_by_text("Everything here is invented.")).to_be_visible()
        assert violations(page) == [], address
        assert page.evaluate("document.documentElement.scrollWidth") == page.viewport_size["width"], address
        if KEPT:
            page.screenshot(path=Path(KEPT) / f"sample{address.replace('/', '-')}{named(look)}.png", full_page=True)
    page.get_by_role("button", name="Back to Alpine Analytics").click()
    expect(page.get_by_text("Everything here is invented.")).to_have_count(0)


def test_its_page_closes_it_and_the_menu_opens_it_again(signed_in, alice):
    page = signed_in(alice)
    page.goto("/sample/")
    page.locator("#main").get_by_role("button", name="Open the sample shop").click()
    page.goto("/sample/")
    page.get_by_role("button", name="Close and erase it").click()
    expect(page.get_by_text("The sample shop is closed.")).to_be_visible()
    page.locator("summary[aria-label='Your account']").click()
    page.get_by_role("button", name="Open the sample shop").click()
    expect(page.get_by_text("Everything here is invented.")).to_be_visible()
