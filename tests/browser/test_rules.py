"""The rules in a real browser: the days move while one types, everything fits and is accessible, without scripts too."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("axe_playwright_python", reason="axe is not installed (requirements/e2e.txt)")

from playwright.sync_api import expect

from tests import factories as make
from tests.browser.test_dashboard import LOOKS, named, violations
from tests.factories import NOW
from tideover.core.rules import PRESETS
from tideover.recovery.rulesets import Wish, adopt, revise

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PICTURES = os.environ.get("PICTURES", "")


@pytest.fixture
def rules(alice):
    make.make_connection(alice.project)
    adopt(alice.project, "relay", PRESETS["relay"], NOW)
    changed = replace(PRESETS["relay"], max_charges=6, most_retries=10)
    return revise(alice.project, Wish(changed, "alice@alpine.example"), NOW)


def keep(page, name):
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)


@pytest.mark.parametrize("look", LOOKS, ids=named)
def test_the_rules_are_accessible_and_fit_as_they_are_changed_and_wrong(signed_in, alice, rules, look):
    page = signed_in(alice, **look)
    for name, address in (
        ("rules", "/rules/"),
        ("rules-from", "/rules/?from=recover"),
        ("versions", "/rules/versions/"),
    ):
        page.goto(address)
        keep(page, f"{name}-{named(look)}")
        assert violations(page) == [], address
        assert page.evaluate("document.documentElement.scrollWidth") == page.viewport_size["width"], address
    page.goto("/rules/")
    page.get_by_label("Declined by the bank: which", exact=True).fill("17, 27, 21")
    page.get_by_role("button", name="Save version 3").click()
    expect(page.get_by_role("button", name="Use 17, 21, 27")).to_be_visible()
    keep(page, f"rules-problem-{named(look)}")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == page.viewport_size["width"]


def test_the_days_move_while_one_types_and_a_repair_mends_what_is_wrong(signed_in, alice, rules):
    page = signed_in(alice)
    page.goto("/rules/")
    page.get_by_label("Window", exact=False).fill("20")
    expect(page.get_by_text("problems: Insufficient funds: which", exact=False)).to_be_visible()
    page.get_by_label("Window", exact=False).fill("28")
    expect(page.get_by_text("Nothing is changed.")).to_be_visible()
    page.get_by_label("Insufficient funds: which", exact=True).fill("9, 5")
    expect(page.get_by_text("drawn as they are live", exact=False)).to_be_visible()
    page.get_by_role("button", name="Save version 3").click()
    page.get_by_role("button", name="Use 5, 9").click()
    expect(page.get_by_label("Insufficient funds: which", exact=True)).to_have_value("5, 9")
    page.get_by_role("button", name="Save version 3").click()
    expect(page.get_by_text("Version 3 is live for new cases.")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Version 4 is live for new cases.")).to_be_visible()


def test_without_scripts_preview_draws_the_days(signed_in, alice, rules):
    page = signed_in(alice, java_script_enabled=False)
    page.goto("/rules/")
    page.get_by_label("Insufficient funds: when", exact=True).select_option("never")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_text("1 unsaved change")).to_be_visible()
    page.get_by_role("button", name="Save version 3").click()
    expect(page.get_by_text("Version 3 is live for new cases.")).to_be_visible()
