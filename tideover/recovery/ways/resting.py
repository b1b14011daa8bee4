"""A case rests: nothing is charged or sent about it until then."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

from tideover.core.timing import on_wall
from tideover.recovery.models import Case

MORNING: Final = time(9)
IN_REACH: Final = (date(2000, 1, 1), date(2200, 1, 1))  # days whose instants exist in every zone


def morning_of(day: date, zone: ZoneInfo) -> datetime | None:
    """When a case goes on that rests until this day; None for a day that is out of reach."""
    return on_wall(day, MORNING, zone) if IN_REACH[0] <= day <= IN_REACH[1] else None


def rest(case: Case, until: datetime, by: str) -> datetime:
    """Let it rest, or for as long as it does already, and say until when. Whoever wanted it last is named."""
    case.paused_until = until = max(filter(None, [case.paused_until, until]))
    case.paused_by = by[:254]
    return until
