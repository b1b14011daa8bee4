"""The network between the product and Stripe: above all, requests that are carried out and whose answers are lost."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final
from urllib.parse import parse_qsl

from chaos.dice import Dice
from chaos.evidence import Evidence
from chaos.wire import LARGEST_HEAD, Message, answer, exchange, read_message, reset

BROKEN: Final = b'{"error": {"type": "api_error", "message": "An unknown error occurred"}}'
LIMITED: Final = b'{"error": {"type": "invalid_request_error", "code": "rate_limit", "message": "Too many requests"}}'
WEIGHTS: Final[Mapping[str, int]] = {
    "refuse": 3,
    "reset_before_send": 4,
    "delay": 4,
    "500_before": 4,
    "429": 3,
    "process_then_reset": 10,
    "process_then_500": 10,
    "process_then_timeout": 2,
    "process_then_kill": 1,
    "truncate_body": 4,
    "garbage": 4,
    "duplicate_request": 4,
    "slow_drip": 3,
}
INVOICES: Final = "/v1/invoices/"
SUBSCRIPTIONS: Final = "/v1/subscriptions/"
# Done, and its answer lost on the way: what a retry under another key would do twice.
LOST: Final = frozenset(
    {"process_then_reset", "process_then_500", "process_then_timeout", "process_then_kill", "truncate_body", "garbage"}
)


def replies_lost(faults: Mapping[str, int]) -> int:
    """How many requests were processed and their replies lost, of so many faults of each kind."""
    return sum(count for kind, count in faults.items() if kind in LOST)


def lasting(request: Message) -> str:
    """What a request asks for that stays: an invoice held or given back, or an end; empty for any other."""
    sent = dict(parse_qsl(request.body.decode("latin-1")))
    match request.method, request.path.rpartition("/")[0] + "/":
        case "POST", path if request.path.endswith("/mark_uncollectible"):
            return "uncollectible"
        case "POST", path if path == INVOICES and "auto_advance" in sent:
            return "give_back" if sent["auto_advance"] == "true" else "hold"
        case "POST", path if path == SUBSCRIPTIONS and "pause_collection[behavior]" in sent:
            return "pause"
        case "DELETE", path if path == SUBSCRIPTIONS:
            return "cancel"
    return ""


def share_of(request: Message, share: int) -> int:
    """Of a hundred requests like this one, how many meet a fault: more charges, and fewer of the other writes.

    A payment plan stands when four of these have come through, one after the other; hardly any would.
    """
    if request.path.endswith("/confirm"):  # of a part
        return share // 2
    if request.method == "GET":
        return share
    return min(95, 2 * share) if request.path.endswith("/pay") else share // 3


Forward = Callable[[Message], Awaitable[Message]]


class StripeProxy:
    """Listens on a free port and passes on, or does not, what the product says to Stripe at `target`."""

    def __init__(  # noqa: PLR0913, PLR0917 - what stands between two programs touches both
        self,
        name: str,
        target: tuple[str, int],
        dice: Dice,
        evidence: Evidence,
        patience: float,
        kill: Callable[[], None],
    ) -> None:
        self.name, self._target, self._dice, self._evidence = name, target, dice, evidence
        self._patience, self._kill = patience, kill
        self.requests, self.writes = 0, 0
        self.on_the_way = 0  # requests that have not come to Stripe yet
        self.seen: Callable[[], None] = lambda: None
        self.port = 0

    async def start(self) -> None:
        """Begin to listen."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=LARGEST_HEAD)
        self.port = server.sockets[0].getsockname()[1]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while (request := await read_message(reader)) is not None:
                self.requests += 1
                self.writes += request.method != "GET"
                self.seen()
                if not await self._pass(request, writer):
                    break
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _pass(self, request: Message, writer: asyncio.StreamWriter) -> bool:
        """Answer one request, in one way or the other; whether the connection is to be kept."""
        kind = self._dice.draw(f"{request.method} {request.path}", share_of(request, self._dice.share))
        if kind:
            self._evidence.fault(
                kind, proxy=self.name, method=request.method, path=request.path, key=request.header(b"idempotency-key")
            )
        self.on_the_way += 1
        try:
            before = await self._before(kind)
            if before is None:
                reset(writer)
                return False
            reply = before if before.first else await self._forwarded(request, kind)
        finally:
            self.on_the_way -= 1
        return await self._reply(kind, reply, writer)

    async def _before(self, kind: str) -> Message | None:
        """What happens instead of the request: an answer of ours, nothing (None), or the request itself (empty)."""
        match kind:
            case "refuse" | "reset_before_send":
                return None
            case "500_before":
                return answer(b"500 Internal Server Error", BROKEN)
            case "429":
                return answer(b"429 Too Many Requests", LIMITED, b"application/json", (b"retry-after", b"1"))
            case "delay":
                await asyncio.sleep(self._dice.between(0.02, 0.25))
        return Message(b"")

    async def _forwarded(self, request: Message, kind: str) -> Message:
        if request.method == "GET" and request.path.startswith(INVOICES):
            self._evidence.look(request.path.removeprefix(INVOICES))
        what = lasting(request)
        if what:
            self._evidence.write(self.name, request.path, request.header(b"idempotency-key"), what)
        if kind == "duplicate_request":
            await exchange(*self._target, request)
        return await exchange(*self._target, request)

    async def _reply(self, kind: str, reply: Message, writer: asyncio.StreamWriter) -> bool:
        match kind:
            case "process_then_reset":
                reset(writer)
                return False
            case "process_then_kill":
                self._kill()
                reset(writer)
                return False
            case "process_then_timeout":
                await asyncio.sleep(self._patience)
                reset(writer)
                return False
            case "process_then_500":
                reply = answer(b"500 Internal Server Error", BROKEN)
            case "garbage":
                reply = answer(b"200 OK", b"<html>\x00 upstream connect error", b"text/html")
        return await self._write(kind, reply.encoded(), writer)

    async def _write(self, kind: str, raw: bytes, writer: asyncio.StreamWriter) -> bool:
        if kind == "truncate_body":
            writer.write(raw[: -max(1, len(raw) // 3)])
            await writer.drain()
            return False
        if kind == "slow_drip":
            step = max(1, len(raw) // 5)
            for start in range(0, len(raw), step):
                writer.write(raw[start : start + step])
                await writer.drain()
                await asyncio.sleep(0.02)
            return True
        writer.write(raw)
        await writer.drain()
        return True
