"""A span of whole local days, the span it is compared with, and the buckets a chart divides it into."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from tideover.core.timing import on_wall

WEEK = 7
LONGEST = 731


class Comparison(StrEnum):
    """What a period is held against."""

    PREVIOUS = "previous"  # the days before it, moved so that weekdays match: payments follow the week
    EXACT = "exact"  # the days right before it
    NONE = "none"


class Grain(StrEnum):
    """How wide a bucket of a chart is."""

    DAY = "day"
    WEEK = "week"


@dataclass(frozen=True, slots=True)
class Period:
    """The days from `first_on` to `last_on`, both included, in `zone`."""

    first_on: date
    last_on: date
    zone: ZoneInfo

    @property
    def start(self) -> datetime:
        """The instant the first day begins, in UTC."""
        return on_wall(self.first_on, time.min, self.zone)

    @property
    def end(self) -> datetime:
        """The instant after the last day, in UTC: the period is half open."""
        return on_wall(self.last_on + timedelta(days=1), time.min, self.zone)

    @property
    def length(self) -> int:
        """How many days."""
        return (self.last_on - self.first_on).days + 1

    def days(self) -> tuple[date, ...]:
        """Every day, in order."""
        return tuple(self.first_on + timedelta(days=n) for n in range(self.length))

    def moved(self, days: int) -> Period:
        """The same length, `days` later (earlier where negative)."""
        step = timedelta(days=days)
        return replace(self, first_on=self.first_on + step, last_on=self.last_on + step)

    def before(self, comparison: Comparison) -> Period | None:
        """What it is compared with; None for no comparison. Never overlaps the period itself."""
        if comparison == Comparison.NONE:
            return None
        length = self.length
        whole_weeks = -(-length // WEEK) * WEEK
        return self.moved(-(length if comparison == Comparison.EXACT else whole_weeks))

    def buckets(self, grain: Grain) -> tuple[tuple[date, ...], ...]:
        """The days in groups: single days, or weeks from Monday on of which the outer two may be cut."""
        if grain == Grain.DAY:
            return tuple((day,) for day in self.days())
        weeks: dict[date, list[date]] = {}
        for day in self.days():
            weeks.setdefault(day - timedelta(days=day.weekday()), []).append(day)
        return tuple(tuple(days) for days in weeks.values())


def last_days(count: int, today: date, zone: ZoneInfo) -> Period:
    """The `count` days that end today."""
    return Period(today - timedelta(days=count - 1), today, zone)


def month_to_date(today: date, zone: ZoneInfo) -> Period:
    """From the first of the month to today."""
    return Period(today.replace(day=1), today, zone)


def between(first_on: date, last_on: date, zone: ZoneInfo) -> Period:
    """Two days in either order; a span over two years is cut at its old end."""
    first_on, last_on = sorted((first_on, last_on))
    return Period(max(first_on, last_on - timedelta(days=LONGEST - 1)), last_on, zone)
