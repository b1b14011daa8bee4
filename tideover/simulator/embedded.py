"""A simulator inside another program: its own thread and loop, reached over HTTP like any Stripe."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
import uvicorn

from tideover.simulator.account.world import Simulator
from tideover.simulator.server import Server
from tideover.simulator.wire.listening import listener, port_of

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

Application = Callable[["Scope", "Receive", "Send"], Awaitable[None]]
PATIENCE = 60.0  # seconds a lever may take


class NotStarted(Exception):  # noqa: N818 - it says what is the case
    """The server did not come up."""


@dataclass(frozen=True, slots=True)
class Running:
    """A simulator that listens. Touch `sim` only while no request is under way: it belongs to the other thread."""

    sim: Simulator
    base_url: str
    levers: httpx.Client

    def pull(self, lever: str, **body: Any) -> Any:  # noqa: ANN401 - JSON
        """Move a lever (POST), for example `pull("advance", to=...)`; the answer as JSON."""
        answer = self.levers.post(f"/_sim/{lever}", json=body)
        answer.raise_for_status()
        return answer.json()

    def look(self, lever: str, **query: Any) -> Any:  # noqa: ANN401 - JSON
        """Read a lever (GET), for example `look("ledger")`; the answer as JSON."""
        answer = self.levers.get(f"/_sim/{lever}", params=query)
        answer.raise_for_status()
        return answer.json()


@contextmanager
def running(sim: Simulator, around: Callable[[Application], Application] | None = None) -> Iterator[Running]:
    """Serve a simulator on a free loopback port until the block ends. `around` may wrap the application."""
    started, stop = threading.Event(), threading.Event()
    listening = listener("127.0.0.1", 0)
    sim.base_url = f"http://127.0.0.1:{port_of(listening)}"

    async def live() -> None:
        server = Server.around(sim)
        config = uvicorn.Config(around(server) if around else server, log_level="warning", lifespan="off")
        web = uvicorn.Server(config)
        async with server.open():
            task = asyncio.create_task(web.serve(sockets=[listening]))
            while not web.started and not task.done():  # noqa: ASYNC110 - uvicorn offers no event to wait for
                await asyncio.sleep(0.001)
            started.set()
            await asyncio.to_thread(stop.wait)
            web.should_exit = True
            await task

    thread = threading.Thread(target=asyncio.run, args=(live(),), name="simulator", daemon=True)
    thread.start()
    if not started.wait(PATIENCE):
        raise NotStarted(sim.base_url)
    try:
        with httpx.Client(base_url=sim.base_url, timeout=PATIENCE, trust_env=False) as levers:
            yield Running(sim, sim.base_url, levers)
    finally:
        stop.set()
        thread.join(PATIENCE)
