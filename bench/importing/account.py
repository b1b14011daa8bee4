"""The account that the import bench reads: months of a shop in the simulator, and when it was asked for something."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from tideover.gateways.listed import AT_ONCE
from tideover.simulator.account.world import Simulator, new_simulator
from tideover.simulator.embedded import Application, Running, running
from tideover.simulator.shop.population import Shop, populate

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

MONTHS: Final = 22  # within the two years that are read
DAY: Final = 86400  # s
MONTH: Final = 30 * DAY
A_CUSTOMER: Final = 12.5  # invoices in that time, as a part of them leaves


@dataclass(slots=True)
class Account:
    """A shop, and the moments at which its API was asked."""

    sim: Simulator
    asked_at: list[float] = field(default_factory=list)

    @classmethod
    def of(cls, invoices: int) -> Account:
        """One of about so many invoices; nothing of it has happened yet."""
        sim = new_simulator(start=int(time.time()) - MONTHS * MONTH)  # noqa: TID251 - lists are asked for by the real time
        populate(sim, Shop(round(invoices / A_CUSTOMER), days=MONTHS * MONTH // DAY))
        return cls(sim)

    @contextmanager
    def served(self) -> Iterator[Running]:
        """On a free port, today, with its months behind it."""
        began = self.sim.now()
        with running(self.sim, self._noted) as world:
            for day in range(DAY, MONTHS * MONTH + DAY, DAY):  # one at a time: a lever may not take minutes
                world.pull("advance", to=began + min(day, MONTHS * MONTH))
            gc.collect()
            gc.freeze()
            yield world

    def _noted(self, app: Application) -> Application:
        async def noting(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] == "http" and scope["path"].startswith("/v1/"):
                self.asked_at.append(time.monotonic())
            await app(scope, receive, send)

        return noting

    @property
    def listed(self) -> int:
        """How many things its four lists have."""
        return sum(self._lengths())

    @property
    def pages(self) -> int:
        """How often one must ask for all of them: a list of a hundred is a page, one of 101 two."""
        return sum(max(1, -(-length // AT_ONCE)) for length in self._lengths())

    def _lengths(self) -> list[int]:
        store = self.sim.store
        return [len(store.customers), len(store.subscriptions), len(store.charges), len(store.invoices)]

    def most_within(self, seconds: float) -> int:
        """The most requests that any span of so long has seen."""
        first, most = 0, 0
        for last, at in enumerate(self.asked_at):
            while self.asked_at[first] <= at - seconds:
                first += 1
            most = max(most, last - first + 1)
        return most
