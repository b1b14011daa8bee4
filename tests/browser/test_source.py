"""The source of a text in the browser: numbered lines, the wrong ones marked, and what is typed is what is saved."""

from __future__ import annotations

import pytest

pytest.importorskip("playwright", reason="playwright is not installed (requirements/e2e.txt)")
pytest.importorskip("axe_playwright_python", reason="axe is not installed (requirements/e2e.txt)")

from playwright.sync_api import expect

from tests.browser.test_dashboard import violations
from tideover.messages.models import TextVersion

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
EDITOR = "/texts/edit/?kind=failed&channel=email&language=en"
TYPED = "subject: Mine\npreheader: Soon\n{}: Hello\n\n[text]\nHello.\n\n[button] Pay\n"


@pytest.mark.parametrize("dark", [False, True])
def test_a_source_is_typed_its_wrong_line_marked_and_mended_and_saved(signed_in, alice, dark):
    page = signed_in(alice, dark=dark)
    page.goto(EDITOR)
    page.get_by_role("button", name="Edit the source").click()
    source = page.get_by_role("textbox", name="The text")
    expect(page.locator(".cm-lineNumbers")).to_be_visible()
    source.fill(TYPED.format("headline"))
    page.get_by_role("button", name="Save version 1").click()
    expect(page.locator(".cm-wrong")).to_have_text("headline: Hello")
    assert violations(page) == []
    source.fill(TYPED.format("heading"))
    page.get_by_role("button", name="Save version 1").click()
    expect(page.get_by_text("Yours, version 1")).to_be_visible()
    assert TextVersion.objects.get().content["heading"] == "Hello"


def test_without_a_script_the_source_is_a_field(signed_in, alice):
    page = signed_in(alice, java_script_enabled=False)
    page.goto(f"{EDITOR}&as=source")
    page.get_by_label("The text").fill(TYPED.format("heading"))
    page.get_by_role("button", name="Save version 1").click()
    expect(page.get_by_text("Yours, version 1")).to_be_visible()
