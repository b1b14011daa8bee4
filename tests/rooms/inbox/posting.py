"""Posting to the webhook without a server: whole ASGI exchanges in the test's own thread and transaction."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import connections
from django.test import Client
from stripe import WebhookSignature

from tideover.inbox.webhook import Webhook

NOW = datetime(2026, 11, 2, 15, 0, tzinfo=UTC)
SECRET = "whsec_test"


@dataclass(frozen=True)
class Answer:
    status_code: int
    content: bytes


def an_event(**values: Any) -> dict[str, Any]:
    event = {
        "object": "event",
        "id": "evt_1",
        "type": "invoice.paid",
        "created": int(NOW.timestamp()),
        "livemode": False,
        "data": {"object": {"id": "in_1", "object": "invoice"}},
    }
    return {**event, **values}


def signed(body: bytes, secret: str = SECRET, at: datetime = NOW) -> str:
    """Stripe's header for `body`, made by Stripe's own client."""
    return WebhookSignature.generate_signature_header(body.decode("latin-1"), secret, int(at.timestamp()))


@contextmanager
def of_this_thread() -> Iterator[ThreadPoolExecutor]:
    """A thread that works on this thread's database connection, and so inside the test's transaction."""
    mine = connections["default"]
    mine.ensure_connection()
    mine.inc_thread_sharing()

    def share() -> None:
        connections["default"] = mine

    with ThreadPoolExecutor(max_workers=1, initializer=share) as executor:
        yield executor
    mine.dec_thread_sharing()


class Poster:
    """Sends requests to the webhook. A body given in parts comes in parts."""

    def __init__(self, webhook: Webhook) -> None:
        self.webhook = webhook

    def post(self, path: str, body: bytes, signature: str, method: str = "POST") -> Answer:
        return asyncio.run(self.send(path, [body], signature, method))

    def post_together(self, requests: Iterable[tuple[str, bytes, str]]) -> list[Answer]:
        """All at once, in one event loop."""

        async def together() -> list[Answer]:
            return await asyncio.gather(*(self.send(path, [body], header) for path, body, header in requests))

        return asyncio.run(together())

    async def send(self, path: str, parts: list[bytes], signature: str, method: str = "POST") -> Answer:
        headers = [(b"content-type", b"application/json"), (b"stripe-signature", signature.encode("latin-1"))]
        scope = {"type": "http", "method": method, "path": path, "headers": headers}
        incoming, said = self._incoming(parts), []

        async def send(message: Any) -> None:
            said.append(message)

        await self.webhook(scope, incoming.__anext__, send)
        return Answer(said[0]["status"], b"".join(message["body"] for message in said[1:]))

    async def _incoming(self, parts: list[bytes]) -> AsyncIterator[dict[str, Any]]:
        for number, part in enumerate(parts, 1):
            yield {"type": "http.request", "body": part, "more_body": number < len(parts)}
        yield {"type": "http.disconnect"}


def on_django(client: Client) -> Callable[..., Answer]:
    """The same request through Django's own handler."""

    def post(path: str, body: bytes, signature: str, method: str = "POST") -> Answer:
        answer = client.generic(
            method, path, body, content_type="application/json", headers={"Stripe-Signature": signature}
        )
        return Answer(answer.status_code, answer.content)

    return post
