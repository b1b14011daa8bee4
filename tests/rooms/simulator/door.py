"""The simulator's door without sockets: a request goes in, Stripe's answer or Stripe's refusal comes out."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, get_args
from urllib.parse import urlencode

import httpx
import stripe

from tests.contracts.document import ERROR_KINDS, ERROR_OBJECTS, ERROR_WORDS
from tideover.simulator.account.world import Simulator, new_simulator
from tideover.simulator.server import Server

Form = Mapping[str, Any]
CODES = frozenset(get_args(get_args(stripe.PaymentIntent.LastPaymentError.__annotations__["code"])[0]))
NOT_LISTED = frozenset({"more_permissions_required"})  # seen at Stripe, but on no list of its library


@dataclass(frozen=True)
class Refusal:
    """What Stripe says when it does not do as asked. `param` and `code` are None where Stripe leaves them out."""

    status: int
    type: str
    code: str | None = None
    param: str | None = None


@dataclass(frozen=True)
class Door:
    """Asks a served simulator on a loop of its own."""

    sim: Simulator
    server: Server
    loop: asyncio.Runner

    def ask(
        self, method: str, path: str, form: Form | None = None, key: str | None = None, **headers: str
    ) -> httpx.Response:
        """One request to the API, with the secret key unless another is given; names of `form` are as on the wire."""
        return self.loop.run(self.asking(method, path, form, key, **headers))

    async def asking(
        self, method: str, path: str, form: Form | None = None, key: str | None = None, **headers: str
    ) -> httpx.Response:
        """The same on a loop that runs, for requests that meet each other."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        named = {"Authorization": f"Bearer {key or self.sim.keys.secret}"} | named
        query, body = ("", urlencode(form or {})) if method == "POST" else (urlencode(form or {}), "")
        return await self._send(method, path, params=query, content=body, headers=named)

    def made(self, path: str, form: Form | None = None, **headers: str) -> Any:
        """The object that a POST answers."""
        answer = self.ask("POST", path, form, **headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def refused(self, method: str, path: str, form: Form | None = None, **given: Any) -> Refusal:
        """The refusal a request meets."""
        return refusal(self.ask(method, path, form, **given))

    def pull(self, lever: str, body: Any = None) -> httpx.Response:
        """A lever (POST) with a JSON body, or with the bytes as they are."""
        given = {"content": body} if isinstance(body, bytes) else {"json": body or {}}
        return self.loop.run(self._send("POST", f"/_sim/{lever}", **given))

    def look(self, lever: str, **query: Any) -> httpx.Response:
        """A lever that is only read (GET)."""
        return self.loop.run(self._send("GET", f"/_sim/{lever}", params=query))

    async def _send(self, method: str, path: str, **given: Any) -> httpx.Response:
        transport = httpx.ASGITransport(app=self.server)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await client.request(method, path, **given)


def refusal(answer: httpx.Response) -> Refusal:
    """An answer's error, and that it is one as Stripe's library types it, with a sentence for people in it."""
    body = answer.json()
    error = body["error"]
    assert answer.status_code >= 400
    assert set(body) == {"error"}
    assert set(error) <= {"type", *ERROR_WORDS.split(), *ERROR_OBJECTS}
    assert error["type"] in ERROR_KINDS
    assert error["message"]
    assert error.get("code") in {None, *CODES, *NOT_LISTED}
    return Refusal(answer.status_code, error["type"], error.get("code"), error.get("param"))


@contextmanager
def opened(sim: Simulator | None = None) -> Iterator[Door]:
    """A door to a simulator, by default to an empty account."""
    world = sim or new_simulator(3, 1_790_000_000)
    with asyncio.Runner() as loop:

        async def around() -> Server:
            return Server.around(world)

        server = loop.run(around())
        yield Door(world, server, loop)
        loop.run(server.courier.close())
