"""Three terminals: `tideover simulator` in one, `tideover connect` and `tideover serve` in another, a customer in a third."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
import stripe
from django.conf import settings

from tests.waiting import until

TIDEOVER = [sys.executable, "-m", "tideover"]
PATIENCE = 120  # seconds; only a test that would never end meets it
# Where it is between nine in the morning and eight in the evening on some clock, whenever the test runs.
PLACES = ("GB", "IN", "JP", "NZ", "PE", "AE")


@pytest.fixture
def database(db: None) -> Iterator[str]:
    """A database of the kind the suite runs on, empty and apart from the suite's own."""
    if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        yield ""
        return
    url = os.environ["TIDEOVER_DATABASE_URL"]
    name = f"commands_{os.getpid()}"
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")  # type: ignore[arg-type]
        yield re.sub(r"/[^/]*$", f"/{name}", url)
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")  # type: ignore[arg-type]


@pytest.fixture
def terminal(tmp_path: Path, database: str) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts `tideover …` with the settings of one installation; all of it ends with the test."""
    running: list[subprocess.Popen[str]] = []

    def typed(*words: str, **variables: str) -> subprocess.Popen[str]:
        ours = {"DJANGO_SETTINGS_MODULE": "tideover.settings", "TIDEOVER_HOME": str(tmp_path)}
        env = {**os.environ, **ours, "TIDEOVER_DATABASE_URL": database, **variables}
        process = subprocess.Popen([*TIDEOVER, *words], stdout=subprocess.PIPE, text=True, env=env, cwd=tmp_path)
        running.append(process)
        return process

    yield typed
    for process in running:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE)


def line_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def awake_somewhere(now: float) -> str:
    """A country where messages may go out at this hour, also where its clocks are put forward."""
    offsets = {"GB": 0, "IN": 5.5, "JP": 9, "NZ": 12, "PE": -5, "AE": 4}
    hour = now % 86_400 / 3600
    return next(place for place in PLACES if 9.5 <= (hour + offsets[place]) % 24 <= 18.5)


class Customer:
    """A person with a mail program and a browser, as far as HTTP goes."""

    def __init__(self, mailbox: str, pages: str) -> None:
        self.http = httpx.Client(trust_env=False, timeout=PATIENCE)
        self.mailbox, self.pages = mailbox, pages

    def mails(self) -> list[dict[str, Any]]:
        return list(self.http.get(f"{self.mailbox}messages.json").json()["messages"])

    def brings_a_card(self, link: str, api: str, key: str) -> dict[str, Any]:
        """What the card page's script does: begin, let Stripe confirm, finish."""
        page = self.http.get(link)
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
        assert token, page.text[:500]
        form = {"csrfmiddlewaretoken": token[1]}
        headers = {"Accept": "application/json", "Referer": link}
        begun = self.http.post(f"{link}/setup", data=form, headers=headers).json()
        intent = begun["client_secret"].partition("_secret_")[0]
        card = {"type": "card", "card[number]": "4242424242424242", "card[exp_month]": "12", "card[exp_year]": "2031"}
        method = self.http.post(f"{api}/v1/payment_methods", data=card, auth=(key, "")).json()["id"]
        confirm = {"client_secret": begun["client_secret"], "payment_method": method}
        self.http.post(f"{api}/v1/setup_intents/{intent}/confirm", data=confirm, auth=(key, ""))
        done = {"url": f"{link}/done", "data": {**form, "intent": intent}, "headers": headers}
        return until(lambda: _settled(self.http.post(**done).json()))


def _settled(answer: dict[str, Any]) -> dict[str, Any]:
    """The answer, unless it says to ask again: a worker may be at the invoice this very moment."""
    return {} if "ask_again_seconds" in answer else answer


def test_a_renewal_that_fails_is_dunned_and_recovered_through_the_real_commands_and_pages(
    terminal: Callable[..., subprocess.Popen[str]],
) -> None:
    said = json.loads(line_of(terminal("simulator", "--port", "0", "--clock", "wall", "--no-smart-retries")))
    port = str(free_port())
    pages = f"http://127.0.0.1:{port}"
    ours = {"TIDEOVER_BASE_URL": pages, "TIDEOVER_SMTP_PORT": str(said["smtp_port"])}
    keys = ("--api-key", said["api_key"], "--publishable-key", said["publishable_key"])
    connect = terminal("connect", *keys, "--api-base", said["api_base"], "--mode", "act", "--test-mail", "on", **ours)
    assert connect.communicate(timeout=PATIENCE)[0].startswith("Connected ")
    serve = terminal("serve", "--port", port, **ours)
    assert line_of(serve).startswith("Tideover listens on")

    client = stripe.StripeClient(said["api_key"], base_addresses={"api": said["api_base"]}).v1
    state = httpx.get(f"{said['control_url']}/state", trust_env=False).json()
    customer = client.customers.create(
        {"name": "Pia Payer", "email": "pia@payer.example", "address": {"country": awake_somewhere(state["now"])}}
    )
    card = client.payment_methods.attach("pm_sim_decline_expired_card", {"customer": customer.id})
    client.customers.update(customer.id, {"invoice_settings": {"default_payment_method": card.id}})
    price = client.prices.create(
        {"product_data": {"name": "Pro"}, "currency": "usd", "unit_amount": 9900, "recurring": {"interval": "month"}}
    )
    subscription = client.subscriptions.create(
        {"customer": customer.id, "items": [{"price": price.id}], "trial_period_days": 14}
    )
    httpx.post(f"{said['control_url']}/renew", json={"subscription": subscription.id}, trust_env=False)

    pia = Customer(said["mailbox_url"], pages)
    (mail,) = until(pia.mails)
    assert mail["to"] == ["pia@payer.example"]
    link = re.search(rf"{re.escape(pages)}/c/[\w-]+", mail["text"])
    assert link
    assert pia.brings_a_card(link[0], said["api_base"], said["publishable_key"])["state"] == "paid"
    assert client.invoices.list({"subscription": subscription.id}).data[0].status == "paid"
    ledger = httpx.get(f"{said['control_url']}/ledger", trust_env=False).json()["attempts"]
    assert [a["outcome"] for a in ledger if a["amount"] == 9900] == ["failed", "succeeded"]

    printed = terminal("login", **ours).communicate(timeout=PATIENCE)[0].strip()
    owner = httpx.Client(trust_env=False, follow_redirects=True)
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', owner.get(printed).text)
    assert token
    owner.post(printed, data={"csrfmiddlewaretoken": token[1]}, headers={"Referer": printed})
    cases = owner.get(f"{pages}/cases/").text
    assert "Pia Payer" in cases
    assert "Recovered" in cases

    serve.send_signal(signal.SIGTERM)
    assert serve.wait(PATIENCE) == 0


def free_port() -> int:
    import socket  # noqa: PLC0415

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
