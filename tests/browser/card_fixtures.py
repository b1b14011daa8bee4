"""A Stripe that remembers, beside our own server, and a Chromium to be the customer with."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import stripe

from tests.factories import NOW, make_connection, make_organization, make_project, make_ruleset
from tideover import clock
from tideover.gateways.email import Transport
from tideover.recovery import links
from tideover.recovery.models import Case
from tideover.recovery.perform import Effects
from tideover.tenants.models import Connection
from tideover.tenants.stripe import stripe_for
from tideover.worker.loop import run_until_quiet

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Playwright keeps an event loop in the tests' thread

DIST = Path(__file__).parents[2] / "tideover" / "static" / "dist"
CHROMIUM = next(
    filter(None, [os.environ.get("CHROME"), *map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))]),
    None,
)
EVENTS = [
    "invoice.payment_failed",
    "invoice.payment_action_required",
    "invoice.paid",
    "payment_method.attached",
    "customer.subscription.deleted",
]
FAR = 4_000_000_000


class NoMail(Transport):
    """These tests read no mail."""

    def send(self, sender: str, recipient: str, mail: object) -> Any:
        raise AssertionError("no mail is due in these tests")


@dataclass(frozen=True)
class World:
    """The simulated Stripe of one merchant, and our connection to it."""

    api_base: str
    client: stripe.StripeClient
    connection: Connection

    def control(self, path: str, **body: object) -> dict[str, Any]:
        answer = httpx.post(f"{self.api_base}/_sim/{path}", json=body, timeout=30)
        answer.raise_for_status()
        return dict(answer.json())

    def ledger(self) -> list[dict[str, Any]]:
        return list(httpx.get(f"{self.api_base}/_sim/ledger", timeout=30).json()["attempts"])

    def successes(self, invoice_id: str) -> int:
        mine = [row for row in self.ledger() if row["invoice"] == invoice_id]
        return sum(row["outcome"] == "succeeded" for row in mine)

    def work(self) -> None:
        """Let our worker do what came in and what is due."""
        run_until_quiet(Effects(stripe_for=stripe_for, mail=NoMail()), clock.now())

    def failed_renewal(self, method: str, *, pays: int = 9900) -> Case:
        """A subscription whose renewal fails on `method`, told to us by Stripe's own webhook."""
        v1 = self.client.v1
        customer = v1.customers.create({"name": "Jane Payer", "email": "jane@payer.example"})
        card = v1.payment_methods.attach("pm_card_visa", {"customer": customer.id})
        price = v1.prices.create(
            {
                "currency": "usd",
                "unit_amount": pays,
                "recurring": {"interval": "month"},
                "product_data": {"name": "Pro, monthly"},
            }
        )
        subscription = v1.subscriptions.create(
            {"customer": customer.id, "items": [{"price": price.id}], "default_payment_method": card.id}
        )
        if method == "authentication":
            failing = v1.payment_methods.attach("pm_card_authenticationRequired", {"customer": customer.id})
            v1.subscriptions.update(subscription.id, {"default_payment_method": failing.id})
        else:
            self.control("card", payment_method=card.id, behavior=method)
        invoice = self.control("renew", subscription=subscription.id)["invoice"]
        self.work()
        return Case.objects.get(invoice_id=invoice["id"])

    def url_of(self, case: Case, base: str) -> str:
        return f"{base}/c/{links.make_link(case, message_id=None, now=clock.now())}"

    def hold_news(self) -> None:
        """Deliver no webhook: the test's server is one thread on one database connection."""
        self.control("drop_deliveries", until=FAR)

    def deliver_news(self) -> None:
        """Deliver everything that was held, oldest first, and let our worker read it."""
        self.control("drop_deliveries", until=0)
        events = self.client.v1.events.list({"limit": 100}).data
        for event in reversed(events):
            if event.type in EVENTS:
                self.control("redeliver", event=event.id)
        self.work()


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
def world(simulator: dict[str, Any], live_server: Any) -> Iterator[World]:
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
def chromium() -> Iterator[Any]:
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
def phone(chromium: Any) -> Iterator[Any]:
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


def enter_card(page: Any, number: str) -> None:
    """Fill Stripe's form as a customer does."""
    page.get_by_label("Card number").fill(number)
    page.get_by_label("Expiration date").fill("12 / 40")
    page.get_by_label("Security code").fill("123")


def today() -> datetime:
    """The present of the simulated world and of ours."""
    return clock.now().astimezone(UTC)
