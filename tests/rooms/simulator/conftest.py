"""A fresh account for each test, the official client on it, and somebody who receives its webhooks."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import orjson
import pytest
import stripe

from tests.contracts.merchant import Merchant
from tests.rooms.simulator.door import Door, opened
from tests.rooms.simulator.towns import Browser
from tideover.simulator.account.world import new_simulator
from tideover.simulator.embedded import running

START = 1_790_000_000  # Monday, 21 September 2026, 13:33 UTC


@pytest.fixture
def merchant() -> Iterator[Merchant]:
    """A merchant on an empty account at START, on a clock that stands still."""
    sim = new_simulator(seed=3, start=START)
    with running(sim) as world:
        client = stripe.StripeClient(sim.keys.secret, base_addresses={"api": world.base_url}, max_network_retries=0)
        yield Merchant(client, world)


@dataclass
class Receiver:
    """A webhook endpoint. `status` is what it answers; `on` may act when an event of a type arrives."""

    url: str = ""
    status: int = 200
    bodies: list[bytes] = field(default_factory=list)
    signatures: list[str] = field(default_factory=list)
    on: dict[str, Any] = field(default_factory=dict)
    came: threading.Condition = field(default_factory=threading.Condition)

    def wait_for(self, kind: str, count: int) -> None:
        """Return when so many events of a type have arrived."""
        with self.came:
            self.came.wait_for(lambda: self.types.count(kind) >= count)

    @property
    def events(self) -> list[Any]:
        return [orjson.loads(body) for body in self.bodies]

    @property
    def types(self) -> list[str]:
        return [event["type"] for event in self.events]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    kept = Receiver()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            with kept.came:
                kept.bodies.append(body)
                kept.signatures.append(self.headers["Stripe-Signature"])
                kept.came.notify_all()
            event = orjson.loads(body)
            if act := kept.on.get(event["type"]):
                act(event)
            self.send_response(kept.status)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    kept.url = f"http://127.0.0.1:{server.server_port}/hook"
    yield kept
    server.shutdown()
    server.server_close()


@pytest.fixture
def door() -> Iterator[Door]:
    """The door to an empty account at START, without sockets."""
    with opened(new_simulator(seed=3, start=START)) as made:
        yield made


@pytest.fixture
def browse() -> type[Browser]:
    """Makes a browser for an application."""
    return Browser
