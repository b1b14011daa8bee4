"""Another day in a real browser: chosen on a phone, without a script too, and told on the page in every look."""

from __future__ import annotations

import pytest

pytest.importorskip("axe_playwright_python", reason="axe is not installed (requirements/e2e.txt)")

from playwright.sync_api import expect

from tests.browser.card_page.test_access import LOOKS, picture, violations
from tests.factories import make_case
from tideover.recovery.models import Case

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize(("theme", "width"), LOOKS)
def test_a_day_is_chosen_and_the_page_tells_it(world, live_server, phone, theme, width):
    case = make_case(world.connection, card_brand="visa", card_last4="4242")
    phone.emulate_media(color_scheme=theme)
    phone.set_viewport_size({"width": width, "height": 844})
    phone.goto(world.url_of(case, live_server.url))
    phone.locator("#door-day summary").click()
    button = phone.get_by_role("button", name="Promise this day")
    expect(button).to_be_visible()
    expect(phone.get_by_role("button", name="Pay $99.00")).to_be_hidden()  # one of them at a time
    phone.locator("#door-day input[type=radio]").last.check(force=True)
    picture(phone, f"another-day-{theme}-{width}")
    assert violations(phone) == []
    button.click()
    expect(phone.get_by_role("status")).to_contain_text("Nothing is tried before.")
    picture(phone, f"promised-{theme}-{width}")
    assert violations(phone) == []
    assert phone.evaluate("document.documentElement.scrollWidth") <= width
    assert Case.objects.get().promised_on is not None


def test_without_a_script_a_day_is_chosen_all_the_same(world, live_server, open_page):
    case = make_case(world.connection)
    page = open_page(phone=True, java_script_enabled=False)
    page.goto(world.url_of(case, live_server.url))
    page.locator("#door-day summary").click()
    page.locator("#door-day input[type=date]").fill("2999-01-01")
    page.locator("#door-day form").evaluate("form => form.noValidate = true")
    page.get_by_role("button", name="Promise this day").click()
    expect(page.get_by_role("alert").filter(has_text="Please choose a day until")).to_be_visible()
    page.get_by_role("button", name="Promise this day").click()
    expect(page.get_by_role("status")).to_contain_text("Nothing is tried before.")
    assert Case.objects.get().promised_on is not None
