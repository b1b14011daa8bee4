"""Chasing overdue invoices in a real browser: the switch among the rules, the days they mean, the payer's page."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

pytest.importorskip("axe_playwright_python", reason="axe is not installed (requirements/e2e.txt)")

from playwright.sync_api import expect

from tests import factories as make
from tests.browser.test_dashboard import LOOKS, named, violations
from tests.factories import NOW
from tideover.core.rules import PRESETS
from tideover.recovery import links
from tideover.recovery.rulesets import adopt, newest, rules_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PICTURES = os.environ.get("PICTURES", "")
SENT = {"family": "overdue", "first_family": "overdue", "card_brand": "", "card_last4": "", "decline_code": ""}


def keep(page, name):
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)


def fits(page):
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == page.viewport_size["width"]


@pytest.mark.parametrize("look", LOOKS, ids=named)
def test_the_switch_is_turned_on_and_the_days_show_what_it_does(signed_in, alice, look):
    connection = make.make_connection(alice.project)
    adopt(alice.project, "relay", PRESETS["relay"], NOW)
    page = signed_in(alice, **look)
    page.goto("/rules/?family=overdue")
    expect(page.get_by_text("chase no overdue invoices")).to_be_visible()
    switch = page.get_by_label("Chase overdue invoices")
    expect(switch).not_to_be_checked()
    switch.check()
    expect(page.get_by_text("chase no overdue invoices")).to_have_count(0)
    keep(page, f"overdue-rules-{named(look)}")
    fits(page)
    page.get_by_role("button", name="Save version 2").click()
    page.goto("/rules/")
    expect(page.get_by_label("Chase overdue invoices")).to_be_checked()
    assert rules_of(newest(alice.project)).chase_overdue
    case = make.make_case(connection, **SENT)
    page.goto(f"/cases/{case.public_id}/")
    expect(page.get_by_text("so nothing is ever charged for it").first).to_be_visible()
    keep(page, f"overdue-case-{named(look)}")
    fits(page)


@pytest.mark.parametrize("look", LOOKS, ids=named)
def test_its_receiver_sees_since_when_and_where_to_pay(signed_in, alice, look):
    connection = make.make_connection(alice.project, mode="act", publishable_key="pk_test_alice")
    case = make.make_case(connection, hosted_url="https://invoice.stripe.example/i/1", **SENT)
    page = signed_in(alice, **look)
    page.goto(f"/c/{links.make_link(case, message_id=None, now=NOW)}")
    expect(page.get_by_text("An invoice is overdue")).to_be_visible()
    expect(page.get_by_role("link", name="Pay $99.00")).to_be_visible()
    keep(page, f"overdue-pay-{named(look)}")
    fits(page)
