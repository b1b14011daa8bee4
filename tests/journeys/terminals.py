"""An installation as those around it meet it: commands in terminals, a merchant's own Stripe calls, a customer's mail."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex
from typing import Any, TypeVar

import httpx
import psycopg
import pytest
import stripe
from django.conf import settings

from tests.waiting import until

PATIENCE = 120  # seconds; only a test that would never end meets it
# Where it is between nine in the morning and eight in the evening on some clock, whenever the test runs.
OFFSETS = {"GB": 0, "IN": 5.5, "JP": 9, "NZ": 12, "PE": -5, "AE": 4}
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')

TROUBLE = re.compile(r'^(?:.*"level": ?"(?:error|critical)".*|Traceback.*|(?:ERROR|CRITICAL) .*)$', re.MULTILINE)
Seen = TypeVar("Seen")


@contextmanager
def apart_from_the_suite() -> Iterator[str]:
    """The address of a new database of the kind the suite runs on; empty means SQLite in the home folder."""
    if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        yield ""
        return
    url, name = os.environ["TIDEOVER_DATABASE_URL"], f"apart_{token_hex(6)}"
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")  # type: ignore[arg-type]
        try:
            yield re.sub(r"/[^/]*$", f"/{name}", url)
        finally:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)")  # type: ignore[arg-type]


@dataclass
class Terminals:
    """Starts `tideover …` with the `settings` of one installation; what it says to an operator goes into `said`."""

    home: Path
    database: str
    settings: dict[str, str] = field(default_factory=dict)
    running: list[subprocess.Popen[str]] = field(default_factory=list)

    @property
    def said(self) -> Path:
        return self.home / "said"

    @property
    def environment(self) -> dict[str, str]:
        ours = {"DJANGO_SETTINGS_MODULE": "tideover.settings", "TIDEOVER_HOME": str(self.home)}
        clean = {name: value for name, value in os.environ.items() if not name.startswith("TIDEOVER_")}
        return {**clean, **ours, "TIDEOVER_DATABASE_URL": self.database, "PYTHONUNBUFFERED": "1", **self.settings}

    def __call__(self, *words: str, code: Path | None = None, program: str = "tideover") -> subprocess.Popen[str]:
        """`code` is the checkout whose code runs; the one under test if not given."""
        with self.said.open("a") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", program, *words],
                stdout=subprocess.PIPE, stderr=log, text=True, env=self.environment, cwd=code or self.home,
            )  # fmt: skip
        self.running.append(process)
        return process

    def answer(self, *words: str, code: Path | None = None) -> str:
        """What a command prints that ends by itself, and well."""
        process = self(*words, code=code)
        printed = process.communicate(timeout=PATIENCE)[0]
        assert process.returncode == 0, f"{printed}\n{self.said.read_text()}"
        return printed

    def until(self, seen: Callable[[], Seen]) -> Seen:
        """Waits for it, unless a process tells of trouble: then it may never come."""
        return until(lambda: seen() if not self.trouble() else pytest.fail("\n".join(self.trouble())))

    def trouble(self) -> list[str]:
        return TROUBLE.findall(self.said.read_text())

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What the installation's database answers."""
        if self.database:
            with psycopg.connect(self.database) as server:
                return server.execute(query).fetchall()  # type: ignore[arg-type]
        with closing(sqlite3.connect(self.home / "tideover.sqlite3", timeout=PATIENCE)) as file, file:
            return file.execute(query).fetchall()

    def end(self) -> None:
        for process in self.running:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            process.communicate(timeout=PATIENCE)


def line_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def awake_somewhere(now: float) -> str:
    """A country where messages may go out at this hour, also where its clocks are put forward."""
    hour = now % 86_400 / 3600
    return next(place for place, offset in OFFSETS.items() if 9.5 <= (hour + offset) % 24 <= 18.5)


class Merchant:
    """Who has an account at the simulated Stripe, and calls it with Stripe's own library."""

    def __init__(self, said: dict[str, Any]) -> None:
        self.said = said
        self.stripe = stripe.StripeClient(said["api_key"], base_addresses={"api": said["api_base"]}).v1
        self.control = httpx.Client(base_url=f"{said['control_url']}/", trust_env=False, timeout=PATIENCE)

    @classmethod
    def of(cls, simulator: subprocess.Popen[str]) -> Merchant:
        return cls(json.loads(line_of(simulator)))

    def renewal_fails(self, email: str = "pia@payer.example", card: str = "pm_sim_decline_expired_card") -> Renewal:
        """A customer who may be written to at this hour renews with this card, in vain."""
        country = awake_somewhere(self.control.get("state").json()["now"])
        reads = {"preferred_locales": ["en-US"]}  # what is shown to people is held against its page word by word
        person = {"name": "Pia Payer", "email": email, "address": {"country": country}, **reads}
        customer = self.stripe.customers.create(person).id  # type: ignore[arg-type]
        price = self.stripe.prices.create(
            {
                "product_data": {"name": "Pro"},
                "currency": "usd",
                "unit_amount": 9900,
                "recurring": {"interval": "month"},
            }
        )
        self.brings_a_card(customer, card)
        subscription = self.stripe.subscriptions.create(
            {"customer": customer, "items": [{"price": price.id}], "trial_period_days": 14}
        ).id
        self.control.post("renew", json={"subscription": subscription})
        return Renewal(self, email, customer, subscription)

    def brings_a_card(self, customer: str, card: str) -> None:
        """The customer gives the merchant another card, in the merchant's own pages."""
        method = self.stripe.payment_methods.attach(card, {"customer": customer})
        self.stripe.customers.update(customer, {"invoice_settings": {"default_payment_method": method.id}})

    def attempts(self) -> list[dict[str, Any]]:
        return list(self.control.get("ledger").json()["attempts"])

    def mails(self) -> list[dict[str, Any]]:
        return list(self.control.get(f"{self.said['mailbox_url']}messages.json").json()["messages"])


@dataclass(frozen=True)
class Renewal:
    """One customer's renewal that failed."""

    merchant: Merchant
    email: str
    customer: str
    subscription: str

    def subjects(self) -> list[str]:
        """What was written to the customer."""
        return [mail["subject"] for mail in self.merchant.mails() if mail["to"] == [self.email]]

    def charges(self) -> list[str]:
        """What became of each charge, by the books of the simulated Stripe: asked often, and not under its limits."""
        return [each["outcome"] for each in self.merchant.attempts() if each["customer"] == self.customer]

    def is_paid(self) -> bool:
        return "succeeded" in self.charges()

    def is_seconds_ago(self) -> bool:
        """Whether what comes now is later by Stripe's clock too, which tells whole seconds."""
        failed = max(each["at"] for each in self.merchant.attempts() if each["customer"] == self.customer)
        return bool(self.merchant.control.get("state").json()["now"] > failed)


class Payer:
    """A customer with a browser, as far as HTTP goes."""

    def __init__(self) -> None:
        self.http = httpx.Client(trust_env=False, timeout=PATIENCE)

    def pays_with_another_card(self, link: str, api: str, key: str) -> dict[str, Any]:
        """What the card page's script does: begin, let Stripe confirm, finish."""
        page = self.http.get(link)
        token = TOKEN.search(page.text)
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


def signed_in(link: str) -> httpx.Client:
    """The browser of who opened a sign-in link and pressed its button."""
    browser = httpx.Client(trust_env=False, follow_redirects=True, timeout=PATIENCE)
    token = TOKEN.search(browser.get(link).text)
    assert token, link
    browser.post(link, data={"csrfmiddlewaretoken": token[1]}, headers={"Referer": link})
    return browser
