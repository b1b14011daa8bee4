"""Local wall time: zones come in, UTC goes out. Days after a failure, paydays, business days, sending hours."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from tideover.core.calendars.holidays import is_holiday

DAY: Final = timedelta(days=1)
FRIDAY: Final = 4
SATURDAY: Final = 5
LONGEST_REST: Final = 15  # days: more than any festival lasts with the weekends around it
_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class SendingHours:
    """When messages may reach a person: from `opens` to before `closes`, full hours of their own clock."""

    opens: int = 9
    closes: int = 20
    weekends: bool = True
    holidays: bool = True


def on_wall(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """The UTC instant at which clocks in `zone` first show this.

    Where the clocks go back it is the first of the two; where they jump over it, the first instant after the jump.
    """
    wall = datetime.combine(day, clock)
    first = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if first.astimezone(zone).replace(tzinfo=None) == wall:
        return first
    return _jump(wall.replace(tzinfo=zone, fold=1).astimezone(UTC), first, zone)


def _jump(before: datetime, later: datetime, zone: ZoneInfo) -> datetime:
    """The second in (before, later] at which the zone's offset changes."""
    start, low, high = before.replace(microsecond=0), 0, int((later - before).total_seconds()) + 1
    old = start.astimezone(zone).utcoffset()
    while high - low > 1:
        middle = (low + high) // 2
        if (start + timedelta(seconds=middle)).astimezone(zone).utcoffset() == old:
            low = middle
        else:
            high = middle
    return start + timedelta(seconds=high)


def local_day(at: datetime, zone: tzinfo) -> date:
    """The date on a calendar in `zone`."""
    return at.astimezone(zone).date()


def day_after(start: datetime, days: int, zone: ZoneInfo) -> datetime:
    """The same local time of day, `days` dates later. Day 0 is the start itself."""
    if days == 0:
        return start
    local = start.astimezone(zone)
    return on_wall(local.date() + days * DAY, local.time(), zone)


def is_business_day(day: date) -> bool:
    """Monday to Friday. Bank holidays are not known here: a day too early costs a try, not money."""
    return day.weekday() < SATURDAY


def business_days_after(day: date, number: int) -> date:
    """The business day so many business days after this day."""
    for _ in range(number):
        day += DAY
        while not is_business_day(day):
            day += DAY
    return day


def paydays(start: datetime, until: datetime, hour: int, zone: ZoneInfo) -> Iterator[tuple[datetime, str]]:
    """When wages tend to be there: each 1st and 15th, and the next Friday, all after the local date of `start`.

    Yields (UTC instant at `hour` o'clock local, name of the day), in order, up to and with `until`.
    """
    first = local_day(start, zone)
    friday = next(day for day in (first + n * DAY for n in range(1, 8)) if day.weekday() == FRIDAY)
    for day in (first + n * DAY for n in range(1, (local_day(until, zone) - first).days + 1)):
        if day.day not in {1, 15} and day != friday:
            continue
        at = on_wall(day, time(hour), zone)
        if at <= until:
            yield at, {1: "the 1st", 15: "the 15th"}.get(day.day, "Friday")


def is_open(at: datetime, hours: SendingHours, zone: ZoneInfo) -> bool:
    """Whether a message may reach somebody in `zone` at this instant."""
    local = at.astimezone(zone)
    return hours.opens <= local.hour < hours.closes and _may_be(local.date(), hours, zone)


def _may_be(day: date, hours: SendingHours, zone: ZoneInfo) -> bool:
    """Whether a message may go out on this day at all."""
    rests = not hours.holidays and is_holiday(day, zone.key)
    return not rests and (hours.weekends or is_business_day(day))


def next_opening(at: datetime, hours: SendingHours, zone: ZoneInfo) -> datetime:
    """`at` itself where a message may go out then, else the next instant at which one may."""
    if is_open(at, hours, zone):
        return at
    day = local_day(at, zone)
    # A Friday evening waits for Monday, a festival with the weekends around it for its end: that is days, not weeks.
    openings = (on_wall(day + n * DAY, time(hours.opens), zone) for n in range(LONGEST_REST))
    return next(opening for opening in openings if opening > at and is_open(opening, hours, zone))


def spoken_day(at: datetime, zone: ZoneInfo) -> str:
    """The local date in few English words: "Fri 14 Aug"."""
    return spoken_date(local_day(at, zone))


def spoken_date(day: date) -> str:
    """The date in few English words."""
    return f"{_DAYS[day.weekday()]} {day.day} {_MONTHS[day.month - 1]}"


def spoken_time(at: datetime, zone: ZoneInfo) -> str:
    """The local date and time of day: "Fri 14 Aug 09:00"."""
    return f"{spoken_day(at, zone)} {at.astimezone(zone):%H:%M}"


def spoken_span(hours: int) -> str:
    """A number of hours as people say it: "3 hours", "1 day", "7 days"."""
    number, unit = (hours // 24, "day") if hours and hours % 24 == 0 else (hours, "hour")
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"
