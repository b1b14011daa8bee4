"""The webhook: Stripe's events are taken by a small ASGI application in front of the pages. A yes means: on the disk.

Measured and argued in docs/adr/0020-webhooks.md.
"""

from __future__ import annotations

from concurrent.futures import Executor
from typing import Final, NamedTuple

import structlog
from django.db import Error

from tideover import clock
from tideover.bodies import MOST_BYTES_HELD, App, Bodies, Message, Receive, Scope, Send, TooMuch
from tideover.inbox.batching import ANSWERED_WITHIN_SECONDS, Batcher, Full
from tideover.inbox.endpoints import Endpoints
from tideover.inbox.store import Row, store
from tideover.inbox.verify import LARGEST_BODY, verify
from tideover.tenants.secrets import Unreadable

ADDRESS = "/hooks/stripe/"

log = structlog.get_logger("webhook")


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


class Webhook:
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
        self._rows: Batcher[Row, bool] = Batcher(
            store, name="webhook-writer", executor=executor, within=answered_within
        )
        self._bodies = Bodies(LARGEST_BODY, most_bytes_held)

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
        try:
            body = await self._bodies.read(receive)
        except TooMuch:
            return NOT_STORED
        if body is None:
            return REJECTED
        try:
            row = await self._verified(scope, body)
            return STORED if row is not None and await self._rows.add(row) else REJECTED
        except (Full, TimeoutError):
            pass  # it is said below, and counted where it happened
        except (Error, Unreadable) as away:
            log.warning("webhook.unavailable", reason=str(away)[:200])
        except Exception:  # what nobody foresaw in one delivery: Stripe sends it again, and somebody may have looked
            log.exception("webhook.broke")
        finally:
            self._bodies.done(body)
        return NOT_STORED

    async def _verified(self, scope: Scope, body: bytes) -> Row | None:
        """The delivery's row. Where what we remember of its address says no, the database is asked: it may be news."""
        token = scope["path"][len(ADDRESS) :]
        signature = _header(scope, b"stripe-signature")
        known = self._endpoints.remembered(token)
        row = verify(known, body, signature, clock.now()) if known else None
        if row is not None or not signature:
            return row
        fresh = await self._endpoints.read(token)
        return verify(fresh, body, signature, clock.now()) if fresh and fresh != known else None

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
