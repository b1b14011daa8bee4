"""The help in a real browser: accessible in every look, and wide enough for a phone."""

from __future__ import annotations

import pytest

pytest.importorskip("axe_playwright_python", reason="axe is not installed (requirements/e2e.txt)")

from tests.browser.test_dashboard import LOOKS, named, violations
from tideover.config import config

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("look", LOOKS, ids=named)
def test_the_help_is_accessible_and_fits(signed_in, alice, monkeypatch, look):
    monkeypatch.setattr(config(), "support_email", "help@operator.example")
    page = signed_in(alice, **look)
    for address in ("/help/", "/help/features/"):
        page.goto(address)
        assert violations(page) == [], address
        assert page.evaluate("document.documentElement.scrollWidth") == page.viewport_size["width"], address
