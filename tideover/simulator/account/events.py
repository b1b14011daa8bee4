"""Events: what happened, as Stripe tells it; kept thirty days and handed to those who listen.

Sources: https://docs.stripe.com/api/events/list (thirty days), https://docs.stripe.com/api/events/object.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import orjson

from tideover.simulator.account.as_customers import told
from tideover.simulator.account.store import Collection, Ids, Json
from tideover.simulator.clock.clock import Clock

API_VERSION = "2026-10-28.endive"
KEPT_SECONDS = 30 * 86400

Listener = Callable[[str, Json], None]


@dataclass(frozen=True, slots=True)
class Cause:
    """The API request that made something happen; both None for what Stripe does by itself."""

    request: str | None = None
    idempotency_key: str | None = None


NOBODY = Cause()


class EventLog:
    """Records events. `listeners` are called at once with (type, object): they must be quick and must not wait."""

    def __init__(self, clock: Clock, ids: Ids, kept: Collection) -> None:
        self.listeners: list[Listener] = []
        self.outgoing: Callable[[Json], int] = lambda _event: 0  # the courier takes it and says for how many endpoints
        self.cause = NOBODY
        self.recorded = 0
        self._last = b""
        self._clock, self._ids, self._kept = clock, ids, kept

    def record(self, kind: str, thing: Json, before: Json | None = None, at: int | None = None) -> Json:
        """Note that `kind` (for example "invoice.paid") happened to `thing`.

        `before` are the previous values of changed fields (only for *.updated). The object is written down as JSON at
        once, so that later changes do not alter the event; it stays bytes until somebody asks for the event.
        """
        data: Json = {"object": orjson.Fragment(self._written(thing))}
        if before is not None:
            data["previous_attributes"] = orjson.Fragment(told(orjson.dumps(dict(before))))
        event: Json = {
            "id": self._ids.new("evt"),
            "object": "event",
            "api_version": API_VERSION,
            "created": self._clock.now() if at is None else at,
            "data": data,
            "livemode": False,
            "pending_webhooks": 0,
            "request": {"id": self.cause.request, "idempotency_key": self.cause.idempotency_key},
            "type": kind,
        }
        self._kept.add(event)
        self.recorded += 1
        event["pending_webhooks"] = self.outgoing(event)
        for listener in self.listeners:
            listener(kind, thing)
        return event

    def _written(self, thing: Json) -> bytes:
        """The object as JSON; two events of an unchanged object share the bytes."""
        # Copied, because orjson hands out bytes with all the room it took while writing.
        written = told(bytes(memoryview(orjson.dumps(thing))))
        if written != self._last:
            self._last = written
        return self._last

    def forget_old(self) -> None:
        """Drop events older than thirty days, as Stripe does."""
        limit = self._clock.now() - KEPT_SECONDS
        old = []
        for event in self._kept:
            if event["created"] >= limit:
                break
            old.append(event["id"])
        for key in old:
            self._kept.remove(key)
