"""A simulated Stripe beside our own server, and a Chromium to be the customer with."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import stripe

from tests.browser.card_page.acme import EVENTS, World
from tests.factories import NOW, make_connection, make_organization, make_project, make_ruleset
from tideover import clock

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page
    from pytest_django.live_server_helper import LiveServer

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Playwright keeps an event loop in the tests' thread

DIST = Path(__file__).parents[3] / "tideover" / "static" / "dist"
CHROMIUM = next(
    filter(None, [os.environ.get("CHROME"), *map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))]),
    None,
)


@pytest.fixture
def simulator() -> Iterator[dict[str, Any]]:
    """The simulator as a process of its own; what its first line says."""
    command = [sys.executable, "-m", "tideover.simulator", "--port", "0", "--start", str(int(NOW.timestamp()))]
    with subprocess.Popen([*command, "--no-smart-retries"], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield json.loads(process.stdout.readline())
        finally:
            process.terminate()


@pytest.fixture
def world(simulator: dict[str, Any], live_server: LiveServer) -> Iterator[World]:
    """Acme, connected to the simulated Stripe, whose webhooks reach our server. It is NOW on both sides."""
    clock.travel_to(NOW)
    client = stripe.StripeClient(
        simulator["api_key"], base_addresses={"api": simulator["api_base"]}, max_network_retries=0
    )
    project = make_project(make_organization(name="Acme"), brand_name="Acme", support_email="help@acme.example")
    make_ruleset(project, "windback")
    connection = make_connection(
        project,
        api_base=simulator["api_base"],
        api_key=simulator["api_key"],
        publishable_key=simulator["publishable_key"],
    )
    endpoint = client.v1.webhook_endpoints.create(
        {"url": f"{live_server.url}/hooks/stripe/{connection.hook_token}", "enabled_events": EVENTS}  # type: ignore[typeddict-item]
    )
    connection.webhook_secret = endpoint.secret or ""
    connection.account_id = client.v1.accounts.retrieve_current().id
    connection.save()
    yield World(simulator["api_base"], client, connection)
    clock.travel_to(None)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One Chromium for all card pages."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("no Chromium found: set CHROME or install one")
    if not (DIST / "card.js").exists():
        pytest.skip("the front end is not built")
    flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield browser
        browser.close()


@pytest.fixture
def phone(chromium: Browser) -> Iterator[Page]:
    """A page on a phone 390 pixels wide. Anything the page's policy blocks, or any script error, fails the test."""
    context = chromium.new_context(viewport={"width": 390, "height": 844}, device_scale_factor=2, has_touch=True)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda line: complaints.append(line.text) if "Content Security Policy" in line.text else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.set_default_timeout(10_000)
    yield page
    context.close()
    assert complaints == []
