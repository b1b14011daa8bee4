"""What stands before each call to Stripe, and hears what came of it; handed in by whoever shares Stripe among many."""

from __future__ import annotations

from typing import Protocol


class Line(Protocol):
    """What stands before each call: a turn to wait for (raises Busy), and an ear for answers, silence and refusals."""

    def turn(self) -> None: ...
    def answered(self) -> None: ...
    def silent(self) -> None: ...
    def refused(self, why: str, *, all_calls: bool) -> None: ...


class FreeLine:
    """A line without any limits."""

    __slots__ = ()

    def turn(self) -> None:
        """Nobody is waited for."""

    def answered(self) -> None:
        """Nobody counts."""

    def silent(self) -> None:
        """Nobody counts."""

    def refused(self, why: str, *, all_calls: bool) -> None:
        """Nobody is told."""
