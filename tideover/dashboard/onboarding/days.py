"""A rehearsal as a table: a row for each failure, a column for each day, and the sums of all of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from tideover.core.money import Money
from tideover.core.timing import is_business_day, local_day
from tideover.dashboard.words import FORESEEN, failure_label
from tideover.recovery.telling.rehearsal import Rehearsal, Rehearsed, owed

DAYS: Final = 28  # after today
WEEK: Final = 7
MOST_ROWS: Final = 50


@dataclass(frozen=True, slots=True)
class Column:
    """A day as the head of its column has it, and its shade."""

    number: int
    date: date

    @property
    def names_month(self) -> bool:
        return self.number == 0 or self.date.day == 1

    @property
    def look(self) -> str:
        """Weekends are shaded, weeks from today on are ruled off."""
        looks = ("" if self.number % WEEK else "week", "" if is_business_day(self.date) else "weekend")
        return " ".join(filter(None, looks))


@dataclass(slots=True)
class Day:
    """What would happen on one day, or on several. announced, expected: Stripe's own tries. refused: by a network.

    ends: failures that are given up then.
    """

    announced: int = 0
    expected: int = 0
    charges: int = 0
    refused: int = 0
    messages: int = 0
    ends: int = 0

    @property
    def theirs(self) -> int:
        return self.announced + self.expected

    @property
    def said(self) -> str:
        """In words, for whoever does not see the marks; empty where nothing happens."""
        return ", ".join(word for name, word in MARKS.items() if getattr(self, name))


MARKS: Final = {
    "announced": FORESEEN[True],
    "expected": FORESEEN[False],
    "charges": "our charge",
    "refused": "refused by a network",
    "messages": "email",
    "ends": "given up if unpaid",
}


@dataclass(frozen=True, slots=True)
class Row:
    """A failure and its days. first: the day of the first column. day: which day of the failure that is."""

    rehearsed: Rehearsed
    days: Sequence[Day]
    sums: Day
    first: date
    day: int

    @property
    def failure(self) -> str:
        """Why it failed, in the merchant's words."""
        return failure_label(self.rehearsed.case, self.rehearsed.case.family)

    @property
    def cells(self) -> Iterator[tuple[Day, str]]:
        """Each day with the look of its column: past the end of the failure it is hatched."""
        over = False
        for number, day in enumerate(self.days):
            look = Column(number, self.first + timedelta(days=number)).look
            yield day, f"{look}{' ends' if day.ends else ' over' if over else ''}".strip()
            over = over or bool(day.ends)

    @property
    def in_words(self) -> Iterator[str]:
        """The days in sentences, where the table is too narrow to be read."""
        theirs, charges = self._dates("theirs"), self._dates("charges")
        if theirs:
            yield f"Stripe tries {_listed(theirs)}."
        yield f"We charge {_listed(charges)}." if charges else "We charge nothing."
        if messages := self._dates("messages"):
            yield f"{_counted(self.sums.messages, 'email')}, the first {_spoken(messages[0])}."
        yield from (f"Given up {_spoken(day)} if unpaid." for day in self._dates("ends"))

    def _dates(self, name: str) -> list[date]:
        return [self.first + timedelta(days=number) for number, day in enumerate(self.days) if getattr(day, name)]


def _counted(number: int, what: str) -> str:
    """As people count: 1 email, 3 emails."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def _spoken(day: date) -> str:
    return f"{day:%b} {day.day}"


def _listed(days: Sequence[date]) -> str:
    return ", ".join(map(_spoken, days))


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days, the rows of the largest failures, and the sums of all of them: day by day, and in all.

    more: rows that are not drawn. later: steps after these days. refused: rows of which a network refuses something;
    at_stake: what is open of these, by currency.
    """

    columns: Sequence[Column]
    rows: Sequence[Row]
    sums: Sequence[Day]
    total: Day
    more: int
    later: int
    refused: Sequence[Row]
    at_stake: Sequence[Money]

    @property
    def asked_for(self) -> int:
        """How many charges the rules ask for."""
        return self.total.charges + self.total.refused


def calendar(rehearsal: Rehearsal, zone: ZoneInfo) -> Calendar:
    """From today on, in the project's zone."""
    first = local_day(rehearsal.at, zone)
    columns = [Column(number, first + timedelta(days=number)) for number in range(DAYS + 1)]
    rows, later = list[Row](), 0
    for rehearsed in rehearsal.rows:
        found = _days(rehearsed, zone)
        days = [found.pop(column.date, Day()) for column in columns]
        later += sum(day.charges + day.messages for day in found.values())
        since = local_day(rehearsed.case.opened_at, zone)
        rows.append(Row(rehearsed, days, total(days), first, (first - since).days))
    sums = [total(of_a_day) for of_a_day in zip(*(row.days for row in rows), strict=True)]
    refused = [row for row in rows if row.sums.refused]
    more = max(0, len(rows) - MOST_ROWS)
    return Calendar(
        columns, rows[:MOST_ROWS], sums, total(sums), more, later, refused, owed(row.rehearsed for row in refused)
    )


def _days(rehearsed: Rehearsed, zone: ZoneInfo) -> dict[date, Day]:
    """What happens on each day on which something does."""
    found = defaultdict[date, Day](Day)
    for at, name in _marks(rehearsed):
        day = found[local_day(at, zone)]
        setattr(day, name, getattr(day, name) + 1)
    return found


def _marks(rehearsed: Rehearsed) -> Iterator[tuple[datetime, str]]:
    for theirs in rehearsed.foreseen:
        yield theirs.at, "announced" if theirs.announced else "expected"
    yield from ((step.at, "charges") for step in rehearsed.charges)
    yield from ((each.at, "refused") for each in rehearsed.refused)
    yield from ((step.at, "messages") for step in rehearsed.messages)
    if rehearsed.gives_up_at:
        yield rehearsed.gives_up_at, "ends"


def total(days: Iterable[Day]) -> Day:
    """All of them as one."""
    days = list(days)
    return Day(*(sum(getattr(day, each.name) for day in days) for each in fields(Day)))
