"""The door: Stripe's webhook as a small ASGI application in front of the pages. A yes means: on the disk.

Measured and argued in docs/adr/0020-the-door.md.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import Executor
from typing import Any, Final, NamedTuple

import structlog
from django.db import Error

from tideover import clock
from tideover.inbox.endpoints import Endpoints
from tideover.inbox.gathering import ANSWERED_WITHIN_SECONDS, Full, Gathering
from tideover.inbox.store import Row, store
from tideover.inbox.weigh import LARGEST_BODY, weigh
from tideover.tenants.secrets import Unreadable

ADDRESS = "/hooks/stripe/"
MOST_BYTES_HELD = 64_000_000

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

log = structlog.get_logger("door")


class Reply(NamedTuple):
    """A whole answer, as the two messages of ASGI."""

    start: Message
    body: Message


def _reply(status: int, text: bytes, *headers: tuple[bytes, bytes]) -> Reply:
    always = [(b"content-type", b"text/plain"), (b"content-length", str(len(text)).encode())]
    return Reply(
        {"type": "http.response.start", "status": status, "headers": [*always, *headers]},
        {"type": "http.response.body", "body": text},
    )


CLOSE = (b"connection", b"close")  # what was sent beyond this is not read
STORED: Final = _reply(200, b"")  # no text: a body would be a second write to the socket
REJECTED: Final = _reply(400, b"rejected", CLOSE)  # the same, whatever the reason
NOT_STORED: Final = _reply(503, b"not stored; send it again", CLOSE)
ONLY_POST: Final = _reply(405, b"", (b"allow", b"POST"), CLOSE)


def _header(scope: Scope, wanted: bytes) -> str:
    return next((value.decode("latin-1") for name, value in scope["headers"] if name == wanted), "")


class Door:
    """Answers Stripe itself and hands everything else to `pages`. Belongs to one event loop.

    How long a sender may take is the server's to say (cli/web.py); here only the store can be slow.
    """

    def __init__(
        self,
        pages: App,
        *,
        executor: Executor | None = None,
        answered_within: float = ANSWERED_WITHIN_SECONDS,
        most_bytes_held: int = MOST_BYTES_HELD,
    ) -> None:
        self._pages = pages
        self._endpoints = Endpoints(executor, answered_within)
        self._rows: Gathering[Row, bool] = Gathering(
            store, name="door-writer", executor=executor, within=answered_within
        )
        self._most_bytes_held = most_bytes_held
        self._held = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(ADDRESS):
            reply = await self._answer(scope, receive)
            await send(reply.start)
            await send(reply.body)
        elif scope["type"] == "lifespan":
            await self._live(receive, send)
        else:
            await self._pages(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive) -> Reply:
        if scope["method"] != "POST":
            return ONLY_POST
        body = bytearray()
        try:
            row = await self._weighed(scope, bytes(body)) if await self._read(receive, body) else None
            return STORED if row is not None and await self._rows.add(row) else REJECTED
        except (Full, TimeoutError):
            return NOT_STORED
        except (Error, Unreadable) as away:
            log.warning("door.closed", reason=str(away)[:200])
            return NOT_STORED
        finally:
            self._held -= len(body)

    async def _read(self, receive: Receive, body: bytearray) -> bool:
        """Whether the body came whole and small enough. Raises Full when all bodies together hold too much memory."""
        while True:
            message = await receive()
            if message["type"] != "http.request":
                return False
            part = message.get("body", b"")
            body += part
            self._held += len(part)
            if len(body) > LARGEST_BODY:
                return False
            if self._held > self._most_bytes_held:
                raise Full
            if not message.get("more_body"):
                return True

    async def _weighed(self, scope: Scope, body: bytes) -> Row | None:
        """The delivery's row. Where what we remember of its address says no, the database is asked: it may be news."""
        token = scope["path"][len(ADDRESS) :]
        signature = _header(scope, b"stripe-signature")
        known = self._endpoints.remembered(token)
        row = weigh(known, body, signature, clock.now()) if known else None
        if row is not None or not signature:
            return row
        fresh = await self._endpoints.read(token)
        return weigh(fresh, body, signature, clock.now()) if fresh and fresh != known else None

    async def _live(self, receive: Receive, send: Send) -> None:
        """The server's start and end. At the end all requests are answered; then the threads may go."""
        while True:
            message = await receive()
            if message["type"] == "lifespan.shutdown":
                await self.close()
                await send({"type": "lifespan.shutdown.complete"})
                return
            await send({"type": "lifespan.startup.complete"})

    async def close(self) -> None:
        """Store what was taken in, then let go of the database."""
        await self._rows.close()
        await self._endpoints.close()
