"""What would have been, in a real browser: accessible in every look, its steps open without a script, pages follow."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest

pytest.importorskip("axe_playwright_python", reason="axe is not installed (requirements/e2e.txt)")

from playwright.sync_api import expect

from tests import factories as make
from tests.browser.test_dashboard import LOOKS, named, violations
from tests.rooms.recovery.telling.test_backtest import ended, failed, mirrored, rules, tried
from tideover import clock
from tideover.mirror.models import Mirror

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PICTURES = os.environ.get("SCREENSHOTS")
PAGE = "/go-live/back-test/"


@pytest.fixture
def failures(alice):
    """More than a page of them, of several kinds, one of which was paid, and an account that is still being read."""
    now = clock.now()
    connection = make.make_connection(alice.project, mode="observe", livemode=True)
    rules(connection, "recover")
    mirrored(connection)
    codes = ("insufficient_funds", "do_not_honor", "stolen_card", "expired_card", "processing_error")
    for number in range(30):
        at = now - timedelta(days=3 + 2 * number, hours=number)
        who, invoice = failed(connection, at=at, code=codes[number % len(codes)])
        if number % 3 == 0:
            tried(who, invoice, at=at + timedelta(days=2), outcome="paid", fingerprint="fp_new")
            ended(invoice, "paid", at + timedelta(days=2))
    other = make.make_connection(alice.project, account_name="Alpine Two")
    mirrored(other, stage="payments", imported_at=None, walked_at=None, counts={"customers": 1200})
    Mirror.objects.update(since=now - timedelta(days=730), began_at=now)
    return alice


@pytest.mark.parametrize("look", LOOKS, ids=named)
def test_what_would_have_been_is_accessible_and_fits(signed_in, failures, look):
    page = signed_in(failures, **look)
    page.goto(PAGE)
    expect(page.get_by_role("heading", name="What would have been", level=1)).to_be_visible()
    page.locator("summary").filter(has_text="charge").first.click()
    squeezed = "cells => cells.filter(cell => cell.offsetHeight > 4 * cell.offsetWidth).length"
    assert page.locator("table.past td").evaluate_all(squeezed) == 0
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"past-{named(look)}.png", full_page=True)
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == page.viewport_size["width"]


def test_it_is_found_from_what_would_happen_and_works_without_a_script(signed_in, failures):
    page = signed_in(failures, java_script_enabled=False)
    page.goto("/go-live/")
    page.get_by_role("link", name="What would have been").click()
    expect(page.get_by_text("The history of Alpine Two is being read")).to_be_visible()
    payment = page.locator("details").filter(has_text="would charge").first  # which one, the day of the week decides
    step = payment.get_by_text("would charge").first
    expect(step).to_be_hidden()
    payment.locator("summary").click()
    expect(step).to_be_visible()
    page.get_by_role("link", name="Next").click()
    expect(page.get_by_role("heading", name="Counted")).to_have_count(0)
    expect(page.get_by_role("heading", name="Payment by payment")).to_be_visible()
    page.get_by_role("link", name="First").click()
    expect(page.get_by_role("heading", name="Counted")).to_be_visible()
