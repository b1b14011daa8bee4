"""The settings in a real browser: accessible in every look, wide enough for a phone, saved by keyboard and by script."""

from __future__ import annotations

import pytest

pytest.importorskip("axe_playwright_python", reason="axe is not installed (requirements/e2e.txt)")

from playwright.sync_api import expect

from tests.browser.test_dashboard import LOOKS, named, violations
from tideover.dashboard.frame.navigation import ENTRIES, Place

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def addresses():
    return ["/settings/", *(entry.url for entry in ENTRIES if Place.SETTINGS in entry.shown)]


@pytest.mark.parametrize("look", LOOKS, ids=named)
def test_every_page_of_the_settings_is_accessible_and_fits(signed_in, alice, look):
    page = signed_in(alice, **look)
    for address in addresses():
        page.goto(address)
        assert violations(page) == [], address
        assert page.evaluate("document.documentElement.scrollWidth") == page.viewport_size["width"], address


def test_a_setting_is_saved_and_the_page_says_so(signed_in, alice):
    page = signed_in(alice)
    page.goto("/settings/general/")
    page.get_by_label("Currency").fill("eur")
    expect(page.get_by_text("Not saved yet")).to_be_visible()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved: currency.")).to_be_visible()
    expect(page.get_by_label("Currency")).to_have_value("eur")


def test_the_sidebar_leads_into_the_settings_and_back(signed_in, alice):
    page = signed_in(alice)
    page.goto("/")
    pages = page.get_by_role("navigation", name="Pages", exact=True)
    pages.get_by_role("link", name="Settings").click()
    pages.get_by_role("link", name="General").click()
    expect(page.get_by_role("heading", name="General", level=1)).to_be_visible()
    pages.get_by_role("link", name="Back to recovery").click()
    expect(page.get_by_role("heading", name="Home", level=1)).to_be_visible()
