"""A mail server for the tests of notices: it keeps what it took, and answers as it is told to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from tideover.gateways.answers import Unknown
from tideover.gateways.transport import Accepted, Refused
from tideover.messages.letters import Letter

TAKEN = Accepted()
AWAY = Refused(permanent=False, reason="nobody answers", unasked=True)
FULL = Refused(permanent=False, reason="452 the mailbox is full")
NOBODY = Refused(permanent=True, reason="550 no such user")


class Letters:
    """`meanwhile` runs as each letter leaves."""

    def __init__(
        self, answer: Accepted | Refused | None = TAKEN, meanwhile: Callable[[], object] = lambda: None
    ) -> None:
        self.answer, self.meanwhile = answer, meanwhile
        self.of: list[tuple[str, Letter]] = []

    def __call__(self, address: str, letter: Letter, _now: datetime) -> Accepted | Refused:
        self.of.append((address, letter))
        self.meanwhile()
        if self.answer is None:
            raise Unknown("the answer was lost")
        return self.answer

    @property
    def to(self) -> list[str]:
        return sorted(address for address, _ in self.of)
