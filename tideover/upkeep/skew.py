"""The workers' clocks against Stripe's and the database's: kept by them, for the pages, which ask nobody."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from tideover.flow.models import Provider
from tideover.gateways import skew

TOO_MUCH = timedelta(seconds=5)
# Catch-up asks Stripe every five minutes. What was found longer ago than this says nothing about the clock today.
HOLDS_FOR = timedelta(hours=1)
# A worker that stands still for its clock says so every few seconds; one that is right again says nothing.
STANDS_STILL_FOR = timedelta(minutes=1)
SAYS: Final = {"stripe": HOLDS_FOR, "database": STANDS_STILL_FOR}  # by whose clock, and for how long that holds
MOST_SECONDS = 2**31 - 1  # that the column keeps: 68 years


def keep(now: datetime) -> None:
    """Write down what Stripe's latest answer told, where one has come: at most one write a round."""
    found = skew.take()
    if found is not None:
        _write("stripe", found, now)


def stands_still(found: timedelta, now: datetime) -> None:
    """Write down that a worker's clock is so far ahead of the database's, and that it does nothing for it."""
    _write("database", found, now)


def _write(whose: str, found: timedelta, now: datetime) -> None:
    ahead_by = max(-MOST_SECONDS, min(int(found.total_seconds()), MOST_SECONDS))
    told = {"clock_ahead_seconds": ahead_by, "clock_compared_at": now}
    Provider.objects.update_or_create(name=whose, defaults=told)


@dataclass(frozen=True, slots=True)
class Clocks:
    """By how much the workers' clocks are ahead, negative where they are behind.

    of_stripe: of Stripe's; None where that is not known. idle: that of a worker which stands still for it, of the
    database's; None where none does.
    """

    of_stripe: timedelta | None
    idle: timedelta | None

    @property
    def trouble(self) -> str:
        """What is wrong and what to do, for an operator; empty where nothing is, or nothing is known."""
        if self.idle is not None:
            return f"a worker does nothing, as its clock is {in_words(self.idle)} of the database's: let NTP set it"
        if self.of_stripe is None or abs(self.of_stripe) < TOO_MUCH:
            return ""
        return f"the worker's clock is {in_words(self.of_stripe)} of Stripe's: let NTP set it"


def clocks(now: datetime) -> Clocks:
    """As they were told lately."""
    return clocks_of(Provider.objects.filter(name__in=SAYS), now)


def clocks_of(providers: Iterable[Provider], now: datetime) -> Clocks:
    """The same of rows that were just read."""
    ahead = {
        row.name: timedelta(seconds=row.clock_ahead_seconds)
        for row in providers
        if row.clock_compared_at is not None and row.clock_ahead_seconds is not None
        if row.name in SAYS and row.clock_compared_at > now - SAYS[row.name]
    }
    return Clocks(ahead.get("stripe"), ahead.get("database"))


def trouble(now: datetime) -> str:
    """What is wrong with the clocks and what to do; empty where nothing is, or nothing is known."""
    return clocks(now).trouble


def in_words(found: timedelta) -> str:
    """Such as `7 s ahead`."""
    seconds = int(found.total_seconds())
    return f"{abs(seconds)} s {'ahead' if seconds > 0 else 'behind'}" if seconds else "the same"
