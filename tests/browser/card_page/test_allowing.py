"""Backup methods on the pay page: allowed and taken back by hand, with scripts and without, in light and dark."""

from __future__ import annotations

import pytest

pytest.importorskip("axe_playwright_python", reason="axe is not installed (requirements/e2e.txt)")

from playwright.sync_api import expect

from tests.browser.card_page.test_access import LOOKS, picture, violations
from tests.factories import make_case
from tideover.recovery.ways.consents import agreed_at
from tideover.tenants.models import Project

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def case(world):
    Project.objects.update(backup_methods=True)
    world.connection.project.refresh_from_db()
    return make_case(world.connection, customer_name="Jane Payer", hosted_url="https://invoice.stripe.example/i/1")


@pytest.fixture
def address(world, live_server, case):
    return world.url_of(case, live_server.url)


@pytest.mark.parametrize(("theme", "width"), LOOKS)
def test_it_is_asked_for_in_whole_sentences_and_has_no_violation(address, phone, theme, width):
    phone.emulate_media(color_scheme=theme)
    phone.set_viewport_size({"width": width, "height": 844})
    phone.goto(address)
    phone.wait_for_load_state("networkidle")
    expect(phone.get_by_role("heading", name="If a payment fails")).to_be_visible()
    picture(phone, f"backups-{theme}-{width}")
    assert violations(phone) == []
    phone.get_by_role("button", name="Allow this").click()
    expect(phone.get_by_text("You allowed Acme on")).to_be_visible()
    picture(phone, f"backups-allowed-{theme}-{width}")
    assert violations(phone) == []


def test_it_works_without_scripts(address, open_page, case):
    page = open_page(phone=True, java_script_enabled=False)
    page.goto(address)
    page.get_by_role("button", name="Allow this").click()
    expect(page.get_by_text("You allowed Acme on")).to_be_visible()
    page.get_by_role("button", name="Do not allow it any more").click()
    expect(page.get_by_role("button", name="Allow this")).to_be_visible()
    assert agreed_at(case) is None
