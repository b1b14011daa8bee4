"""A worker's time is the database's: one whose own clock is far off it does nothing, and says so.

A clock that is days ahead would charge what is not due, take what others hold for abandoned, and set the timetable
for a day that is far away.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from tideover import clock
from tideover.flow import database_clock
from tideover.upkeep import skew

log = structlog.get_logger("worker")
SAID_EVERY_SECONDS = 20.0


class Punctual:
    """What time it is for one worker, and whether that is to be trusted. Its threads share it."""

    def __init__(
        self,
        own: Callable[[], datetime] = clock.now,
        ahead: Callable[[Callable[[], datetime]], timedelta] = database_clock.ahead,
        monotonic: Callable[[], float] = clock.monotonic,
    ) -> None:
        self._own, self._ask, self._monotonic = own, ahead, monotonic
        self._ahead, self._silent_until = timedelta(0), float("-inf")

    def now(self) -> datetime:
        """The present by the database's clock, as it was last compared."""
        return self._own() - self._ahead

    def may_work(self) -> bool:
        """Compare the clocks; False where they are too far apart. Raises what a database raises that is away."""
        self._ahead = self._ask(self._own)
        wrong = abs(self._ahead) >= skew.TOO_MUCH
        if wrong and self._monotonic() >= self._silent_until:
            self._silent_until = self._monotonic() + SAID_EVERY_SECONDS
            log.error("worker.clock_wrong", compared_with_the_database=skew.in_words(self._ahead))
            skew.stands_still(self._ahead, self.now())
        return not wrong
