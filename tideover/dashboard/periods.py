"""The days an address asks for: the ranges a person may choose, on home and over every list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.http import QueryDict

from tideover.analytics.period import Period, between, last_days, month_to_date

RANGES: Final[Mapping[str, str]] = {
    "7d": "Last 7 days",
    "30d": "Last 30 days",
    "90d": "Last 90 days",
    "mtd": "Month to date",
}
DEFAULT_RANGE: Final = "30d"
CUSTOM: Final = "custom"
ALL_TIME: Final = "all"


def read_period(get: QueryDict, today: date, zone: ZoneInfo, default: str) -> tuple[str, Period | None]:
    """The range's name and its days; no days where the name stands for all time."""
    name = get.get("range", "")
    if name == CUSTOM:
        first, last = _date(get.get("from")), _date(get.get("to"))
        if first and last:
            return CUSTOM, between(first, last, zone)
    name = name if name in RANGES else default
    if name not in RANGES:
        return name, None
    return name, month_to_date(today, zone) if name == "mtd" else last_days(int(name[:-1]), today, zone)


@dataclass(frozen=True, slots=True)
class Days:
    """The days a page of figures is about, as its address says them."""

    range: str
    period: Period

    @property
    def days(self) -> str:
        """The same days as parameters of the list of cases."""
        if self.range != CUSTOM:
            return urlencode({"range": self.range})
        return urlencode({"range": CUSTOM, "from": self.period.first_on, "to": self.period.last_on})

    @property
    def range_label(self) -> str:
        return RANGES.get(self.range, "Custom")

    def neighbour(self, direction: int, today: date) -> Period | None:
        """The period right before (-1) or after (+1) this one; None where it would lie ahead."""
        moved = self.period.moved(direction * self.period.length)
        return moved if moved.first_on <= today else None


def read_days(get: QueryDict, today: date, zone: ZoneInfo) -> Days:
    """The days an address asks for, else those of the default range."""
    name, period = read_period(get, today, zone, DEFAULT_RANGE)
    assert period is not None
    return Days(name, period)


def currency_of(get: QueryDict, currencies: Sequence[str]) -> str:
    """The currency an address asks for, where there are cases in it; else the first."""
    currency = get.get("currency", "")
    return currency if currency in currencies else currencies[0]


def turned_round(get: QueryDict) -> bool:
    """Whether the address names the last day first; its days are shown all the same."""
    first, last = _date(get.get("from")), _date(get.get("to"))
    return get.get("range") == CUSTOM and first is not None and last is not None and first > last


def _date(text: str | None) -> date | None:
    try:
        found = date.fromisoformat(text or "")
    except ValueError:
        return None
    # A year nobody's cases can lie in would leave the calendar once it is moved by a zone or a period.
    return found if date(2000, 1, 1) <= found <= date(2200, 1, 1) else None
