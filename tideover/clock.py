"""The only reader of the wall clock, and the demo's time machine."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tideover.config import config

_travelled_to: datetime | None = None
# A file with the seconds by which the fault-injection harness has moved time; never looked at in production.
OFF_BY = timedelta()  # the harness puts this process's own clock wrong by it
_offset_file = os.environ.get("TIDEOVER_CLOCK_OFFSET_FILE", "")


def now() -> datetime:
    """The present instant, aware, in UTC; where the demo has traveled in time, the instant it traveled to."""
    return moved(wall())


def moved(real: datetime) -> datetime:
    """What a clock that tells `real` means here: where time was moved, it was moved for every clock alike."""
    return _travelled_to or real + _offset()


def _offset() -> timedelta:
    if not _offset_file or config().mode == "production":
        return timedelta()
    return timedelta(seconds=float(Path(_offset_file).read_text("ascii")))


def travel_to(instant: datetime | None) -> None:
    """Let this process live at `instant` from now on (None: back to the present). Only the demo and tests do this."""
    global _travelled_to  # noqa: PLW0603 - a time machine is one per process by nature
    _travelled_to = instant


def monotonic() -> float:
    """Seconds that only ever grow, for durations inside one process."""
    return time.monotonic()


def wall() -> datetime:
    """The real present, also while the demo travels: for sign-in links and other things of this world."""
    return datetime.now(UTC) + OFF_BY  # noqa: TID251 - this is the one place
