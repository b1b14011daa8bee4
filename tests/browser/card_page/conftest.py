"""A simulated Stripe beside our own server, and a phone to be the customer with."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import stripe

from tests.browser.card_page.acme import EVENTS, World
from tests.factories import NOW, make_connection, make_organization, make_project, make_ruleset
from tideover import clock

if TYPE_CHECKING:
    from playwright.sync_api import Page
    from pytest_django.live_server_helper import LiveServer

DIST = Path(__file__).parents[3] / "tideover" / "static" / "dist"


@pytest.fixture(scope="session")
def simulator() -> Iterator[dict[str, Any]]:
    """The simulator as a process of its own, one for all tests; what its first line says."""
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
    acme = World(simulator["api_base"], client, connection)
    acme.control("drop_deliveries", until=0)
    yield acme
    client.v1.webhook_endpoints.delete(endpoint.id)
    clock.travel_to(None)


@pytest.fixture
def phone(open_page: Callable[..., Page]) -> Page:
    """A page on a phone; a script error or anything its policy blocks fails the test."""
    if not (DIST / "card.js").exists():
        pytest.skip("the front end is not built")
    return open_page(phone=True, device_scale_factor=2)
