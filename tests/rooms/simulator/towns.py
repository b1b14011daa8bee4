"""A browser without sockets, and a simulated world that listens on loopback."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from random import Random
from typing import Any

import httpx
import uvicorn
from starlette.types import ASGIApp

from tideover.simulator.account.world import Settings, Simulator, new_simulator
from tideover.simulator.api.billing import renewing
from tideover.simulator.people.habits import Habits
from tideover.simulator.people.town import Town
from tideover.simulator.server import Server
from tideover.simulator.shop.fill import Customer
from tideover.simulator.shop.paydays import DAY
from tideover.simulator.shop.plastic import Cause, Trouble
from tideover.simulator.shop.population import Shop
from tideover.simulator.wire.listening import listener

START = 1_788_000_000


class Browser:
    """Asks an ASGI application for pages."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    def get(self, path: str, params: dict[str, str] | None = None) -> httpx.Response:
        return self._ask("GET", path, params=params)

    def post(self, path: str, data: dict[str, str], headers: dict[str, str] | None = None) -> httpx.Response:
        return self._ask("POST", path, data=data, headers=headers)

    def _ask(self, method: str, path: str, **given: Any) -> httpx.Response:
        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
                return await client.request(method, path, **given)

        return asyncio.run(send())


@contextlib.asynccontextmanager
async def served(app: ASGIApp) -> AsyncIterator[str]:
    """Serve an application on a free loopback port of the running loop; the address."""
    listening = listener("127.0.0.1", 0)
    config = uvicorn.Config(app, log_level="warning", access_log=False, lifespan="off")
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        await running


@dataclass
class World:
    """A served simulator with a town, and levers that a test pulls."""

    sim: Simulator
    town: Town
    server: Server

    async def pass_days(self, days: float) -> None:
        await self.server.mover.advance(self.sim.now() + int(days * DAY))

    def trouble(self, customer: Customer, cause: Cause, code: str) -> dict[str, Any]:
        """The customer's card is refused for that cause; the renewal is billed now and fails. The invoice."""
        customer.card.troubles = (Trouble(cause, code, 0, None),)
        invoice = renewing.renew(self.sim, customer.subscription)
        assert invoice is not None
        renewing.advance(self.sim, invoice["id"])
        return invoice


@contextlib.asynccontextmanager
async def world(customers: int = 3, seed: int = 5, settings: Settings | None = None) -> AsyncIterator[World]:
    """A small shop, served on loopback."""
    sim = new_simulator(seed, START, settings=settings)
    town = Town(sim)
    town.settle(Shop(customers, seed, 90))
    server = Server.around(sim)
    async with served(server) as url:
        sim.base_url = url
        async with server.open():
            yield World(sim, town, server)


class Steady(Random):
    """Luck that is always the same: what is likelier than `luck` happens; waiting takes the usual time."""

    luck = 0.5

    def random(self) -> float:
        return self.luck

    def lognormvariate(self, _mu: float = 0, _sigma: float = 1) -> float:
        return 1.0

    def expovariate(self, lambd: float = 1) -> float:
        return 1 / lambd


def eager(luck: float = 0.5, **changed: Any) -> Habits:
    """Somebody who opens, clicks and acts."""
    dice = Steady()
    dice.luck = luck
    habits = Habits(dice, opens=1, fatigue=1, clicks=1, acts=1, loads_pictures=True, scanned=False, attention=1)
    return replace(habits, **changed)
