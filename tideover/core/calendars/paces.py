"""When a notice to one of a merchant's people goes out, and of which time it tells."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from tideover.core.timing import DAY, local_day, on_wall

QUARTER: Final = 15  # minutes: several that come together are one mail
SETTLES: Final = timedelta(minutes=2)  # what was learnt in a quarter of an hour is stored by then
MORNING: Final = time(8)
WEEK: Final = 7
LATE: Final = {1: DAY / 2, WEEK: 2 * DAY}  # so long after it was due it is still news


class Pace(StrEnum):
    """How often somebody wants to be told, at most."""

    AT_ONCE = "at-once"
    DAILY = "daily"
    WEEKLY = "weekly"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Span:
    """The time from `since` to before `until`, told of at `due`, and from `late` on no more."""

    since: datetime
    until: datetime
    due: datetime
    late: datetime


def latest(pace: Pace, now: datetime, zone: ZoneInfo) -> Span:
    """The last one whose notice has come due. What happens at once is told of within a quarter of an hour."""
    if pace == Pace.WEEKLY:
        return _last_week(now, zone)
    return _last_day(now, zone) if pace == Pace.DAILY else _last_quarter(now)


def _last_quarter(now: datetime) -> Span:
    settled = now - SETTLES
    until = settled.replace(minute=settled.minute // QUARTER * QUARTER, second=0, microsecond=0)
    return Span(until - timedelta(minutes=QUARTER), until, until + SETTLES, until + DAY)


def _last_day(now: datetime, zone: ZoneInfo) -> Span:
    """Yesterday, from this morning on: until then the day before."""
    day = local_day(now, zone)
    if now < on_wall(day, MORNING, zone):
        day -= DAY
    return _days_before(day, 1, zone)


def _last_week(now: datetime, zone: ZoneInfo) -> Span:
    """From Monday to Sunday, once the next Monday's morning has come."""
    day = local_day(now, zone)
    monday = day - day.weekday() * DAY
    if now < on_wall(monday, MORNING, zone):
        monday -= WEEK * DAY
    return _days_before(monday, WEEK, zone)


def _days_before(day: date, days: int, zone: ZoneInfo) -> Span:
    """So many days before this one, told of in its morning."""
    due = on_wall(day, MORNING, zone)
    return Span(on_wall(day - days * DAY, time.min, zone), on_wall(day, time.min, zone), due, due + LATE[days])
