"""The last requests and the count of writes, so that a test can prove that somebody only watched."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Request:
    """One request as the simulator saw it. `key` is the idempotency key; of the API key only the kind is kept: `by`."""

    at: int
    id: str
    method: str
    path: str
    key: str | None
    status: int
    replayed: bool
    by: str


class Journal:
    """The last 10,000 requests and counters over all of them."""

    def __init__(self) -> None:
        self._last: deque[Request] = deque(maxlen=10_000)
        self._methods: Counter[str] = Counter()
        self._writes: Counter[str] = Counter()

    def note(self, request: Request) -> None:
        """Write one request down."""
        self._last.append(request)
        self._methods[request.method] += 1
        if request.method != "GET":
            self._writes[request.by] += 1

    def report(self, last: int) -> dict[str, Any]:
        """The last requests, oldest first, how many of each method, and how many could have written, by kind of key."""
        rows = list(self._last)[-last:] if last else []
        return {
            "requests": [asdict(row) for row in rows],
            "methods": dict(self._methods),
            "writes": self._writes.total(),
            "writes_by": dict(self._writes),
        }
