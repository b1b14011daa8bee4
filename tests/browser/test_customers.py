"""The customers in a real browser: from the list to one of them, in every look, and by the palette."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

pytest.importorskip("axe_playwright_python", reason="axe is not installed (requirements/e2e.txt)")

from playwright.sync_api import expect

from tests import factories as make
from tests.browser.test_dashboard import LOOKS, named, violations
from tideover import clock
from tideover.recovery.models import Case
from tideover.tenants.models import Member
from tideover.upkeep.sample.shop import open_for

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
KEPT = os.environ.get("SCREENSHOTS", "")


@pytest.mark.parametrize("look", LOOKS, ids=named)
def test_the_list_leads_to_a_customer_with_all_that_is_known(signed_in, alice, look):
    sample = open_for(alice.user, clock.now())
    Member.objects.filter(user=alice.user).exclude(organization=sample).delete()
    failing = Case.objects.filter(organization=sample, state="failing").order_by("customer_name").first()
    page = signed_in(alice, **look)
    page.goto("/customers/?show=failing")
    seen(page, f"customers{named(look)}")
    page.get_by_role("link", name=failing.customer_name).first.click()
    expect(page.get_by_role("heading", name="Open invoices")).to_be_visible()
    expect(page.get_by_role("heading", name="How we reach them")).to_be_visible()
    seen(page, f"customer{named(look)}")
    page.get_by_role("link", name=failing.invoice_number, exact=True).click()
    expect(page.locator("#facts-title")).to_be_visible()
    page.locator(".facts").get_by_role("link", name=failing.customer_name).click()
    expect(page.get_by_role("heading", name="Ways to pay")).to_be_visible()


def seen(page, name):
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == page.viewport_size["width"]
    if KEPT:
        page.screenshot(path=Path(KEPT) / f"{name}.png", full_page=True)


def test_the_palette_finds_a_customer(signed_in, alice):
    make.make_customer(make.make_connection(alice.project), name="Lumen Health")
    page = signed_in(alice)
    page.goto("/")
    page.keyboard.press("Control+k")
    page.get_by_role("combobox").fill("lumen")
    page.get_by_role("option", name="Lumen Health").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Lumen Health")
