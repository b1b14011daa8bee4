"""Several failed invoices of one customer are one conversation: the oldest speaks for them all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Final

SPEAKS_FOR: Final = timedelta(days=3)  # how long a message speaks for every invoice that it tells of
# How long an invoice leaves the word to an older one: the customer hears of each soon, and again not so soon.
NEW_WAITS: Final = timedelta(days=3)
TOLD_WAITS: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Said:
    """A message of the conversation that has left, about another invoice.

    invoice: its number. older: whether that invoice failed earlier than ours. told: whether ours was told of in it.
    """

    at: datetime
    invoice: str
    older: bool
    told: bool


@dataclass(frozen=True, slots=True)
class ToCome:
    """The next message about an older invoice."""

    at: datetime
    invoice: str


@dataclass(frozen=True, slots=True)
class Joined:
    """Another message says it all: with the number of the invoice that it is about."""

    invoice: str


@dataclass(frozen=True, slots=True)
class Waits:
    """Not before another message, or not so soon after one."""

    until: datetime
    invoice: str


def turn(said: Sequence[Said], to_come: Sequence[ToCome], *, told: bool, now: datetime) -> Joined | Waits | None:
    """Whether a message that is due goes out by itself (None). told: whether the customer has heard of its invoice."""
    spoken = [each for each in said if each.older and each.told and now - each.at < SPEAKS_FOR]
    if spoken:
        return Joined(max(spoken, key=attrgetter("at")).invoice)
    last, following = max(said, key=attrgetter("at"), default=None), min(to_come, key=attrgetter("at"), default=None)
    if told:
        return Joined(following.invoice) if following and following.at <= now + TOLD_WAITS else None
    free = max(now, last.at + SPEAKS_FOR) if last else now
    if following and following.at <= free + NEW_WAITS:
        return Waits(following.at, following.invoice)
    return Waits(free, last.invoice) if last and free > now else None
