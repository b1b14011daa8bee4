"""When somebody is written to ahead of a payment that their card does not live to see, and why nobody is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from tideover.core.timing import SendingHours, day_after, local_day, next_opening


class Unneeded(StrEnum):
    """Why nobody is written to about a card any more, as a clause."""

    RENEWED = "the card was renewed meanwhile"
    REPLACED = "another payment method is charged by now"
    ENDED = "no subscription is renewed with it any more"
    PAYS = "the card was charged after its end all the same"
    TOLD = "this person was written to about the same card"
    ERASED = "the customer was erased"
    DISCONNECTED = "the account was disconnected"
    ON_A_CLOCK = "the customer is on a test clock, and nobody on one is written to"
    CANCELED = "the subscription was canceled, and does not renew"
    RESTS = "the collection of its payments is paused"
    MOVED = "it happens at another time by now"
    OFTEN = "it is paid more often than once a year, and you have chosen yearly plans alone"
    SUBSCRIBES = "they have a subscription"
    GOES_ON = "the subscription goes on"
    UNPAID = "the subscription was lost to non-payment, and you have chosen those that were canceled alone"
    NOT_CANCELED = "Stripe does not say that the customer canceled it"
    LATE = "its day is past"


class Waits(StrEnum):
    """Why nobody is written to about a card yet, as a clause."""

    OFF = "pre-dunning alerts are off"
    NOTICES_OFF = "notices of this kind are off"
    WINBACK_OFF = "win-back is off"
    NO_WAY = "no way to cancel is known: name the address where customers do, or have the account in act mode"
    LEFT_OUT = "pre-dunning alerts are off for this account"
    MINIMAL = "no names and addresses are kept"
    OPEN = "a failed payment of theirs is open, and its messages speak"
    OBSERVED = "the account is in observe mode, in which no card is taken"
    UNKNOWN = "when it is charged next is not known"
    FREE = "the next invoice asks for nothing"
    UNTOLD = "Stripe tells nothing that can be read of the card, its holder or the subscription"
    SILENT = "this account does not answer at the moment"
    EARLY = "its day or its hour has not come"


@dataclass(frozen=True, slots=True)
class Card:
    """What is known of a card at this moment.

    renewals: when each subscription that charges it is renewed next, None where that is not known. renews: whether
    there still is such a subscription as charged it, by whatever method. paid_since: it was charged after its end.
    """

    ends_on: date | None
    renewals: tuple[datetime | None, ...]
    renews: bool
    paid_since: bool


def not_survived(ends_on: date, renewals: Iterable[datetime | None], now: datetime) -> datetime | None:
    """The first payment to come that is after the card's last day, by UTC, as the zone of its bank is not known."""
    coming = (at for at in renewals if at is not None and at > now)
    return min((at for at in coming if local_day(at, UTC) > ends_on), default=None)


def why_moot(card: Card, ended_on: date) -> Unneeded | None:
    """Why there is nothing to say of the card that was to end on this day; None where there still is."""
    if not card.renewals:
        return Unneeded.REPLACED if card.renews else Unneeded.ENDED
    if card.ends_on is None or card.ends_on > ended_on:
        return Unneeded.RENEWED
    return Unneeded.PAYS if card.paid_since else None


def due_at(payment_at: datetime, days: int, now: datetime, hours: SendingHours, zone: ZoneInfo) -> datetime:
    """The first moment from `day_of_message` on in hours in which a message may reach them."""
    return next_opening(day_of_message(payment_at, days, now, zone), hours, zone)


def first_due_at(payment_at: datetime, days: int, hours: SendingHours, zone: ZoneInfo) -> datetime:
    """When it came due at first, also where that is past."""
    return next_opening(day_after(payment_at, -days, zone), hours, zone)


def day_of_message(payment_at: datetime, days: int, now: datetime, zone: ZoneInfo) -> datetime:
    """So many days before the payment, or now where that is past."""
    return max(now, day_after(payment_at, -days, zone))
