"""Trouble on demand: answers that come late, requests that fail before or after they did their work, rate limits.

Sources: https://docs.stripe.com/error-low-level (an error may come before or after the work is done).
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Literal

FaultKind = Literal["slow", "error_before", "error_after"]


@dataclass(slots=True)
class Fault:
    """What happens to the next `left` writes. `seconds` are real ones: the client is kept waiting."""

    kind: FaultKind
    left: int
    seconds: float = 0.0


@dataclass(slots=True)
class Faults:
    """The trouble planned for coming write requests, taken in order."""

    planned: deque[Fault] = field(default_factory=deque)

    def take(self) -> Fault | None:
        """The trouble for this request, or None."""
        if not self.planned:
            return None
        fault = self.planned[0]
        fault.left -= 1
        if fault.left <= 0:
            self.planned.popleft()
        return fault


@dataclass(slots=True)
class RateLimit:
    """So many requests within one second of the clock it is asked by."""

    second: int = 0
    used: int = 0

    def exceeded(self, now: int, limit: int | None) -> bool:
        """Count a request at `now`; true when it is one too many."""
        if limit is None:
            return False
        if now != self.second:
            self.second, self.used = now, 0
        self.used += 1
        return self.used > limit
