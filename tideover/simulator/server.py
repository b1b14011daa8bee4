"""The simulator as one ASGI application: Stripe's API at /v1, those of Twilio and of mail, its control at /_sim."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.responses import Response

from tideover.simulator import control
from tideover.simulator.api.resources import TABLE
from tideover.simulator.browser import consent, installing
from tideover.simulator.mailing.providers import Providers
from tideover.simulator.texting.phones import Phones
from tideover.simulator.webhooks.courier import Courier
from tideover.simulator.webhooks.moving import Mover
from tideover.simulator.wire.gate import Gate

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.types import Receive, Scope, Send

    from tideover.simulator.account.world import Simulator

__all__ = ["TABLE", "Server"]

API = ("/v1/", "/v2/")  # of the second nothing is served, which is told as Stripe tells it
PREFLIGHT = {
    "access-control-allow-origin": "*",
    "access-control-allow-methods": "GET, POST",
    "access-control-allow-headers": "authorization, content-type, stripe-version, stripe-account, idempotency-key",
    "access-control-max-age": "600",
}


@dataclass
class Server:
    """The whole application around one simulator. Give it to uvicorn, or drive it in a test."""

    sim: Simulator
    courier: Courier
    mover: Mover
    gate: Gate
    pages: Starlette

    @classmethod
    def around(cls, sim: Simulator) -> Server:
        """Everything a simulator needs to be served. Call it inside the event loop, after `sim.pages` is complete."""
        courier = Courier(sim)
        beside = [*Phones().routes(), *Providers().routes()]
        mover, gate = Mover.of(sim, courier), Gate(sim)
        routes = control.routes(control.Desk(sim, courier, mover, gate))
        return cls(
            sim,
            courier,
            mover,
            gate,
            Starlette(routes=[*routes, *consent.routes(sim), *installing.routes(sim), *beside, *sim.pages]),
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        api = scope["type"] == "http" and scope["path"].startswith(API) and scope["path"] != installing.EXCHANGE
        if api:
            if scope["method"] == "OPTIONS":  # a browser asks before Stripe.js may post
                await Response(status_code=204, headers=PREFLIGHT)(scope, receive, send)
            else:
                await self.gate(scope, receive, send)
        else:
            await self.pages(scope, receive, send)

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """People live while the server is open."""
        if self.sim.people:
            await self.sim.people.start()
        try:
            yield
        finally:
            if self.sim.people:
                await self.sim.people.stop()
            await self.courier.close()
