"""When laws want a renewal or the end of a trial to be told of, each with its source and the day it was read.

It knows what stands here and no more: where nothing stands for a country, a law may ask for a notice all the same.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from tideover.core.ahead.kinds import Ahead

MOST_DAYS: Final = 92  # that a window begins before the day
MARGIN: Final = 7  # days by which a notice keeps clear of a window's end: a person may have had their mail of the day


@dataclass(frozen=True, slots=True)
class Before:
    """So long before a day: months by the calendar, then days."""

    months: int = 0
    days: int = 0

    def of(self, day: date) -> date:
        """That day; where the month is too short for it, its last."""
        years, month = divmod(day.year * 12 + day.month - 1 - self.months, 12)
        last = monthrange(years, month + 1)[1]
        return date(years, month + 1, min(day.day, last)) - timedelta(days=self.days)

    def __str__(self) -> str:
        number, unit = (self.months, "month") if self.months else (self.days, "day")
        return f"{number} {unit}" if number == 1 else f"{number} {unit}s"


@dataclass(frozen=True, slots=True)
class Law:
    """When a notice is to be there: from `earliest` to `latest` before the day.

    country, region: where the customer lives, as Stripe writes it; an empty region is the whole country. least_months:
    of a shorter period, or trial, it says nothing. since: in force as it stands here. read_on: when the source said so.
    """

    kind: Ahead
    country: str
    region: str
    least_months: int
    earliest: Before
    latest: Before
    name: str
    since: date
    source: str
    read_on: date

    @property
    def says(self) -> str:
        """The window in words."""
        return f"{self.earliest} to {self.latest} before the day"

    def window(self, on: date) -> tuple[date, date]:
        """The first and the last day for the notice of what happens on this one."""
        return self.earliest.of(on), self.latest.of(on)


LAWS: Final[Sequence[Law]] = (
    # Between three months and one month before the period ends in which the renewal can be refused: taken to be the
    # day of the renewal, as a subscription at Stripe can be cancelled until then.
    Law(
        Ahead.RENEWAL, "FR", "", 2, Before(months=3), Before(months=1),
        "Code de la consommation, article L215-1", date(2022, 8, 18),
        "https://www.doctrine.fr/l/texts/codes/LEGITEXT000006069565/articles/LEGIARTI000032226980",
        date(2026, 11, 29),
    ),
    Law(
        Ahead.RENEWAL, "US", "CA", 12, Before(days=45), Before(days=15),
        "California Business and Professions Code, section 17602", date(2022, 7, 1),
        "https://www.adlawaccess.com/2021/10/articles/california-updates-its-automatic-renewal-law/",
        date(2026, 11, 29),
    ),
    Law(
        Ahead.TRIAL, "US", "CA", 1, Before(days=21), Before(days=3),
        "California Business and Professions Code, section 17602", date(2022, 7, 1),
        "https://www.adlawaccess.com/2021/10/articles/california-updates-its-automatic-renewal-law/",
        date(2026, 11, 29),
    ),
)  # fmt: skip

COUNTRIES: Final = frozenset(law.country for law in LAWS)


def law_for(kind: Ahead, country: str, region: str, months: int) -> Law | None:
    """The law of where somebody lives for a period of so many months; None where none is known here."""
    return next(
        (
            law
            for law in LAWS
            if law.kind == kind
            and law.country == country.upper()
            and law.region in {"", region.upper()}
            and months >= law.least_months
        ),
        None,
    )


def is_outside(law: Law, on: date, days: int) -> bool:
    """Whether a notice so many days ahead is too early or too late for it."""
    first, last = law.window(on)
    return not first <= on - timedelta(days=days) <= last


def moved_into(law: Law, on: date, days: int) -> int:
    """The number of days that is nearest to the chosen one and within the window, clear of its end."""
    first, last = law.window(on)
    most, least = (on - first).days, (on - last).days
    return min(max(days, min(least + MARGIN, most)), most)
