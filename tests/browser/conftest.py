"""A real Chromium for the pages: wide or phone, light or dark; skipped with its reason where none is installed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from pytest_django.live_server_helper import LiveServer

from tests.people import Person

pytest.importorskip("playwright", reason="playwright is not installed (requirements/e2e.txt)")

from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

# Playwright keeps an event loop in this thread; Django's tests here are synchronous all the same.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip
TOLD_OF_ANSWERS = (
    "Failed to load resource",
    "Response Status Error Code",
    "htmx:sendError",
    "htmx:afterRequest",
    "htmx:timeout",
)
ENDLESS = 120_000  # milliseconds; only a test that would never end meets it
WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}

expect.set_options(timeout=ENDLESS)


def chromium() -> str | None:
    """The browser's path: $CHROME, or the first that is installed."""
    named = os.environ.get("CHROME")
    return named if named and Path(named).exists() else next(filter(None, map(shutil.which, NAMES)), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests of the session."""
    path = chromium()
    if path is None:
        pytest.skip("no Chromium found: set CHROME to one")
    flags = [*FLAGS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=flags)
        yield started
        started.close()


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """`open_page(dark=…, phone=…)` gives a fresh page that fails the test at its end if a script failed on it."""
    contexts, complaints = [], []

    def open_one(*, dark: bool = False, phone: bool = False, **options: object) -> Page:
        context = browser.new_context(
            viewport=PHONE if phone else WIDE, has_touch=phone, color_scheme="dark" if dark else "light",
            reduced_motion="reduce", **options,
        )  # fmt: skip
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(ENDLESS)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda line: complaints.append(line.text) if _is_a_complaint(line) else None)
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert complaints == []


def _is_a_complaint(line: ConsoleMessage) -> bool:
    """A policy that was broken or a script that failed; an answer that a test wanted to be 404 or lost is none."""
    return line.type == "error" and not any(words in line.text for words in TOLD_OF_ANSWERS)


@pytest.fixture
def signed_in(open_page: Callable[..., Page], live_server: LiveServer) -> Callable[..., Page]:
    """`signed_in(person, …)` gives a page on which the person is signed in, on the live server."""

    def sign_in(person: Person, **options: object) -> Page:
        page = open_page(base_url=live_server.url, **options)
        cookie = person.browser().cookies[django_settings.SESSION_COOKIE_NAME].value
        page.context.add_cookies(
            [{"name": django_settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}]
        )
        return page

    return sign_in


@pytest.fixture
def present() -> datetime:
    """The instant the server lives at: pages in a browser read the clock."""
    return datetime.now(UTC)  # noqa: TID251 - a browser test meets the real clock
