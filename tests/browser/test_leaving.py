"""Going and coming back in a real browser: accessible in every look, wide enough for a phone."""

from __future__ import annotations

import pytest

pytest.importorskip("axe_playwright_python", reason="axe is not installed (requirements/e2e.txt)")

from playwright.sync_api import expect

from tests.browser.test_dashboard import LOOKS, named, violations
from tests.factories import NOW, make_case, make_connection
from tideover.messages.models import Suppression
from tideover.messages.suppression import suppress

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def case(alice):
    case = make_case(make_connection(alice.project), customer_name="Northwind Ops")
    suppress(case.organization, "email", case.customer_email, Suppression.Reason.UNSUBSCRIBED, NOW)
    return case


@pytest.mark.parametrize("look", LOOKS, ids=named)
def test_letting_back_in_is_accessible_and_fits(signed_in, alice, case, look):
    page = signed_in(alice, **look)
    page.goto(f"/cases/{case.public_id}/")
    page.get_by_role("link", name="Let back in").click()
    expect(page.get_by_role("heading", name="Let Northwind Ops back in")).to_be_visible()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == page.viewport_size["width"]
    page.get_by_role("button", name="Write to them again").click()
    expect(page.get_by_text("Say how they asked for it.").first).to_be_visible()
    page.get_by_label("They wrote to us").check()
    page.get_by_label("What they said, and when").fill("Her mail of May 3.")
    page.get_by_role("button", name="Write to them again").click()
    expect(page.get_by_text("Northwind Ops is written to again.")).to_be_visible()


@pytest.mark.parametrize("look", LOOKS, ids=named)
def test_erasing_a_customer_is_accessible_and_fits(signed_in, alice, case, look):
    page = signed_in(alice, **look)
    page.goto("/settings/data/")
    assert violations(page) == []
    page.get_by_label("Customer", exact=True).fill("Northwind Ops")
    page.get_by_role("button", name="See what is kept").click()
    expect(page.get_by_text("Write a customer's id at Stripe").first).to_be_visible()
    page.get_by_label("Customer", exact=True).fill(case.customer_id)
    page.get_by_role("button", name="See what is kept").click()
    expect(page.get_by_role("heading", name="Erase a customer")).to_be_visible()
    expect(page.get_by_text("1 case (1 open)")).to_be_visible()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == page.viewport_size["width"]
    page.get_by_label("Type erase to confirm").fill("erase")
    page.get_by_role("button", name="Erase this customer").click()
    expect(page.get_by_text("under way", exact=True)).to_be_visible()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == page.viewport_size["width"]


@pytest.mark.parametrize("look", LOOKS, ids=named)
def test_erasing_the_organization_is_accessible_and_fits(signed_in, alice, case, look):
    page = signed_in(alice, **look)
    page.goto("/settings/data/")
    page.get_by_role("link", name="Erase everything…").click()
    expect(page.get_by_role("heading", name=f"Erase all of {alice.organization.name}?")).to_be_visible()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == page.viewport_size["width"]
    page.get_by_role("button", name="Erase everything").click()
    expect(page.get_by_text("to erase everything.")).to_be_visible()
    page.get_by_label(f"Type {alice.organization.slug} to confirm").fill(alice.organization.slug)
    page.get_by_role("button", name="Erase everything").click()
    expect(page.get_by_role("heading", name="It is being erased")).to_be_visible()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == page.viewport_size["width"]
