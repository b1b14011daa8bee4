"""One simulator for the contracts, every exchange with it recorded, and the document to hold them against."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
import pytest
import stripe

from tests.contracts.document import cached
from tests.contracts.merchant import Merchant
from tests.contracts.validator import Contract, Exchange
from tideover.simulator.account.world import new_simulator
from tideover.simulator.embedded import Application, running

if TYPE_CHECKING:
    from starlette.types import Message, Receive, Scope, Send

START = 1_790_000_000  # 21 September 2026


class Recorder:
    """Sits around the application and keeps every exchange with the API."""

    def __init__(self) -> None:
        self.exchanges: list[Exchange] = []

    def around(self, application: Application) -> Application:
        async def recorded(scope: Scope, receive: Receive, send: Send) -> None:
            if not scope.get("path", "").startswith("/v1/"):
                await application(scope, receive, send)
                return
            sent, answered, status = bytearray(), bytearray(), [0]

            async def hear() -> Message:
                message = await receive()
                sent.extend(message.get("body", b""))
                return message

            async def tell(message: Message) -> None:
                status[0] = message.get("status", status[0])
                answered.extend(message.get("body", b""))
                if message["type"] == "http.response.body":  # before the client can go on
                    form = bytes(sent).decode() or scope["query_string"].decode()
                    self.exchanges.append(
                        Exchange(scope["method"], scope["path"], form, status[0], orjson.loads(bytes(answered)))
                    )
                await send(message)

            await application(scope, hear, tell)

        return recorded


@pytest.fixture(scope="session")
def contract(request: pytest.FixtureRequest) -> Contract:
    folder = request.config.cache.mkdir("stripe-document") if request.config.cache else Path("/nonexistent")
    return Contract(cached(folder))


@pytest.fixture(scope="session")
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture(scope="session")
def merchant(recorder: Recorder) -> Iterator[Merchant]:
    """A merchant with the official client, on an account of its own."""
    sim = new_simulator(seed=7, start=START)
    with running(sim, recorder.around) as world:
        client = stripe.StripeClient(sim.keys.secret, base_addresses={"api": world.base_url}, max_network_retries=0)
        yield Merchant(client, world)
