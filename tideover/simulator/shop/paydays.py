"""When people are paid and what is left at an instant: the balance that decides "insufficient funds"."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache
from random import Random
from typing import Final

from tideover.simulator.clock.chance import chance

DAY: Final = 86_400
HOUR: Final = 3_600
_EPOCH: Final = date(1970, 1, 1).toordinal()
_THURSDAY: Final = 3  # 1 January 1970
_FRIDAY: Final = 4
_GAP: Final = 11  # days between two irregular deposits, on average
_SPELL: Final = 45  # days that hard, lean and good times last
_PLENTY: Final = 400  # times the pay of lean weeks: the last days before payday are no trouble then


class Rhythm(StrEnum):
    """How often an employer pays (shares: BLS, Current Employment Statistics, March 2013)."""

    WEEKLY = "weekly"
    BIWEEKLY = "biweekly"
    SEMIMONTHLY = "semimonthly"
    MONTHLY = "monthly"
    IRREGULAR = "irregular"


SHARES: Final = {
    Rhythm.WEEKLY: 0.29,
    Rhythm.BIWEEKLY: 0.33,
    Rhythm.SEMIMONTHLY: 0.18,
    Rhythm.MONTHLY: 0.10,
    Rhythm.IRREGULAR: 0.10,
}


@dataclass(frozen=True, slots=True)
class PayCalendar:
    """The days on which money arrives.

    `anchor` is the weekday (weekly, Monday 0), the phase in 14 days (biweekly), 0 for the 1st and 15th or 1 for the
    15th and the last day (semimonthly), the day of the month (monthly), or a seed (irregular).
    """

    rhythm: Rhythm
    anchor: int
    deposit_hour: int
    utc_offset: int

    def around(self, at: int) -> tuple[int, int]:
        """The deposits (Unix seconds) at or before `at`, and after it."""
        shift = self.deposit_hour * HOUR - self.utc_offset
        before, after = self._days_around((at - shift) // DAY)
        return before * DAY + shift, after * DAY + shift

    def _days_around(self, day: int) -> tuple[int, int]:
        if self.rhythm is Rhythm.WEEKLY:
            before = day - (day + _THURSDAY - self.anchor) % 7
            return before, before + 7
        if self.rhythm is Rhythm.BIWEEKLY:
            before = day - (day - self.anchor) % 14
            return before, before + 14
        if self.rhythm is Rhythm.IRREGULAR:
            return _irregular(self.anchor, day)
        return _by_month(self.rhythm, self.anchor, day)


def _irregular(seed: int, day: int) -> tuple[int, int]:
    block = day // _GAP
    days = [n * _GAP + int(chance(seed, n) * _GAP) for n in (block - 1, block, block + 1)]
    later = 1 if day < days[1] else 2
    return days[later - 1], days[later]


@lru_cache(maxsize=65_536)
def _by_month(rhythm: Rhythm, anchor: int, day: int) -> tuple[int, int]:
    on = date.fromordinal(day + _EPOCH)
    months = [(on.year + (on.month + step - 1) // 12, (on.month + step - 1) % 12 + 1) for step in (-1, 0, 1, 2)]
    days = [each for year, month in months for each in _month_days(rhythm, anchor, year, month)]
    later = next(n for n, each in enumerate(days) if each > day)
    return days[later - 1], days[later]


@lru_cache(maxsize=8_192)
def _month_days(rhythm: Rhythm, anchor: int, year: int, month: int) -> tuple[int, ...]:
    last = monthrange(year, month)[1]
    if rhythm is Rhythm.MONTHLY:
        return (_workday(year, month, min(anchor, last)),)
    first, second = (15, last) if anchor else (1, 15)
    return _workday(year, month, first), _workday(year, month, second)


def _workday(year: int, month: int, day: int) -> int:
    """Days since 1970; a payday on a weekend is moved to the Friday before it."""
    number = date(year, month, day).toordinal() - _EPOCH
    weekday = (number + _THURSDAY) % 7
    return number - max(0, weekday - _FRIDAY)


@dataclass(frozen=True, slots=True)
class Purse:
    """What a customer can spend on subscriptions.

    `pay` is what arrives each payday, in minor units of the subscription's currency. Each stretch of weeks is one of
    three: with a chance of `hardship` per thousand nothing is left to spend (a lost job, a long illness), with one of
    `lean` per thousand it is as `pay` says, else there is plenty: nobody is short for ever. Spending is front-loaded.
    """

    calendar: PayCalendar
    pay: int
    hardship: int
    seed: int
    lean: int = 1_000

    def balance(self, at: int) -> int:
        """What is left at the Unix second `at`, in minor units."""
        before, after = self.calendar.around(at)
        left = 1_000 - (at - before) * 1_000 // (after - before)
        return self._income(before) * left * left // 1_000_000

    def _income(self, deposit: int) -> int:
        luck = chance(self.seed, 1, deposit // (_SPELL * DAY)) * 1_000
        if luck < self.hardship:
            return 0
        if luck >= self.hardship + self.lean:
            return self.pay * _PLENTY
        wiggle = 800 + int(chance(self.seed, 2, deposit) * 400)  # overtime, fewer hours
        return self.pay * wiggle // 1_000


def draw_calendar(dice: Random, *, monthly: bool, utc_offset: int) -> PayCalendar:
    """A pay calendar; `monthly` where wages come once a month (most of Europe, Japan) or for a credit line."""
    rhythm = Rhythm.MONTHLY if monthly else dice.choices(list(SHARES), weights=list(SHARES.values()))[0]
    return PayCalendar(rhythm, _draw_anchor(dice, rhythm), dice.randint(0, 9), utc_offset)


def _draw_anchor(dice: Random, rhythm: Rhythm) -> int:
    if rhythm is Rhythm.WEEKLY:
        return dice.choices(range(5), weights=(1, 1, 2, 3, 8))[0]
    if rhythm is Rhythm.BIWEEKLY:
        fridays = (1, 8)  # day 1 of 1970 was a Friday: both alternations of it
        return dice.choice(fridays) if dice.random() < 0.7 else dice.randrange(14)
    if rhythm is Rhythm.SEMIMONTHLY:
        return dice.randrange(2)
    if rhythm is Rhythm.MONTHLY:
        return dice.choice((1, 10, 15, 25, 27, 28, 31))
    return dice.getrandbits(32)
