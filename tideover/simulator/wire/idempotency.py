"""Idempotency keys as Stripe's v1 API keeps them: the first answer under a key is the answer for 24 hours.

Sources: https://docs.stripe.com/api/idempotent_requests.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final

from tideover.simulator.wire.errors import StripeError

KEPT_SECONDS: Final = 24 * 3600
LONGEST: Final = 255


@dataclass(slots=True)
class Kept:
    """What is known under one key: its first `request`. `status` is None while that is still running."""

    request: str
    method: str
    path: str
    body: bytes
    since: int
    status: int | None = None
    answer: bytes = b""


class IdempotencyKeys:
    """The keys of one account. Time is the simulator's clock."""

    def __init__(self) -> None:
        self._kept: dict[str, Kept] = {}
        self._order: deque[tuple[int, str]] = deque()

    def claim(self, key: str, asked: Kept) -> Kept | None:
        """The finished answer to replay, or None when this request is the first and must be carried out.

        Raises Stripe's 400 for another request under the same key and its 409 while the first one runs.
        """
        if len(key) > LONGEST:
            raise _error(400, f"Idempotency-Key must be at most {LONGEST} characters.", None)
        self._forget(asked.since)
        kept = self._kept.get(key)
        if kept is None:
            self._kept[key] = asked
            self._order.append((asked.since, key))
            return None
        if (kept.method, kept.path, kept.body) != (asked.method, asked.path, asked.body):
            raise _error(
                400,
                "Keys for idempotent requests can only be used with the same parameters they were first "
                "used with. Try using a key other than the one given if you meant to execute a different "
                "request.",
                None,
            )
        if kept.status is None:
            raise _error(409, "There is currently another in-progress request using this idempotency key.", IN_USE)
        return kept

    def settle(self, key: str, status: int, answer: bytes) -> None:
        """Keep the answer of the first request, whatever it is."""
        if kept := self._kept.get(key):
            kept.status, kept.answer = status, answer

    def release(self, key: str) -> None:
        """The request never began (its parameters were not valid): the key stays unused."""
        self._kept.pop(key, None)

    def _forget(self, now: int) -> None:
        while self._order and self._order[0][0] + KEPT_SECONDS <= now:
            since, key = self._order.popleft()
            if (kept := self._kept.get(key)) and kept.since == since:
                del self._kept[key]


IN_USE: Final = "idempotency_key_in_use"


def _error(status: int, message: str, code: str | None) -> StripeError:
    error = {"type": "idempotency_error" if code is None else "invalid_request_error", "message": message}
    return StripeError(status, error | ({"code": code} if code else {}))
