"""The network between Stripe and our webhook, and between customers and our pages."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Final

from chaos.dice import Dice
from chaos.evidence import Evidence
from chaos.wire import LARGEST_HEAD, Message, answer, exchange, read_message, reset

WEIGHTS: Final[Mapping[str, int]] = {
    "drop": 4,
    "duplicate": 5,
    "reorder": 4,
    "delay_delivery": 3,
    "reply_lost": 9,
}
# What befalls a form of the pay page: its answer is lost, so that it is sent again, or it is sent twice at once.
PAGE_WEIGHTS: Final[Mapping[str, int]] = {"page_reply_lost": 3, "page_sent_twice": 2}
HOOKS: Final = "/hooks/stripe/"
PAY_PAGES: Final = "/c/"


class WebhookProxy:
    """Listens where Stripe and customers believe us to be, and passes on to the real port."""

    def __init__(self, dice: Dice, pages: Dice, evidence: Evidence) -> None:
        self._dice, self._pages, self._evidence = dice, pages, evidence
        self.target = ("127.0.0.1", 0)
        self.before: tuple[str, int] | None = None  # where the version before listens, while an upgrade is under way
        self.port = 0
        self.seen: Callable[[], None] = lambda: None
        self._handed_in = 0
        self._late: set[asyncio.Task[None]] = set()

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
                self.seen()
                hook = request.path.startswith(HOOKS)
                if not await (self._deliver(request, writer) if hook else self._visit(request, writer)):
                    break
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _visit(self, request: Message, writer: asyncio.StreamWriter) -> bool:
        """A customer at our pages: a proxy that says truly when nobody answers."""
        paying = request.method == "POST" and request.path.startswith(PAY_PAGES)
        kind = self._pages.draw(request.path) if paying else ""
        if kind:
            self._evidence.fault(kind, path=request.path.rpartition("/")[2])
        twice = kind == "page_sent_twice"
        reply, *_ = await asyncio.gather(*(self._ours(request) for _ in range(1 + twice)))
        if kind == "page_reply_lost":
            return _hang_up(writer)
        raw = reply.encoded()
        writer.write(raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" if request.method == "HEAD" else raw)
        await writer.drain()
        return request.method != "HEAD"

    async def _ours(self, request: Message) -> Message:
        try:
            return await exchange(*self.target, request)
        except (OSError, asyncio.IncompleteReadError):
            return answer(b"502 Bad Gateway", b"away", b"text/plain")

    async def _deliver(self, request: Message, writer: asyncio.StreamWriter) -> bool:
        """A webhook on its way in; whether the connection is to be kept."""
        event = json.loads(request.body)
        kind = self._dice.draw(event["id"])
        if kind:
            self._evidence.fault(kind, event=event["id"], type=event["type"])
        match kind:
            case "drop":
                return _hang_up(writer)
            case "reorder":  # it arrives after those that come next, when Stripe has long given up waiting
                self._later(request, self._dice.between(0.1, 0.8))
                return _hang_up(writer)
            case "delay_delivery":
                await asyncio.sleep(self._dice.between(0.02, 0.2))
            case "duplicate":
                self._later(request, 0.0)
        reply = await self._hand_in(request)
        if kind == "reply_lost" or reply is None:
            return _hang_up(writer)
        writer.write(reply.encoded())
        await writer.drain()
        return True

    def _later(self, request: Message, pause: float) -> None:
        async def come() -> None:
            await asyncio.sleep(pause)
            await self._hand_in(request)

        task = asyncio.get_running_loop().create_task(come())
        self._late.add(task)
        task.add_done_callback(self._late.discard)

    async def _hand_in(self, request: Message) -> Message | None:
        """Give the event to our webhook, every third one to that of the version before, and write down its yes."""
        self._handed_in += 1
        before = self.before if self._handed_in % 3 == 0 else None
        try:
            reply = await exchange(*(before or self.target), request)
        except (OSError, asyncio.IncompleteReadError):
            return None
        event = json.loads(request.body)
        if reply.status // 100 == 2:
            self._evidence.acknowledged(request.path.removeprefix(HOOKS), event, before=before is not None)
        else:
            self._evidence.refused(event["id"], reply.status)
        return reply


def _hang_up(writer: asyncio.StreamWriter) -> bool:
    reset(writer)
    return False
