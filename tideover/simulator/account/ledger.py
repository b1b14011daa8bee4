"""What really happened to money: an append-only record of every charge attempt, the truth tests compare with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any, Literal

import orjson

from tideover.simulator.account.issuer import By

Outcome = Literal["succeeded", "failed", "requires_action", "processing"]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try to move money. `amount` in minor units; `at` a unix second of the customer's own clock.

    metadata: what whoever made the payment wrote on it.
    """

    at: int
    customer: str | None
    invoice: str | None
    payment_intent: str
    charge: str | None
    amount: int
    currency: str
    by: By
    idempotency_key: str | None
    outcome: Outcome
    code: str | None
    decline_code: str | None
    card_fingerprint: str | None
    settles: str | None = None  # the charge whose processing this line ends (bank debits)
    metadata: Mapping[str, str] = field(default_factory=dict)


class Ledger:
    """Attempts in the order they happened; written to a JSON-lines file too when one is given, a flush per line."""

    def __init__(self, path: Path | None = None) -> None:
        self.attempts: list[Attempt] = []
        self._file: IO[bytes] | None = path.open("ab") if path else None

    def add(self, attempt: Attempt) -> None:
        """Append for good."""
        self.attempts.append(attempt)
        if self._file:
            self._file.write(orjson.dumps(attempt) + b"\n")
            self._file.flush()

    def rows(self) -> list[dict[str, Any]]:
        """Every attempt as a JSON object."""
        return [asdict(attempt) for attempt in self.attempts]
