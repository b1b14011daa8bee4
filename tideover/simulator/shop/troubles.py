"""What will go wrong with each card of the shop, drawn once: about one renewal in ten fails for a believable reason."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Final

from tideover.simulator.shop.paydays import DAY, HOUR, Purse, draw_calendar
from tideover.simulator.shop.places import Place
from tideover.simulator.shop.plastic import Cause, Trouble

# The chance of each per renewal; no funds, expiry and outages come from purses, dates and banks instead.
BLOCKED: Final = 0.022
HELD: Final = 0.006
DEAD: Final = 0.010
AUTHENTICATION: Final = 0.005
REVOKED: Final = 0.002

NEVER_CLEARS: Final = 0.8  # the share of issuers' blocks that only another card ends
CLEARS_IN_DAYS: Final = 6
NEWS_AFTER_DAYS: Final = (2, 34)  # from a card's death, or from 20 days before it expires
HELD_FOR_HOURS: Final = (4, 60)  # a limit of the day, a check that somebody at the bank makes
MASKED: Final = 0.18  # the share of banks that hide the reason behind a generic decline
_BLOCK_CODES: Final = {"generic_decline": 52, "do_not_honor": 26, "call_issuer": 6, "service_not_allowed": 5,
                       "transaction_not_allowed": 4, "security_violation": 3}  # fmt: skip
_HOLD_CODES: Final = {"card_velocity_exceeded": 45, "withdrawal_count_limit_exceeded": 30, "try_again_later": 25}
_DEAD_CODES: Final = {"lost_card": 40, "stolen_card": 25, "invalid_account": 25, "pickup_card": 10}
_REVOKED_CODES: Final = {"revocation_of_authorization": 60, "stop_payment_order": 30, "do_not_try_again": 10}


@dataclass(frozen=True, slots=True)
class Replacement:
    """A card's successor that the network's updater tells the merchant of at `at`."""

    at: int


def draw_troubles(dice: Random, renewals: tuple[int, ...], place: Place) -> tuple[Trouble, ...]:
    """At most one trouble per renewal, in time order; nothing follows the card's death or a revoked mandate."""
    troubles: list[Trouble] = []
    for at in renewals:
        trouble = _draw_one(dice, at, place)
        if trouble is not None:
            troubles.append(trouble)
        if trouble is not None and trouble.cause in (Cause.DEAD, Cause.REVOKED):
            break
    return tuple(troubles)


def _draw_one(dice: Random, at: int, place: Place) -> Trouble | None:
    luck = dice.random()
    for share, cause in (
        (DEAD, Cause.DEAD),
        (REVOKED, Cause.REVOKED),
        (AUTHENTICATION * place.challenges, Cause.AUTHENTICATION),
        (BLOCKED, Cause.BLOCKED),
        (HELD, Cause.HELD),
    ):
        if luck < share:
            return _trouble(dice, cause, at)
        luck -= share
    return None


def _trouble(dice: Random, cause: Cause, at: int) -> Trouble:
    if cause is Cause.BLOCKED:
        forever = dice.random() < NEVER_CLEARS
        lasts = int(6 * HOUR + dice.expovariate(1 / CLEARS_IN_DAYS) * DAY)
        return Trouble(cause, _pick(dice, _BLOCK_CODES), at - DAY, None if forever else at + lasts)
    if cause is Cause.HELD:
        return Trouble(cause, _pick(dice, _HOLD_CODES), at - 6 * HOUR, at + int(dice.uniform(*HELD_FOR_HOURS) * HOUR))
    if cause is Cause.DEAD:
        return Trouble(cause, _pick(dice, _DEAD_CODES), at - int(dice.uniform(0.5, 20) * DAY), None)
    if cause is Cause.REVOKED:
        return Trouble(cause, _pick(dice, _REVOKED_CODES), at - DAY, None)
    return Trouble(cause, "authentication_required", at - DAY, None)


def _pick(dice: Random, codes: dict[str, int]) -> str:
    return dice.choices(list(codes), weights=list(codes.values()))[0]


def draw_replacement(dice: Random, lost_at: int, place: Place) -> Replacement | None:
    """Whether and when the updater renews a card that died or expired: for part of them, also after a charge failed."""
    wait = int(dice.uniform(*NEWS_AFTER_DAYS) * DAY)
    return Replacement(lost_at + wait) if dice.random() < place.updater else None


def draw_purse(dice: Random, amount: int, place: Place, utc_offset: int, *, debit: bool) -> Purse:
    """The account behind a card, in minor units of the subscription's currency.

    Most people always have enough. The rest have lean weeks, in which they run short for the last part of each pay
    period, some for most of it; and a hard time (a lost job) can empty anybody's account for weeks.
    """
    calendar = draw_calendar(dice, monthly=not debit or place.monthly_pay, utc_offset=utc_offset)
    short = _short_share(dice, debit=debit)
    # What is left falls with the square of the time to the next payday, so this pay reaches `amount` at `short`.
    pay = amount * 1_000_000 // (short * short)
    poor = short >= _SHORTEST
    return Purse(calendar, pay, 170 if poor else 9, dice.getrandbits(48), lean=430 if poor else 1_000)


_SHORTEST: Final = 120  # from this part of a pay period on, per thousand, somebody is short of money at all


def _short_share(dice: Random, *, debit: bool) -> int:
    """The part of a pay period, per thousand, in which money is short."""
    luck = dice.random()
    deep, slight = (0.060, 0.100) if debit else (0.012, 0.020)
    if luck < deep:
        return dice.randint(500, 920)
    if luck < deep + slight:
        return dice.randint(_SHORTEST, 450)
    return dice.randint(2, 12)
