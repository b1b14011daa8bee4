"""The simulator's clock: it stands still until told to move, or follows the wall with an offset."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Literal

Kind = Literal["simulated", "wall"]


def wall() -> int:
    """Seconds since 1970 by the machine's clock; the simulator reads it nowhere else."""
    return int(time.time())  # noqa: TID251 - this module is the simulator's only reader of the wall clock


class Clock:
    """Time as whole unix seconds (UTC). It never runs backwards."""

    def __init__(self, start: int | None = None, kind: Kind = "simulated", wall: Callable[[], int] = wall) -> None:
        self.kind: Kind = kind
        self._wall = wall
        self._at = wall() if start is None else start
        self._offset = self._at - wall()

    def now(self) -> int:
        """The instant it is in the simulated world."""
        return self._wall() + self._offset if self.kind == "wall" else self._at

    def move(self, to: int) -> None:
        """Go on to `to`; an instant in the past is ignored. A wall clock jumps ahead and runs on from there."""
        ahead = to - self.now()
        if ahead > 0:
            self._at = to
            self._offset += ahead
