"""Requests before a page sees them: their bodies whole or not at all, in agreed memory; each header by one name."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

MOST_BYTES_HELD = 64_000_000

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


class TooMuch(Exception):  # noqa: N818 - it names the state of the memory
    """All bodies together hold so much memory that one more has to come again later."""


class Bodies:
    """Reads bodies of up to `largest` bytes each and `together` in all. Belongs to one event loop."""

    def __init__(self, largest: int, together: int = MOST_BYTES_HELD) -> None:
        self._largest, self._together = largest, together
        self.held = 0

    async def read(self, receive: Receive) -> bytes | None:
        """A whole body, to be given back to `done`; None where it was cut short or is too large. Raises TooMuch."""
        body = bytearray()
        whole = False
        try:
            while not whole:
                message = await receive()
                if message["type"] != "http.request":
                    return None
                part = message.get("body", b"")
                body += part
                self.held += len(part)
                if len(body) > self._largest:
                    return None
                if self.held > self._together:
                    raise TooMuch
                whole = not message.get("more_body")
        finally:
            if not whole:
                self.held -= len(body)
        return bytes(body)

    def done(self, body: bytes) -> None:
        """Nobody needs `body` any more."""
        self.held -= len(body)


class OnlyWhole:
    """In front of the pages: a request takes one of their few threads when all of it has come, and only then.

    WSGI cannot tell a form that was cut off in the middle from one that ends there.
    """

    def __init__(self, pages: App, largest: int) -> None:
        self._pages = pages
        self._bodies = Bodies(largest)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._pages(scope, receive, send)
            return
        try:
            body = await self._bodies.read(receive)
        except TooMuch:
            await _refuse(send, 503)
            return
        if body is None:  # who has gone does not hear it
            await _refuse(send, 413)
            return
        waiting: list[Message] = [{"type": "http.request", "body": body}]

        async def again() -> Message:
            return waiting.pop() if waiting else await receive()

        try:
            await self._pages(scope, again, send)
        finally:
            self._bodies.done(body)


class OnlyReal:
    """In front of the pages: a header with an underscore in its name is dropped.

    WSGI cannot tell `X_Forwarded_Proto` from `X-Forwarded-Proto`, which a proxy in front writes itself.
    """

    def __init__(self, pages: App) -> None:
        self._pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope["headers"] = [(name, value) for name, value in scope["headers"] if b"_" not in name]
        await self._pages(scope, receive, send)


async def _refuse(send: Send, status: int) -> None:
    headers = [(b"content-length", b"0"), (b"connection", b"close")]  # what was sent beyond this is not read
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
