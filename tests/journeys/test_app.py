"""An account that a Stripe App opens: recovered, by tokens that roll; and killed between an answer and its store."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.journeys.terminals import Terminals
from tideover import clock
from tideover.config import config
from tideover.gateways import app
from tideover.gateways.answers import AccountRead
from tideover.gateways.app import Publisher, asks
from tideover.gateways.kinds import Kind
from tideover.simulator.account.world import new_simulator
from tideover.simulator.embedded import Running, running
from tideover.tenants.connecting import Access, Names, connect
from tideover.tenants.models import Connection

ROOT = Path(__file__).resolve().parents[2]
EXCHANGE = "/v1/oauth/token"
SETUP = """
import json, os, sys
from datetime import timedelta
import django; django.setup()
from tideover import clock
from tideover.config import config
from tideover.tenants.models import Connection
"""
# Kept as an installation is, its token over: the next call refreshes it.
INSTALL = (
    SETUP
    + """
from tideover.gateways.answers import AccountRead
from tideover.tenants.connecting import Access, Names, connect
told, now = json.loads(sys.argv[1]), clock.now()
account = AccountRead(told["account"], "Alpine", False, "GB", "gbp", "Europe/London")
access = Access(told["key"], "act", config().stripe_api_base, kind="app", livemode=False, refresh_token=told["refresh"], until=now)
connect(account, access, Names("Alpine", "Alpine", "alice@alpine.example"), now)
"""
)
# A round of the worker's watch, a lease later than the one before.
WATCH = (
    SETUP
    + """
from tideover.flow.refusals import refusal_of
from tideover.flow.stripe import stripe_for_workers
from tideover.flow.tokens import LEASE
from tideover.gateways.transport import Accepted
from tideover.notices.rounds import tell
from tideover.upkeep.pulse import EVERY, feel
clock.travel_to(clock.now() + int(sys.argv[1]) * max(EVERY, LEASE))
letters = []
feel(stripe_for_workers, clock.now())
tell(clock.now(), write=lambda address, letter, now: letters.append(address) or Accepted())
connection = Connection.objects.get()
refused = refusal_of(connection)
print(json.dumps({"why": refused.why if refused else "", "letters": letters, "rolls": connection.rolls, "state": connection.state}))
"""
)


class Killing:
    """Between Stripe and us: the process that asks for tokens dies as soon as Stripe has made them."""

    def __init__(self) -> None:
        self.victim: list[subprocess.Popen[str]] = []
        self.killed = 0

    def around(self, stripe: Any) -> Any:
        async def served(scope: Any, receive: Any, send: Any) -> None:
            async def heard(message: Any) -> None:
                if scope.get("path") == EXCHANGE and self.victim:
                    self.victim.pop().send_signal(signal.SIGKILL)
                    self.killed += 1
                await send(message)

            await stripe(scope, receive, heard)

        return served


@pytest.fixture
def killing() -> Killing:
    return Killing()


@pytest.fixture
def stripe(killing: Killing, terminal: Terminals) -> Iterator[Running]:
    with running(new_simulator(seed=3, clock="wall"), killing.around) as world:
        told = world.pull("app", permissions=list(asks(act=True)))
        terminal.settings |= {
            "TIDEOVER_STRIPE_API_BASE": world.base_url,
            "TIDEOVER_STRIPE_APP_LINK": told["link"],
            "TIDEOVER_STRIPE_APP_SECRET_KEY": told["secret"],
        }
        yield world


def run(terminal: Terminals, script: str, *words: str) -> subprocess.Popen[str]:
    environment = {**terminal.environment, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
    command = [sys.executable, "-c", script, *words]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment, cwd=terminal.home)


def code_at(stripe: str) -> str:
    """What an installation comes back with."""
    back = httpx.post(f"{stripe}/oauth/v2/authorize", data={"answer": "yes", "redirect_uri": "https://a.example"})
    return str(httpx.URL(back.headers["Location"]).params["code"])


def install(terminal: Terminals, stripe: Running) -> None:
    of = Publisher("https://x.example", stripe.sim.app.secret, stripe.base_url)
    told = app.installed(of, code_at(stripe.base_url))
    said = json.dumps({"account": told.account_id, "key": told.api_key, "refresh": told.refresh})
    assert run(terminal, INSTALL, said).wait(120) == 0


def watched(terminal: Terminals, round_: int) -> dict[str, Any]:
    process = run(terminal, WATCH, str(round_))
    printed = process.communicate(timeout=120)[0]
    assert process.returncode == 0
    return dict(json.loads(printed.splitlines()[-1]))


def test_killed_between_answer_and_store_it_is_told_within_a_minute_and_goes_on_once_installed_again(
    terminal, stripe, killing
):
    terminal.answer("migrate")
    install(terminal, stripe)
    dying = run(terminal, WATCH, "0")
    killing.victim.append(dying)
    assert dying.wait(120) == -signal.SIGKILL
    assert killing.killed == 1
    assert len(stripe.sim.app.refresh) == 1, "Stripe has made the next one, and nobody has it"

    seen = watched(terminal, 1)
    assert "gives no new token" in seen["why"]
    assert (seen["letters"], seen["rolls"], seen["state"]) == (["alice@alpine.example"], 1, "active")

    install(terminal, stripe)
    assert watched(terminal, 2) == {"why": "", "letters": [], "rolls": 3, "state": "active"}
    assert watched(terminal, 3)["rolls"] == 3, "and the one that holds is used as it is"


def test_many_processes_at_once_refresh_once(terminal, stripe):
    terminal.answer("migrate")
    install(terminal, stripe)
    together = [run(terminal, WATCH, "0") for _ in range(4)]
    told = [json.loads(each.communicate(timeout=120)[0].splitlines()[-1]) for each in together]
    assert {(each["why"], each["rolls"] <= 2) for each in told} == {("", True)}
    assert watched(terminal, 1) == {"why": "", "letters": [], "rolls": 2, "state": "active"}


@pytest.mark.django_db(transaction=True)
def test_what_fails_in_an_account_that_an_app_opens_is_heard_of_and_recovered(open_shop, live_server, monkeypatch):
    shop = open_shop("tuned")
    for endpoint in shop.client.v1.webhook_endpoints.list().data:
        shop.client.v1.webhook_endpoints.delete(endpoint.id)
    wanted = {"permissions": list(asks(act=True)), "url": f"{live_server.url}/api/stripe/webhook"}
    told = httpx.post(f"{shop.world.url}/_sim/app", json=wanted, trust_env=False).json()
    for name, value in (
        ("link", told["link"]),
        ("secret_key", told["secret"]),
        ("webhook_secret", told["webhook_secret"]),
    ):
        monkeypatch.setattr(config(), f"stripe_app_{name}", value)
    monkeypatch.setattr(config(), "stripe_api_base", shop.world.url)
    tokens, now = app.installed(app.publisher(), code_at(shop.world.url)), clock.now()
    account = AccountRead(tokens.account_id, "Alpine", tokens.livemode, "GB", "gbp", "Europe/London")
    access = Access(
        tokens.api_key, None, shop.world.url, kind=Kind.APP, livemode=False, refresh_token=tokens.refresh, until=now
    )
    connect(account, access, Names(), now)

    shop.renewal_fails("pm_sim_decline_insufficient_funds_then_ok_after_5d")
    assert shop.case.state == "failing", "its event came to the app's endpoint"
    shop.until_day(20)
    opened_by = Connection.objects.get()
    assert (shop.case.state, opened_by.kind, opened_by.mode) == ("recovered", "app", "act")
    assert opened_by.rolls > 3, "its token was refreshed all the while"
    assert [row["outcome"] for row in shop.world.ledger() if row["by"] == "api"][-1] == "succeeded"
