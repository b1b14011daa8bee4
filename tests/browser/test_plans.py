"""Payment plans as the merchant sees them: what was agreed on the case's page, the offer by hand, and the settings."""

from __future__ import annotations

import pytest

pytest.importorskip("axe_playwright_python", reason="axe is not installed (requirements/e2e.txt)")

from playwright.sync_api import expect

from tests import factories as make
from tests.browser.test_dashboard import LOOKS, named
from tests.browser.test_overdue import fits, keep
from tests.factories import DAY

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("look", LOOKS, ids=named)
def test_a_plan_stands_on_the_case_and_is_offered_and_set_by_hand(signed_in, alice, present, look):
    alice.project.plans_enabled = True
    alice.project.save()
    connection = make.make_connection(alice.project)
    agreed, open_too = (
        make.make_case(connection, opened_at=present - 15 * DAY, payment_method_id="pm_1") for _ in range(2)
    )
    make.make_plan(agreed)
    page = signed_in(alice, **look)
    page.goto(f"/cases/{agreed.public_id}/")
    expect(page.get_by_role("heading", name="Payment plan: 1 of 3 parts paid")).to_be_visible()
    keep(page, f"plan-case-{named(look)}")
    fits(page)
    page.get_by_role("button", name="End the plan").click()
    expect(page.get_by_text("The plan has ended. The rules go on.")).to_be_visible()
    page.goto(f"/cases/{open_too.public_id}/")
    page.get_by_role("button", name="Offer a plan now").click()
    expect(page.get_by_text("Offered: the pay page has it from now on.")).to_be_visible()
    page.goto("/settings/plans/")
    expect(page.get_by_role("heading", name="Payment plans").first).to_be_visible()
    keep(page, f"plan-settings-{named(look)}")
    fits(page)
