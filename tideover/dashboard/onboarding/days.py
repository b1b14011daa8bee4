"""A rehearsal as a table: a row for each failure, a column for each day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from tideover.core.timing import local_day
from tideover.dashboard.words import family_label
from tideover.recovery.telling.rehearsal import Rehearsal, Rehearsed

DAYS: Final = 29
MOST_ROWS: Final = 50


@dataclass(slots=True)
class Day:
    """What would happen on one day, by its number; refused: by a network. ends: it is given up then."""

    charges: int = 0
    messages: int = 0
    refused: int = 0
    ends: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A failure and its days."""

    rehearsed: Rehearsed
    days: Sequence[Day]

    @property
    def failure(self) -> str:
        """Why it failed, in the merchant's words."""
        return family_label(self.rehearsed.case.family)


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days, the rows of the largest failures, and the sums of all. more: rows that are not drawn."""

    days: Sequence[date]
    rows: Sequence[Row]
    sums: Sequence[Day]
    more: int


def calendar(rehearsal: Rehearsal, zone: ZoneInfo) -> Calendar:
    """From today on, in the project's zone."""
    first = local_day(rehearsal.at, zone)
    days = [first + timedelta(days=number) for number in range(DAYS)]
    sums = defaultdict[date, Day](Day)
    rows = [_row(row, days, sums, zone) for row in rehearsal.rows]
    return Calendar(days, rows[:MOST_ROWS], [sums[day] for day in days], max(0, len(rows) - MOST_ROWS))


def _row(rehearsed: Rehearsed, days: Sequence[date], sums: defaultdict[date, Day], zone: ZoneInfo) -> Row:
    found = defaultdict[date, Day](Day)

    def on(at: datetime) -> tuple[Day, Day]:
        day = local_day(at, zone)
        return found[day], sums[day]

    for step in rehearsed.charges:
        for day in on(step.at):
            day.charges += 1
    for step in rehearsed.messages:
        for day in on(step.at):
            day.messages += 1
    for each in rehearsed.refused:
        for day in on(each.at):
            day.refused += 1
    if rehearsed.gives_up_at:
        on(rehearsed.gives_up_at)[0].ends = True
    return Row(rehearsed, [found[day] for day in days])
