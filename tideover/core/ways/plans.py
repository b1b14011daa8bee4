"""Payment plans: what may be paid in parts, how a debt is split exactly, and what of it is paid, due or over."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from tideover.core.money import THREE_DECIMAL, Money
from tideover.core.timing import day_after, local_day, on_wall

FEWEST, MOST = 2, 4
HOUR_OF_PARTS: Final = time(9)
# A part that did not come is asked for again so long after each try; then the plan is broken.
AGAIN_AFTER: Final = (timedelta(days=3), timedelta(days=4))

# What a debt must exceed to be paid in parts: about 50 US dollars, in Stripe's minor units, of November 2026. In any
# other currency there is a plan only where the merchant says from which amount on.
LEAST: Final[Mapping[str, int]] = {
    "usd": 5_000, "eur": 4_500, "gbp": 4_000, "chf": 4_500, "cad": 7_000, "aud": 7_500, "nzd": 8_500,
    "sek": 50_000, "nok": 50_000, "dkk": 35_000, "isk": 650_000, "pln": 20_000, "czk": 110_000, "huf": 1_800_000,
    "ron": 22_000, "bgn": 9_000, "ils": 18_000, "zar": 90_000, "aed": 18_500, "sar": 19_000, "qar": 18_500,
    "jpy": 7_500, "krw": 70_000, "twd": 160_000, "hkd": 40_000, "sgd": 6_500, "myr": 21_000, "thb": 170_000,
    "php": 290_000, "inr": 440_000, "idr": 83_000_000, "vnd": 1_300_000, "brl": 28_000, "mxn": 95_000, "clp": 48_000,
    "kwd": 15_500, "bhd": 19_000, "omr": 19_500, "jod": 35_500, "tnd": 150_000,
}  # fmt: skip
# Stripe takes only whole units of these, although its amounts count smaller ones.
# https://docs.stripe.com/currencies#special-cases and #three-decimal, read 2026-11.
_WHOLE: Final[Mapping[str, int]] = {"isk": 100, "ugx": 100, **dict.fromkeys(THREE_DECIMAL, 10)}


@dataclass(frozen=True, slots=True)
class Terms:
    """What a merchant offers. least: by currency, where it is not as in LEAST; a debt must exceed it."""

    enabled: bool = True
    from_day: int = 14
    most: int = MOST
    least: Mapping[str, int] = field(default_factory=dict)

    def least_of(self, currency: str) -> int | None:
        """The amount that a debt in this currency must exceed; None where nobody has said one."""
        return self.least.get(currency, LEAST.get(currency))


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a plan: when it is due, how much it is in minor units, and whether it came."""

    number: int
    due_at: datetime
    amount: int
    paid: bool = False


@dataclass(frozen=True, slots=True)
class Agreed:
    """A plan that stands. number: which of the case's plans it is, from 1."""

    number: int
    parts: tuple[Part, ...]

    def still_open(self, left: int) -> tuple[Part, ...]:
        """The parts that are to come, in order, each with what is to be charged, and together no more than is left.

        What was credited or came by other ways is taken off the last parts: the next one stays what was agreed.
        """
        parts = []
        for part in self.parts:
            if not part.paid and left > 0:
                parts.append(Part(part.number, part.due_at, min(part.amount, left)))
                left -= parts[-1].amount
        return tuple(parts)

    @property
    def begun(self) -> bool:
        """Whether a part of it came: a plan begins with its first."""
        return any(part.paid for part in self.parts)


def may_be_split(owed: Money, terms: Terms) -> bool:
    """Whether a debt is large enough that each part of it is something, and plans are offered at all."""
    least = terms.least_of(owed.currency)
    return terms.enabled and least is not None and owed.minor > least and split(owed, MOST)[-1] > 0


def offered_from(opened_at: datetime, terms: Terms, zone: ZoneInfo) -> datetime:
    """From when on a plan may be chosen for what failed then."""
    return day_after(opened_at, terms.from_day, zone)


def split(owed: Money, parts: int) -> tuple[int, ...]:
    """So many parts that add up to exactly what is owed, in minor units; what cannot be divided is in the first."""
    if not parts >= FEWEST:
        raise ValueError(f"{parts} parts are no plan")
    whole = _WHOLE.get(owed.currency, 1)
    each = owed.minor // parts // whole * whole
    return (owed.minor - each * (parts - 1), *[each] * (parts - 1))


def dates(first: date, parts: int) -> tuple[date, ...]:
    """The first day and the same day of the months after it; of a shorter month the last."""
    return tuple(_months_later(first, months) for months in range(parts))


def _months_later(day: date, months: int) -> date:
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def parts_of(owed: Money, parts: int, now: datetime, zone: ZoneInfo) -> tuple[Part, ...]:
    """The parts of a plan that begins now: the first at once, the others a month apart in the morning."""
    days = dates(local_day(now, zone), parts)
    moments = (now, *(on_wall(day, HOUR_OF_PARTS, zone) for day in days[1:]))
    return tuple(Part(number, *each) for number, each in enumerate(zip(moments, split(owed, parts), strict=True), 1))
