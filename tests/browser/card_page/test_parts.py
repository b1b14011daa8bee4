"""Paying in parts as a customer does it: each plan looked at, one agreed to, and what the page says from then on."""

from __future__ import annotations

import pytest

from tests.browser.card_page.test_access import LOOKS, picture, violations
from tests.factories import DAY, NOW, make_case, make_plan
from tideover.recovery.models import Case, Plan
from tideover.tenants.models import Project

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
expect = playwright.expect
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def plans(world) -> None:
    """Acme offers plans."""
    Project.objects.update(plans_enabled=True)


def test_a_customer_looks_at_each_plan_and_agrees_to_one(world, live_server, phone):
    case = world.failed_renewal("decline_insufficient_funds")
    Case.objects.filter(pk=case.pk).update(plan_offered_at=NOW)
    world.hold_news()
    world.control("card", payment_method=case.payment_method_id, behavior="ok")
    phone.goto(world.url_of(case, live_server.url))
    phone.locator("#door-parts > summary").click()
    expect(phone.locator(".parts.n3")).to_be_visible()
    expect(phone.locator(".parts.n2")).to_be_hidden()
    phone.get_by_text("2 parts").click()
    expect(phone.locator(".parts.n2")).to_be_visible()
    expect(phone.locator(".parts.n2 li").first).to_contain_text("$49.50")
    phone.get_by_role("button", name="Agree and pay the first part").click()
    expect(phone.get_by_role("heading", name="Your plan is set")).to_be_visible()
    expect(phone.locator(".parts .sum")).to_contain_text("$49.50")
    assert world.successes(case.invoice_id) == 1
    assert Plan.objects.get().state == "stands"


def test_without_a_script_a_plan_is_agreed_to_all_the_same(world, live_server, phone):
    case = world.failed_renewal("decline_insufficient_funds")
    Case.objects.filter(pk=case.pk).update(plan_offered_at=NOW)
    world.hold_news()
    bare = phone.context.browser.new_context(java_script_enabled=False)
    page = bare.new_page()
    page.goto(world.url_of(case, live_server.url))
    page.locator("#door-parts > summary").click()
    page.get_by_role("button", name="Agree and pay the first part").click()
    expect(page.get_by_role("alert").filter(has_text="The first part did not go through")).to_be_visible()
    bare.close()


@pytest.mark.parametrize(("theme", "width"), LOOKS)
def test_neither_the_choice_nor_the_plan_has_a_violation(world, live_server, phone, theme, width):
    phone.emulate_media(color_scheme=theme)
    phone.set_viewport_size({"width": width, "height": 844})
    choosing = make_case(world.connection, opened_at=NOW - 15 * DAY, payment_method_id="pm_1")
    phone.goto(world.url_of(choosing, live_server.url))
    phone.locator("#door-parts > summary").click()
    phone.wait_for_load_state("networkidle")
    picture(phone, f"parts-{theme}-{width}")
    assert violations(phone) == []
    standing = make_case(world.connection, opened_at=NOW - 15 * DAY, payment_method_id="pm_1")
    make_plan(standing)
    phone.goto(world.url_of(standing, live_server.url))
    phone.wait_for_load_state("networkidle")
    picture(phone, f"plan-{theme}-{width}")
    assert violations(phone) == []
    assert phone.evaluate("document.documentElement.scrollWidth") <= width
