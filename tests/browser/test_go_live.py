"""What would happen, in a real browser: accessible in every look, wide enough for a phone; the switch, by a click."""

from __future__ import annotations

from datetime import timedelta

import pytest

pytest.importorskip("axe_playwright_python", reason="axe is not installed (requirements/e2e.txt)")

from playwright.sync_api import expect

from tests import factories as make
from tests.browser.test_dashboard import LOOKS, named, violations
from tideover import clock
from tideover.tenants.models import Project
from tideover.tenants.settings import turn_recovery

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def off(alice):
    """Alice's project before it goes live, with failures of several kinds."""
    now = clock.now()
    turn_recovery(alice.project, on=False, by="alice@alpine.example", now=now - timedelta(days=9))
    connection = make.make_connection(Project.objects.get(pk=alice.project.pk), mode="act", livemode=True)
    make.make_ruleset(connection.project, "tuned")
    for days, code, answer in ((1, "insufficient_funds", "51"), (5, "do_not_honor", "05"), (3, "do_not_honor", "R0")):
        family = "no_funds" if answer == "51" else "other"
        opened = {"opened_at": now - timedelta(days=days), "decline_code": code, "family": family}
        make.make_attempt(make.make_case(connection, read_at=now, **opened), by="stripe", network_decline_code=answer)
    return alice


@pytest.mark.parametrize("look", LOOKS, ids=named)
def test_what_would_happen_is_accessible_and_fits(signed_in, off, look):
    page = signed_in(off, **look)
    page.goto("/go-live/")
    expect(page.get_by_role("heading", name="What would happen", level=1)).to_be_visible()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == page.viewport_size["width"]


def test_going_live_takes_one_click_and_so_does_turning_it_off(signed_in, off):
    page = signed_in(off)
    page.goto("/")
    page.get_by_role("link", name="See what would happen").click()
    page.get_by_role("button", name="Go live").click()
    expect(page.get_by_text("is live: it charges and writes by its rules.")).to_be_visible()
    expect(page.get_by_text("Recovery is off.")).to_have_count(0)
    page.get_by_role("button", name="Turn recovery off").click()
    expect(page.get_by_text("Recovery is off.")).to_be_visible()


def test_who_begins_with_what_fails_from_now_on_chooses_it_beside_the_button(signed_in, off):
    page = signed_in(off)
    page.goto("/go-live/")
    page.get_by_label("Only what fails from now on").check()
    page.get_by_role("button", name="Go live").click()
    expect(page.get_by_text("is live: it charges and writes by its rules.")).to_be_visible()
    expect(page.get_by_text("No failed payment is open")).to_be_visible()
