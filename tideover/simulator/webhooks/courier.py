"""Webhooks: each event signed, posted to the endpoints that want it, and tried again for three days.

Sources: https://docs.stripe.com/webhooks (three days, signatures, a rolled secret beside the old one). The single
pauses between tries are not confirmed: Stripe does not tell them. At Stripe events may come in any order; here they
keep it.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections import deque
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any, Final

import orjson

from tideover.simulator.account.store import Json
from tideover.simulator.account.world import Simulator
from tideover.simulator.webhooks.posting import Poster, Undelivered

# Pauses between tries in seconds: minutes at first, then hours; Stripe gives up after about three days.
PAUSES: Final = (300, 900, 3600, 3 * 3600, 6 * 3600, 12 * 3600, 24 * 3600, 24 * 3600)
OK: Final = range(200, 300)


@dataclass(slots=True)
class Try:
    """One delivery attempt. `status` is the HTTP status, None when no answer came."""

    at: int
    endpoint: str
    status: int | None
    error: str = ""


@dataclass(slots=True)
class Parcel:
    """An event on its way to one endpoint."""

    event: Json
    endpoint: str
    tries: int = 0


@dataclass(slots=True)
class Record:
    """What became of an event's deliveries."""

    waiting: int = 0
    failed: bool = False
    tries: list[Try] = field(default_factory=list)


class Courier:
    """Delivers in the order of the events, one at a time, over one kept connection."""

    def __init__(self, sim: Simulator) -> None:
        self._sim = sim
        self._queue: deque[Parcel] = deque()
        self._poster = Poster()
        self._lock = asyncio.Lock()
        self._background: asyncio.Task[None] | None = None
        self.records: dict[str, Record] = {}
        self.delivered = self.failures = 0
        self.drop_next = 0
        self.drop_until = 0
        self.reader_lives_at: int | None = None  # whoever moves our clock lives at the end of the move already
        self.waits_for_a_move = False  # deliver only when the clock moves, so that a run can be repeated exactly
        sim.events.outgoing = self.take

    def take(self, event: Json) -> int:
        """Queue an event for every endpoint that wants it; how many those are."""
        wanting = self._wanting(event["type"])
        for key in wanting:
            self._queue.append(Parcel(event, key))
        if wanting:
            self.records[event["id"]] = Record(waiting=len(wanting))
            self._wake()
        return len(wanting)

    def send_again(self, event: Json, endpoint: str | None = None) -> int:
        """Deliver an event once more, to one endpoint or to all that want it."""
        wanting = [endpoint] if endpoint else self._wanting(event["type"])
        for key in wanting:
            self._queue.append(Parcel(event, key, tries=len(PAUSES)))
        self._wake()
        return len(wanting)

    def _wanting(self, kind: str) -> list[str]:
        return [
            endpoint["id"]
            for endpoint in self._endpoints()
            if endpoint["status"] == "enabled" and ({kind, "*"} & set(endpoint["enabled_events"]))
        ]

    def _endpoints(self) -> Iterator[Json]:
        """The account's own, and that of the app which it has installed."""
        yield from self._sim.store.webhook_endpoints
        if self._sim.app.endpoint and self._sim.app.installed:
            yield self._sim.app.endpoint

    @property
    def undelivered(self) -> int:
        """Deliveries due now and not yet done."""
        return len(self._queue) + self._lock.locked()

    def _wake(self) -> None:
        """Deliver soon, also when nobody advances the clock."""
        if self.waits_for_a_move:
            return
        if self._background is None or self._background.done():
            try:
                loop = asyncio.get_running_loop()
            except RuntimeError:  # no loop yet: the world is being furnished; the first drain delivers
                return
            self._background = loop.create_task(self.drain())

    async def drain(self) -> None:
        """Deliver all that is waiting, in order; returns when nothing is left."""
        while self._queue or self._lock.locked():
            async with self._lock:
                if self._queue:
                    await self._deliver(self._queue.popleft())

    async def close(self) -> None:
        """Let go of the connection."""
        if self._background:
            self._background.cancel()
        await self._poster.close()

    async def _deliver(self, parcel: Parcel) -> None:
        endpoint = next((each for each in self._endpoints() if each["id"] == parcel.endpoint), None)
        if endpoint is None or endpoint["status"] != "enabled":
            return
        attempt = await self._post(endpoint, parcel.event)
        parcel.tries += 1
        record = self.records.setdefault(parcel.event["id"], Record())
        record.tries.append(attempt)
        if attempt.status in OK:
            self.delivered += 1
            parcel.event["pending_webhooks"] = max(parcel.event["pending_webhooks"] - 1, 0)
            record.waiting -= 1
        else:
            self.failures += 1
            self._later(parcel, record)

    def _later(self, parcel: Parcel, record: Record) -> None:
        if parcel.tries > len(PAUSES):
            record.failed = True
            return
        at = self._sim.clock.now() + PAUSES[parcel.tries - 1]
        self._sim.timeline.at(at, partial(self._queue_again, parcel), f"redeliver {parcel.event['id']}")

    def _queue_again(self, parcel: Parcel) -> None:
        self._queue.append(parcel)
        self._wake()

    async def _post(self, endpoint: Json, event: Json) -> Try:
        now = self._sim.clock.now()
        if self._dropped(now):
            return Try(now, endpoint["id"], None, "dropped on the way")
        whose = {"account": self._sim.keys.account} if endpoint is self._sim.app.endpoint else {}
        body = orjson.dumps({**event, **whose, "api_version": endpoint["api_version"] or event["api_version"]})
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
            "Stripe-Signature": self.signature(endpoint["id"], body, self.reader_lives_at or now),
        }
        try:
            return Try(now, endpoint["id"], await self._poster.post(endpoint["url"], headers, body))
        except Undelivered as error:
            return Try(now, endpoint["id"], None, str(error))

    def signature(self, endpoint: str, body: bytes, now: int) -> str:
        """The Stripe-Signature header: one v1 for each secret that is valid at `now`."""
        marks = [
            hmac.new(secret.encode(), b"%d." % now + body, hashlib.sha256).hexdigest()
            for secret, until in self._sim.store.endpoint_secrets[endpoint]
            if until is None or now < until
        ]
        return ",".join([f"t={now}", *(f"v1={mark}" for mark in marks)])

    def _dropped(self, now: int) -> bool:
        if self.drop_next > 0:
            self.drop_next -= 1
            return True
        return now < self.drop_until

    def succeeded(self, event: str) -> bool | None:
        """Whether all deliveries of an event arrived; None when nobody wanted it."""
        record = self.records.get(event)
        return None if record is None else record.waiting <= 0

    def tries(self, event: str) -> list[dict[str, Any]]:
        """Every delivery attempt of an event."""
        record = self.records.get(event)
        return [asdict(attempt) for attempt in record.tries] if record else []
