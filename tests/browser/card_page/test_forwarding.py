"""Forwarding the pay page's link: by hand, with scripts and without, in light and dark."""

from __future__ import annotations

import pytest

pytest.importorskip("axe_playwright_python", reason="axe is not installed (requirements/e2e.txt)")

from playwright.sync_api import expect

from tests.browser.card_page.test_access import LOOKS, picture, violations
from tests.factories import make_case
from tideover.recovery.ways.rows import Forward

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def case(world):
    return make_case(world.connection, customer_name="Jane Payer", hosted_url="https://invoice.stripe.example/i/1")


@pytest.fixture
def address(world, live_server, case):
    return world.url_of(case, live_server.url)


@pytest.mark.parametrize(("theme", "width"), LOOKS)
def test_it_opens_by_hand_and_has_no_violation(address, phone, theme, width):
    phone.emulate_media(color_scheme=theme)
    phone.set_viewport_size({"width": width, "height": 844})
    phone.goto(address)
    phone.wait_for_load_state("networkidle")
    picture(phone, f"forward-shut-{theme}-{width}")
    phone.get_by_role("heading", name="Forward this to a colleague").click()
    expect(phone.get_by_role("button", name="Send the link")).to_be_visible()
    picture(phone, f"forward-{theme}-{width}")
    assert violations(phone) == []


def test_it_works_without_scripts(address, open_page, case):
    page = open_page(phone=True, java_script_enabled=False)
    page.goto(address)
    page.get_by_role("heading", name="Forward this to a colleague").click()
    page.get_by_label("Email address").fill("office@acme.example")
    page.get_by_role("button", name="Send the link").click()
    expect(page.get_by_role("status").filter(has_text="the link arrives there soon")).to_be_visible()
    picture(page, "forward-sent")
    assert Forward.objects.get(case=case).address == "office@acme.example"
