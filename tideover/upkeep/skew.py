"""The worker's clock against Stripe's: kept once a round, for the pages, which ask nobody."""

from __future__ import annotations

from datetime import datetime, timedelta

from tideover.flow.models import Provider
from tideover.gateways import skew

TOO_MUCH = timedelta(seconds=5)
# Catch-up asks Stripe every five minutes. What was found longer ago than this says nothing about the clock today.
HOLDS_FOR = timedelta(hours=1)
MOST_SECONDS = 2**31 - 1  # that the column keeps: 68 years


def keep(now: datetime) -> None:
    """Write down what Stripe's latest answer told, where one has come: at most one write a round."""
    found = skew.take()
    if found is not None:
        ahead_by = max(-MOST_SECONDS, min(int(found.total_seconds()), MOST_SECONDS))
        told = {"clock_ahead_seconds": ahead_by, "clock_compared_at": now}
        Provider.objects.update_or_create(name="stripe", defaults=told)


def ahead(now: datetime) -> timedelta | None:
    """By how much the clock is ahead of Stripe's, negative where it is behind; None where that is not known."""
    recent = Provider.objects.filter(name="stripe", clock_compared_at__gt=now - HOLDS_FOR)
    seconds = recent.values_list("clock_ahead_seconds", flat=True).first()
    return None if seconds is None else timedelta(seconds=seconds)


def trouble(now: datetime) -> str:
    """What is wrong with the clock and what to do, for an operator; empty where nothing is, or nothing is known."""
    found = ahead(now)
    if found is None or abs(found) < TOO_MUCH:
        return ""
    return f"the worker's clock is {in_words(found)} of Stripe's: let NTP set it"


def in_words(found: timedelta) -> str:
    """Such as `7 s ahead`."""
    seconds = int(found.total_seconds())
    return f"{abs(seconds)} s {'ahead' if seconds > 0 else 'behind'}" if seconds else "the same"
