"""The whole house against the simulator over HTTP: a process of its own on one side, our pages and worker on the other."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import stripe

from tests.fakes import FakeMail
from tests.journeys.terminals import Terminals, apart_from_the_suite
from tideover import clock
from tideover.core.catalogue import Channel
from tideover.core.rules import PRESETS
from tideover.flow.stripe import stripe_for
from tideover.gateways.simulated import SimulatedWorld
from tideover.gateways.stripe import Stripe
from tideover.gateways.twilio.client import Twilio
from tideover.inbox.translate import ENDPOINT_EVENTS
from tideover.recovery.effects import Effects
from tideover.recovery.models import Action, Case
from tideover.recovery.rulesets import adopt
from tideover.tenants.connecting import Access, Names, connect, keep_webhook_secret, switch_test_mail
from tideover.tenants.models import Connection
from tideover.tenants.settings import turn_recovery
from tideover.worker.timemachine import TimeMachine

START = datetime(2026, 10, 20, 16, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@dataclass
class Shop:
    """One merchant, the simulated Stripe behind it, and a time machine for both."""

    world: SimulatedWorld
    client: stripe.StripeClient
    connection: Connection
    machine: TimeMachine
    mail: FakeMail
    failed_at: datetime = START
    customer: Any = None
    subscription: Any = None
    told: list[str] = field(default_factory=list)

    def renewal_fails(self, card: str = "pm_sim_decline_insufficient_funds", **customer: Any) -> Case:
        """A customer's renewal fails a moment from now with this card."""
        self.renewal_comes(card, **customer)
        self.machine.move(self.machine.now + timedelta(hours=3))
        self.failed_at = self.case.opened_at
        return self.case

    def renewal_comes(self, card: str, currency: str = "usd", **customer: Any) -> None:
        """A customer's subscription renews in five minutes, and an hour later its invoice is collected."""
        address = customer.pop("address", {"country": "GB"})
        self.customer = self.client.v1.customers.create(
            {"name": "Pia Payer", "email": "pia@payer.example", "address": address, **customer}
        )
        self.use_card(card)
        price = self.client.v1.prices.create(
            {
                "product_data": {"name": "Pro"},
                "currency": currency,
                "unit_amount": 9900,
                "recurring": {"interval": "month"},
            }
        )
        trial_end = int((self.machine.now + timedelta(minutes=5)).timestamp())
        self.subscription = self.client.v1.subscriptions.create(
            {"customer": self.customer.id, "items": [{"price": price.id}], "trial_end": trial_end}
        )

    def use_card(self, token: str) -> str:
        """The customer attaches a card and makes it the default, in the merchant's own account page."""
        method = self.client.v1.payment_methods.attach(token, {"customer": self.customer.id})
        default = {"invoice_settings": {"default_payment_method": method.id}}
        self.client.v1.customers.update(self.customer.id, default)  # type: ignore[arg-type]
        return method.id

    def until_day(self, number: float) -> Shop:
        self.machine.move(self.failed_at + number * DAY)
        return self

    @property
    def case(self) -> Case:
        return Case.objects.get()

    def story(self) -> list[str]:
        """What was done, by the day after the failure."""
        done = Action.objects.filter(state=Action.State.DONE).order_by("settled_at", "id")
        return [f"day {(a.due_at - self.failed_at) / DAY:.0f}  {a.template or a.do}: {a.outcome}" for a in done]


@pytest.fixture
def terminal(tmp_path: Path, db: None) -> Iterator[Terminals]:
    """An installation of its own, on a database of the kind the suite runs on; all of it ends with the test."""
    with apart_from_the_suite() as database:
        terminals = Terminals(tmp_path, database)
        yield terminals
        terminals.end()


@pytest.fixture(scope="session")
def simulator_command() -> list[str]:
    return [
        sys.executable,
        "-m",
        "tideover.simulator",
        "--port",
        "0",
        "--clock",
        "simulated",
        "--no-smart-retries",
        "--deliver",
        "on-move",
    ]


@pytest.fixture
def open_shop(
    simulator_command: list[str], transactional_db: None, live_server: Any
) -> Iterator[Callable[[str], Shop]]:
    """Opens a shop with the rules of a preset; the simulator ends with the test."""
    processes: list[subprocess.Popen[bytes]] = []

    def opened(preset: str, **flags: str) -> Shop:
        extra = [part for name, value in flags.items() for part in (f"--{name.replace('_', '-')}", value)]
        command = [*simulator_command, "--start", str(int(START.timestamp())), *extra]
        process = subprocess.Popen(command, stdout=subprocess.PIPE)
        processes.append(process)
        assert process.stdout is not None
        said = json.loads(process.stdout.readline())
        clock.travel_to(START)
        account = Stripe(said["api_key"], api_base=said["api_base"]).account()
        access = Access(said["api_key"], Connection.Mode.ACT, said["api_base"], said["publishable_key"])
        connection = connect(account, access, Names("Alpine", "Alpine", "alice@alpine.example"), START)
        switch_test_mail(connection, on=True, now=START)
        turn_recovery(connection.project, on=True, by="alice@alpine.example", now=START)
        adopt(connection.project, preset, PRESETS[preset], START)
        hook = f"{live_server.url}/hooks/stripe/{connection.hook_token}"
        endpoint = stripe_for(connection).create_webhook_endpoint(hook, ENDPOINT_EVENTS, key="endpoint")
        keep_webhook_secret(connection, endpoint.secret, clock.now())
        world, mail = SimulatedWorld(said["control_url"]), FakeMail()
        machine = TimeMachine(
            world, Effects(stripe_for, {Channel.EMAIL: mail, Channel.SMS: Twilio(said["api_base"])}), START
        )
        client = stripe.StripeClient(said["api_key"], base_addresses={"api": said["api_base"]})
        return Shop(world, client, connection, machine, mail)

    yield opened
    clock.travel_to(None)
    for process in processes:
        process.terminate()
        process.wait(120)
