"""A load generator in a process of its own: `python -m bench.load '{…}'` sends signed events and prints what came back.

Only loopback addresses are spoken to, and every run ends by count and by time.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from typing import Any, cast

import uvloop

LOOPBACK = "127.0.0.1"
MOST_SECONDS = 1_800


@dataclass(frozen=True)
class Order:
    """What to send. `rate` 0: closed loop, each connection sends its next event when the last is answered."""

    port: int
    path: str
    secret: str
    first: int  # the number of the first event; each run takes numbers of its own, so that ids are unique
    count: int
    connections: int = 64
    seconds: float = 60.0
    rate: float = 0.0
    size: int = 5_000


@dataclass
class Outcome:
    """What came back. Latencies in seconds, from the moment an event was due to the moment it was answered."""

    sent: int = 0
    stored: int = 0
    errors: int = 0
    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)

    def told(self) -> dict[str, Any]:
        ordered = sorted(self.latencies) or [0.0]
        return {
            **{name: value for name, value in asdict(self).items() if name != "latencies"},
            "p50_ms": 1_000 * ordered[len(ordered) // 2],
            "p99_ms": 1_000 * ordered[len(ordered) * 99 // 100],
            "worst_ms": 1_000 * ordered[-1],
        }


def event(number: int, size: int = 5_000) -> bytes:
    """A failed invoice of about `size` bytes, as Stripe sends it; its id is unique to `number`."""
    line = {"object": "line_item", "quantity": 1, "period": {"start": 1, "end": 2}, "pricing": {"price_details": {}}}
    invoice: dict[str, Any] = {
        "id": f"in_{number:024d}",
        "object": "invoice",
        "attempt_count": 1,
        "currency": "usd",
        "amount_due": 4_900,
        "customer": f"cus_{number % 997:014d}",
        "lines": {"object": "list", "data": [{"id": f"il_{number:020d}{n}", **line} for n in range(3)]},
        "metadata": {},
    }
    whole = {
        "id": f"evt_{number:024d}",
        "object": "event",
        "api_version": "2026-10-28.endive",
        "created": int(time.time()),  # noqa: TID251 - Stripe's clock, which the signature is measured against
        "livemode": False,
        "type": "invoice.payment_failed",
        "data": {"object": invoice},
    }
    missing = size - len(json.dumps(whole))
    invoice["metadata"] = {f"note_{n}": "x" * 90 for n in range(max(0, missing) // 104)}
    return json.dumps(whole).encode()


def signature(secret: str, body: bytes) -> str:
    """Stripe's header for `body`, signed now."""
    signed_at = int(time.time())  # noqa: TID251 - see above
    return f"t={signed_at},v1={hmac.digest(secret.encode(), b'%d.' % signed_at + body, 'sha256').hex()}"


def request(order: Order, number: int) -> bytes:
    """The whole HTTP request of event `number`, signed now."""
    body = event(number, order.size)
    head = (
        f"POST {order.path} HTTP/1.1\r\nHost: {LOOPBACK}:{order.port}\r\nContent-Type: application/json\r\n"
        f"Stripe-Signature: {signature(order.secret, body)}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class Sender(asyncio.Protocol):
    """One connection with at most one event under way. `ready` is called when it can take the next."""

    def __init__(self, outcome: Outcome, ready: Callable[[Sender], None]) -> None:
        self._outcome, self._ready = outcome, ready
        self._answer = b""
        self._due_at = 0.0
        self.busy = self.gone = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is one by its methods only

    def send(self, whole: bytes, due_at: float) -> None:
        self.busy, self._answer, self._due_at = True, b"", due_at
        self._outcome.sent += 1
        self._transport.write(whole)

    def data_received(self, data: bytes) -> None:
        self._answer += data
        head, end, body = self._answer.partition(b"\r\n\r\n")
        if not end or not _whole(head.lower(), body):
            return
        self.busy = False
        self._outcome.latencies.append(time.perf_counter() - self._due_at)
        ok = head[9:12] == b"200"
        self._outcome.stored += ok
        self._outcome.errors += not ok
        self._ready(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's name
        self.gone = True
        self._outcome.errors += self.busy
        self.busy = False

    def close(self) -> None:
        self._transport.close()


def _whole(head: bytes, body: bytes) -> bool:
    """Whether an answer with this head, in lower case, has come to its end."""
    if b"transfer-encoding: chunked" in head:
        return body.endswith(b"0\r\n\r\n")
    _, found, rest = head.partition(b"content-length:")
    return len(body) >= (int(rest.split(b"\r\n", 1)[0]) if found else 0)


async def _connect(order: Order, outcome: Outcome, ready: Callable[[Sender], None]) -> list[Sender]:
    loop = asyncio.get_running_loop()
    sender = partial(Sender, outcome, ready)
    made = [await loop.create_connection(sender, LOOPBACK, order.port) for _ in range(order.connections)]
    return [protocol for _, protocol in made]


async def closed_loop(order: Order) -> Outcome:
    """Every connection always has an event under way. The requests are made and signed before the time is taken."""
    waiting: Iterator[bytes] = iter([request(order, order.first + n) for n in range(order.count)])
    outcome, done, open_senders = Outcome(), asyncio.Event(), order.connections

    def ready(sender: Sender) -> None:
        nonlocal open_senders
        whole = next(waiting, None) if time.perf_counter() - started < order.seconds else None
        if whole is not None:
            sender.send(whole, time.perf_counter())
            return
        open_senders -= 1
        if not open_senders:
            done.set()

    started = time.perf_counter()
    senders = await _connect(order, outcome, ready)
    started = time.perf_counter()
    for sender in senders:
        ready(sender)
    await asyncio.wait_for(done.wait(), order.seconds + 30)
    outcome.seconds = time.perf_counter() - started
    for sender in senders:
        sender.close()
    return outcome


async def open_loop(order: Order) -> Outcome:
    """`rate` events a second come whether or not the last were answered; a late answer counts from when it was due."""
    outcome = Outcome()
    idle: asyncio.LifoQueue[Sender] = asyncio.LifoQueue()
    senders = await _connect(order, outcome, idle.put_nowait)
    for sender in senders:
        idle.put_nowait(sender)
    started = time.perf_counter()
    for n in range(order.count):
        whole, due_at = request(order, order.first + n), started + n / order.rate
        if (early := due_at - time.perf_counter()) > 0:
            await asyncio.sleep(early)
        sender = await idle.get()
        if sender.gone:  # idle for so long that the server closed it, as servers do
            (sender,) = await _connect(replace(order, connections=1), outcome, idle.put_nowait)
            senders.append(sender)
        sender.send(whole, due_at)
    await asyncio.sleep(1)
    outcome.errors += sum(sender.busy for sender in senders)
    outcome.seconds = time.perf_counter() - started
    return outcome


def main(argument: str) -> None:
    order = Order(**json.loads(argument))
    if order.seconds > MOST_SECONDS:
        raise SystemExit(f"at most {MOST_SECONDS} s")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        print(json.dumps(runner.run(open_loop(order) if order.rate else closed_loop(order)).told()))


if __name__ == "__main__":
    main(sys.argv[1])
