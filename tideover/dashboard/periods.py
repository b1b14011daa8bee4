"""The days an address asks for: the ranges a person may choose, on home and over every list."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

from django.http import QueryDict

from tideover.analytics.period import Period, between, last_days, month_to_date

RANGES: Final[Mapping[str, str]] = {
    "7d": "Last 7 days",
    "30d": "Last 30 days",
    "90d": "Last 90 days",
    "mtd": "Month to date",
}
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
