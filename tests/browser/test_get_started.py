"""The set-up in a real browser: accessible in every look, its next step open, and hidden with one click."""

from __future__ import annotations

import pytest

pytest.importorskip("axe_playwright_python", reason="axe is not installed (requirements/e2e.txt)")

from playwright.sync_api import expect

from tests.browser.test_dashboard import LOOKS, named, violations
from tideover.tenants.models import Project

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def newcomer(alice):
    Project.objects.update(recovery_enabled=False)
    return alice


@pytest.mark.parametrize("look", LOOKS, ids=named)
def test_the_set_up_is_accessible_and_fits(signed_in, newcomer, look):
    page = signed_in(newcomer, **look)
    page.goto("/get-started/")
    expect(page.get_by_role("link", name="Connect an account")).to_be_visible()
    expect(page.get_by_role("link", name="Look at the rules")).to_be_hidden()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == page.viewport_size["width"]


def test_home_leads_to_it_until_it_is_hidden(signed_in, newcomer):
    page = signed_in(newcomer)
    page.goto("/")
    page.get_by_role("link", name="Go on with the set-up").click()
    page.get_by_text("Rules", exact=True).last.click()
    page.get_by_role("link", name="Look at the rules").click()
    expect(page.get_by_role("heading", name="Rules", level=1)).to_be_visible()
    page.goto("/get-started/")
    page.get_by_role("button", name="Hide this list").click()
    expect(page.get_by_text("The set-up is hidden.")).to_be_visible()
    expect(page.get_by_role("link", name="Go on with the set-up")).to_have_count(0)
