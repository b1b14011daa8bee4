"""The meeting point: one `Simulator` holds everything that is true in the simulated world.

How the parts meet
------------------
*Functions, not methods.* Each module of the simulator has functions that take the `Simulator` first and change its
store: `renewing.renew(sim, key)`, `collecting.attempt(sim, invoice, ...)`. The HTTP operations call the same ones.

*Time.* `sim.now()` is a unix second. `sim.timeline.at(when, act, label)` plans an act (a function without
arguments, possibly `async`); only `advance` moves a simulated clock, runs the acts in order and, at the end of each
instant, delivers the webhooks and waits for the answers. While an act or a delivery waits for the network the loop
serves API requests, so whoever waits must look at the store again afterwards. Customers on a Stripe test clock live
in that clock's time: `sim.now(customer["test_clock"])`.

*Floors.* Imports go down only (`pyproject.toml`). What stands higher and must follow asks to be told: `@follower` hears
of every payment (`api/payments/paying.py`), `@ends_with_customer` of a customer who is deleted
(`api/payments/customers.py`).

*Banks.* `sim.issuer.authorize(Ask) -> Verdict` decides every charge and every set-up. The default issuer follows the
test card's behavior (`cards.py`); a population replaces it: `sim.issuer = Population(..., otherwise=sim.issuer)`.

*People.* `sim.people`, if set, is started with the server and stopped with it. People plan their own acts on the
timeline. They learn what happens by `sim.events.listeners.append(listener)`, where `listener(type, object)` is called
at once for each event ("invoice.payment_failed", ...) with the live object: cheap, no waiting, plan an act instead.

*Pages.* Whoever serves pages beside the API appends Starlette routes to `sim.pages` before the server starts.
`sim.base_url` is the server's own address ("http://127.0.0.1:4242"), known once it listens: read it late.

*Chance.* Each part derives its own `random.Random` by `sim.chance("a name")`, so that one part's draws never
change another's.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

from tideover.simulator.account.app import App
from tideover.simulator.account.cards import CardIssuer, Cards
from tideover.simulator.account.events import EventLog
from tideover.simulator.account.issuer import Issuer
from tideover.simulator.account.ledger import Ledger
from tideover.simulator.account.platform import Platform
from tideover.simulator.account.store import Ids, Json, Store
from tideover.simulator.clock.clock import Clock, Kind
from tideover.simulator.clock.timeline import Timeline

if TYPE_CHECKING:
    from starlette.routing import BaseRoute

__all__ = ["Json", "Keys", "People", "Settings", "Simulator"]


AfterLastRetry = Literal["cancel", "unpaid", "past_due"]


@dataclass(slots=True)
class Settings:
    """What the account's owner chose in Stripe's dashboard; may change while the world runs.

    What may follow the last retry: https://docs.stripe.com/billing/revenue-recovery/smart-retries. What the keys of an
    application that was cut off are answered is not confirmed.
    """

    smart_retries: bool = True
    retry_days: int = 14  # the eight retries are spread over so many: one week to two months
    after_last_retry: AfterLastRetry = "cancel"
    rate_limit: int | None = None  # requests per second, None = unlimited
    stripe_mails: bool = False  # Stripe itself writes to customers about failed payments
    # The kinds of payment methods that are activated; PayPal is not offered in every country.
    methods: frozenset[str] = frozenset({"card", "us_bank_account", "sepa_debit", "bacs_debit", "link"})
    connected: bool = True  # false once the merchant has cut the platform off
    # A renewal's invoice stays a draft for about an hour: https://docs.stripe.com/invoicing/integration/workflow-transitions
    draft_seconds: int = 3600


@dataclass(frozen=True, slots=True)
class Keys:
    """The account's credentials; made from the seed, worth nothing outside the simulator."""

    account: str
    secret: str
    publishable: str
    restricted: str  # may read everything and write nothing: what an observing platform is given


class People(Protocol):
    """The shop's customers, when somebody plays them."""

    async def start(self) -> None:
        """Called once, when the server listens and `sim.base_url` is known."""
        ...

    async def stop(self) -> None:
        """Called once, before the server ends."""
        ...


@dataclass
class Simulator:
    """Everything that is true in the simulated world."""

    seed: int
    clock: Clock
    settings: Settings
    keys: Keys
    ids: Ids
    store: Store
    timeline: Timeline
    ledger: Ledger
    events: EventLog
    cards: Cards
    issuer: Issuer
    people: People | None = None
    pages: list[BaseRoute] = field(default_factory=list)
    base_url: str = "http://127.0.0.1"
    test_timelines: dict[str, Timeline] = field(default_factory=dict)
    # Test clocks whose next advance takes until somebody lets it go on, and to where it was asked for.
    held_clocks: dict[str, int | None] = field(default_factory=dict)
    # Keys the merchant has made beside `keys`, and the permissions of each ("rak_invoice_read", …).
    restricted: dict[str, frozenset[str]] = field(default_factory=dict)
    platform: Platform = field(default_factory=lambda: Platform("ca_none", ""))
    app: App = field(default_factory=lambda: App("ca_none", ""))

    # Customers whose invoices cannot be finalized: their tax, say, cannot be worked out.
    unfinalizable: set[str] = field(default_factory=set)

    def now(self, test_clock: str | None = None) -> int:
        """The instant it is, on the main clock or on the test clock of that id."""
        if test_clock is None:
            return self.clock.now()
        return int(self.store.test_clocks[test_clock]["frozen_time"])

    def timeline_of(self, test_clock: str | None) -> Timeline:
        """The timeline to plan on for objects of that test clock (None: the main one)."""
        return self.timeline if test_clock is None else self.test_timelines[test_clock]

    def chance(self, name: str) -> random.Random:
        """A source of chance of its own for the part `name`: the same seed and name give the same draws."""
        return random.Random(f"{self.seed}-{name}")  # noqa: S311 - a simulation wants repeatable chance


def new_simulator(
    seed: int = 1,
    start: int | None = None,
    clock: Kind = "simulated",
    settings: Settings | None = None,
    ledger: Path | None = None,
) -> Simulator:
    """An empty account at `start` (a unix second; None = now). Nothing listens yet: see `server.py`."""
    ids, store, watch = Ids(seed), Store(), Clock(start, clock)
    cards = Cards()
    keys = Keys(
        account=ids.new("acct", 16),
        secret=ids.new("sk_test", 40),
        publishable=ids.new("pk_test", 40),
        restricted=ids.new("rk_test", 40),
    )
    return Simulator(
        seed=seed,
        clock=watch,
        settings=settings or Settings(),
        keys=keys,
        ids=ids,
        store=store,
        timeline=Timeline(),
        ledger=Ledger(ledger),
        events=EventLog(watch, ids, store.events),
        cards=cards,
        issuer=CardIssuer(cards),
        platform=Platform(f"ca_{seed}_tideover", f"sk_test_platform_{seed}"),
        app=App(f"ca_{seed}_app", f"sk_test_publisher_{seed}"),
    )
