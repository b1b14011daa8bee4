"""When somebody whose subscription has ended is written to, and why nobody is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from tideover.core.ahead.kinds import KINDS, Ahead
from tideover.core.ahead.predunning import Unneeded
from tideover.core.timing import day_after

LATE: Final = 3  # days after its own on which a letter may still go: less than lie between any two of them
ENDED: Final = KINDS[Ahead.WINBACK_1].status


class Left(StrEnum):
    """Why a subscription ended, as Stripe tells it.

    https://docs.stripe.com/api/subscriptions/object#subscription_object-cancellation_details-reason. That a merchant
    who ends one in Stripe's dashboard is told as the first of them, too, is not confirmed.
    """

    ASKED = "cancellation_requested"
    UNPAID = "payment_failed"
    DISPUTED = "payment_disputed"


@dataclass(frozen=True, slots=True)
class Over:
    """A subscription that has ended. why: in Stripe's word; empty where it tells none. back: they have another."""

    status: str
    ended_at: datetime | None
    why: str
    back: bool


def why_unneeded(over: Over, ended_at: datetime, *, unpaid: bool) -> Unneeded | None:
    """Why nobody is asked back after this end; None where they are. unpaid: those lost to non-payment are, too."""
    if over.back:
        return Unneeded.SUBSCRIBES
    if over.status != ENDED or over.ended_at is None:
        return Unneeded.GOES_ON
    if over.ended_at != ended_at:
        return Unneeded.MOVED
    if over.why == Left.UNPAID:
        return None if unpaid else Unneeded.UNPAID
    return None if over.why == Left.ASKED else Unneeded.NOT_CANCELED


def day_of_letter(kind: Ahead, ended_at: datetime, zone: ZoneInfo) -> datetime:
    """The first moment at which it may go: so many dates after the end, at its time of day."""
    return day_after(ended_at, KINDS[kind].after, zone)


def is_late(kind: Ahead, ended_at: datetime, now: datetime, zone: ZoneInfo) -> bool:
    """Whether its day is so far past that it would come too close to the next, or speak of long ago."""
    return now > day_after(ended_at, KINDS[kind].after + LATE, zone)
