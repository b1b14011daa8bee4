"""The cards in the shop and what is wrong with them: why a renewal fails, and what would make it succeed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from typing import Final

from tideover.simulator.account.declines import declined
from tideover.simulator.account.issuer import APPROVED, CHALLENGE, Ask, Verdict
from tideover.simulator.clock.chance import chance
from tideover.simulator.shop.paydays import DAY, HOUR, Purse

ISSUERS: Final = 12
_MASKS: Final = ("generic_decline", "do_not_honor")
_OUTAGES: Final = ("issuer_not_available", "processing_error", "try_again_later")
_INCIDENT: Final = 0.002  # the share of hours in which a bank is out of order
_DOWN_IN_INCIDENT: Final = 0.7  # how often it refuses then
_DOWN_AT_NIGHT: Final = 0.12  # and during its nightly maintenance hour
_HASTE: Final = 20 * HOUR
_VELOCITY_BLOCK: Final = 72 * HOUR
_BLOCKING_CHANCE: Final = 0.25


class Cause(StrEnum):
    """The true reason behind a decline, which the code may hide."""

    NO_FUNDS = "no_funds"
    BLOCKED = "blocked"
    HELD = "held"  # for hours: a limit of the day, a check at the bank
    EXPIRED = "expired"
    DEAD = "dead"
    AUTHENTICATION = "authentication"
    REVOKED = "revoked"
    TECHNICAL = "technical"
    VELOCITY = "velocity"


@dataclass(frozen=True, slots=True)
class Trouble:
    """A card's bank says no from `starts_at` to `ends_at` (unix seconds; None: as long as the card lives)."""

    cause: Cause
    code: str
    starts_at: int
    ends_at: int | None

    def holds(self, at: int) -> bool:
        return self.starts_at <= at and (self.ends_at is None or at < self.ends_at)


@dataclass(slots=True)
class Plastic:
    """A card as its bank knows it. `purse` None: the account behind it is always full."""

    fingerprint: str
    serial: int
    brand: str
    issuer: int
    expires_at: int
    purse: Purse | None
    masked: bool = False  # this bank says "generic decline" where it knows better
    informed: bool = False  # this bank knows when it is worth asking again (Mastercard's advice codes)
    troubles: tuple[Trouble, ...] = ()
    refused_at: int = 0
    blocked_until: int = 0
    hasty: int = 0


def authorize(card: Plastic, ask: Ask) -> tuple[Verdict, Cause | None]:
    """The bank's answer and, when it is a no, the true cause."""
    cause, code = _reason(card, ask)
    if cause is None:
        return APPROVED, None
    if cause is Cause.AUTHENTICATION:
        return CHALLENGE, cause
    _count_refusal(card, ask.at)
    return _worded(card, cause, code, ask.at), cause


def _reason(card: Plastic, ask: Ask) -> tuple[Cause | None, str]:
    down = _down(card.issuer, ask.at // HOUR)
    if down and chance(card.serial, ask.at, 5) < down:
        return Cause.TECHNICAL, _OUTAGES[int(chance(card.issuer, ask.at, 4) * len(_OUTAGES))]
    trouble = next((each for each in card.troubles if each.holds(ask.at)), None)
    if trouble is not None and trouble.cause is Cause.AUTHENTICATION and ask.authenticated:
        card.troubles = tuple(each for each in card.troubles if each.cause is not Cause.AUTHENTICATION)
        trouble = None
    if trouble is not None:
        return trouble.cause, trouble.code
    return _standing(card, ask)


def _standing(card: Plastic, ask: Ask) -> tuple[Cause | None, str]:
    """What is wrong without any special trouble: the date, too many tries, too little money."""
    if ask.at >= card.expires_at:
        return Cause.EXPIRED, "expired_card"
    if ask.at < card.blocked_until:
        return Cause.VELOCITY, "card_velocity_exceeded"
    if card.purse is not None and card.purse.balance(ask.at) < ask.amount:
        return Cause.NO_FUNDS, "insufficient_funds"
    return None, ""


@lru_cache(maxsize=65_536)
def _down(issuer: int, hour: int) -> float:
    """How often the bank refuses in that hour for technical reasons."""
    if chance(issuer, hour, 3) < _INCIDENT:
        return _DOWN_IN_INCIDENT
    return _DOWN_AT_NIGHT if hour % 24 == issuer * 5 % 24 else 0.0


def _count_refusal(card: Plastic, at: int) -> None:
    """Hammering hurts: the third refusal at short intervals may make the bank block the card for three days."""
    card.hasty = card.hasty + 1 if at - card.refused_at < _HASTE else 0
    card.refused_at = at
    if card.hasty >= 2 and chance(card.serial, at, 6) < _BLOCKING_CHANCE:
        card.blocked_until = at + _VELOCITY_BLOCK


def _worded(card: Plastic, cause: Cause, code: str, at: int) -> Verdict:
    hidden = card.masked and cause in (Cause.NO_FUNDS, Cause.DEAD, Cause.EXPIRED)
    verdict = declined(_MASKS[card.serial % 2] if hidden else code)
    if card.brand != "mastercard":
        return verdict
    return replace(verdict, network_advice_code=_merchant_advice(card, cause, at))


_STEPS: Final = ((HOUR, "24"), (DAY, "25"), (2 * DAY, "26"), (4 * DAY, "27"), (6 * DAY, "28"), (8 * DAY, "29"))


def _merchant_advice(card: Plastic, cause: Cause, at: int) -> str:
    """Mastercard's merchant advice code: when the bank is informed, no money means "come back after payday"."""
    if cause is Cause.REVOKED:
        return "21"
    if cause in (Cause.DEAD, Cause.EXPIRED):
        return "01" if card.informed else "03" if cause is Cause.DEAD else "02"
    if cause is Cause.NO_FUNDS and card.informed and card.purse is not None:
        wait = card.purse.calendar.around(at)[1] - at
        return next((code for span, code in _STEPS if wait <= span), "30")
    return "24" if cause is Cause.TECHNICAL else "02"
