"""Passkeys in a real browser, with a virtual device: added, signed in with, asked for after a password, removed."""

from __future__ import annotations

import pytest

pytest.importorskip("axe_playwright_python", reason="axe is not installed (requirements/e2e.txt)")

from playwright.sync_api import expect

from tests.browser.test_dashboard import LOOKS, named, violations
from tests.people import PASSWORD
from tideover.config import config

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
DEVICE = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
    "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip


@pytest.fixture
def at_home(live_server, monkeypatch):
    """The site's address is the one the browser is at."""
    monkeypatch.setattr(config(), "base_url", live_server.url)


def with_a_device(page) -> None:
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})


def fits(page) -> None:
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == page.viewport_size["width"]


@pytest.mark.parametrize("look", LOOKS, ids=named)
def test_a_passkey_is_added_and_signs_in_with_one_press(open_page, live_server, at_home, alice, look):
    page = open_page(base_url=live_server.url, **look)
    with_a_device(page)
    page.goto("/sign-in/?next=/account/")
    fits(page)
    page.get_by_label("Email").fill(alice.user.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("link", name="Add one").click()
    expect(page.get_by_role("heading", name="New passkey")).to_be_visible()
    fits(page)
    page.get_by_label("Name").fill("Work laptop")
    page.get_by_role("button", name="Make the passkey").click()
    expect(page.get_by_role("heading", name="Work laptop signs you in from now on")).to_be_visible()
    fits(page)
    page.get_by_role("link", name="I have written them down").click()
    expect(page.get_by_text("Passkey: Work laptop")).to_be_visible()
    fits(page)
    page.context.clear_cookies()
    page.goto("/sign-in/?next=/account/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("heading", name="My account")).to_be_visible()
    page.context.clear_cookies()
    page.goto("/sign-in/?next=/account/")
    page.get_by_label("Email").fill(alice.user.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="One more step")).to_be_visible()
    fits(page)
    page.get_by_role("button", name="Use your passkey").click()
    expect(page.get_by_role("heading", name="My account")).to_be_visible()
    page.get_by_role("button", name="Remove Work laptop").click()
    expect(page.get_by_text("That passkey opens nothing any more.")).to_be_visible()
    page.context.clear_cookies()
    page.goto("/sign-in/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_text("No account here has this passkey.")).to_be_visible()


def test_a_device_that_does_not_answer_is_told_and_nothing_is_sent(open_page, live_server, at_home, alice):
    page = open_page(base_url=live_server.url)
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": {**DEVICE, "isUserVerified": False}})
    page.goto("/sign-in/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_text("Your device did not answer, or it was called off.")).to_be_visible()
    fits(page)


def test_without_scripts_it_is_said_that_passkeys_need_them(open_page, live_server, at_home, alice):
    page = open_page(base_url=live_server.url, java_script_enabled=False)
    page.goto("/sign-in/")
    expect(page.get_by_text("Passkeys need JavaScript.")).to_be_visible()
    expect(page.get_by_role("button", name="Sign in with a passkey")).to_be_hidden()
