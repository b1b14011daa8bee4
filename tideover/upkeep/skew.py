"""The workers' clocks against Stripe's and the database's: kept by them, for the pages, which ask nobody."""

from __future__ import annotations

from datetime import datetime, timedelta

from tideover.flow.models import Provider
from tideover.gateways import skew

TOO_MUCH = timedelta(seconds=5)
# Catch-up asks Stripe every five minutes. What was found longer ago than this says nothing about the clock today.
HOLDS_FOR = timedelta(hours=1)
# A worker that stands still for its clock says so every few seconds; one that is right again says nothing.
STANDS_STILL_FOR = timedelta(minutes=1)
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


def ahead(now: datetime) -> timedelta | None:
    """By how much the clock is ahead of Stripe's, negative where it is behind; None where that is not known."""
    return _read("stripe", now - HOLDS_FOR)


def idle_workers(now: datetime) -> timedelta | None:
    """By how much the clock of a worker that stands still for it is ahead of the database's; None where none does."""
    return _read("database", now - STANDS_STILL_FOR)


def _read(whose: str, since: datetime) -> timedelta | None:
    recent = Provider.objects.filter(name=whose, clock_compared_at__gt=since)
    seconds = recent.values_list("clock_ahead_seconds", flat=True).first()
    return None if seconds is None else timedelta(seconds=seconds)


def trouble(now: datetime) -> str:
    """What is wrong with the clock and what to do, for an operator; empty where nothing is, or nothing is known."""
    still, found = idle_workers(now), ahead(now)
    if still is not None:
        return f"a worker does nothing, as its clock is {in_words(still)} of the database's: let NTP set it"
    if found is None or abs(found) < TOO_MUCH:
        return ""
    return f"the worker's clock is {in_words(found)} of Stripe's: let NTP set it"


def in_words(found: timedelta) -> str:
    """Such as `7 s ahead`."""
    seconds = int(found.total_seconds())
    return f"{abs(seconds)} s {'ahead' if seconds > 0 else 'behind'}" if seconds else "the same"
