"""The plan at a glance: a column a day, a lane for charges, messages and people, a mark for each thing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from tideover.core.timing import local_day
from tideover.dashboard.cases.timeline import Entry, Story, Undone

LONGEST: Final = 62  # days; what lies further off stands in the lists below
LANES: Final[Sequence[tuple[str, str, str]]] = (
    ("charge", "Charges", "credit-card"),
    ("message", "Messages", "mail"),
    ("person", "People", "user"),
)


@dataclass(frozen=True, slots=True)
class Mark:
    """One thing on its day. `look` is done, bad, next, later or passed; `lines` is what its card says below."""

    name: str
    lane: str
    at: datetime
    icon: str
    look: str
    title: str
    state: str
    lines: Sequence[str]


@dataclass(frozen=True, slots=True)
class Day:
    """A column; `lanes` holds the marks of each lane, in their order."""

    on: date
    number: int
    past: bool
    today: bool
    lanes: Sequence[Sequence[Mark]]


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole of it; `done`, `passed` and `ahead` count the steps."""

    days: Sequence[Day]
    done: int
    passed: int
    ahead: int

    @property
    def marks(self) -> Sequence[Mark]:
        """Every mark, by its time."""
        return [mark for day in self.days for lane in day.lanes for mark in lane]

    @property
    def steps(self) -> int:
        """How many steps the plan has, or had."""
        return self.done + self.passed + self.ahead


def plan_of(story: Story, opened_at: datetime, now: datetime, zone: ZoneInfo) -> Plan | None:
    """The story's days from the first failure to the last thing known; None where nothing has a day."""
    marks = [*_past(story.past), *_passed(story.undone), *_ahead(story.ahead)]
    if not marks:
        return None
    first = local_day(min(opened_at, *(mark.at for mark in marks)), zone)
    last = local_day(max(now if story.ahead else opened_at, *(mark.at for mark in marks)), zone)
    last = min(max(last, first + timedelta(days=13)), first + timedelta(days=LONGEST - 1))
    return Plan(
        days=_days(marks, first, last, local_day(now, zone), zone),
        done=sum(entry.why is not None for entry in story.past),
        passed=sum(step.lane != "end" for undone in story.undone for step in undone.steps),
        ahead=sum(entry.lane != "end" for entry in story.ahead),
    )


def _days(marks: Iterable[Mark], first: date, last: date, today: date, zone: ZoneInfo) -> Sequence[Day]:
    by_day: dict[tuple[date, str], list[Mark]] = defaultdict(list)
    for mark in sorted(marks, key=lambda each: each.at):
        by_day[local_day(mark.at, zone), mark.lane].append(mark)
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    return [
        Day(day, number, day < today, day == today, [by_day[day, lane] for lane, _, _ in LANES])
        for number, day in enumerate(days)
    ]


def _past(entries: Sequence[Entry]) -> Iterable[Mark]:
    for number, entry in enumerate(entries):
        look = "bad" if entry.word.tone == "bad" else "done"
        yield _mark(f"past-{number}", entry, look, "done", entry.why.sentence if entry.why else "")


def _passed(undone: Sequence[Undone]) -> Iterable[Mark]:
    steps = [(step, each.reason) for each in undone for step in each.steps]
    for number, (step, reason) in enumerate(steps):
        yield _mark(f"passed-{number}", step, "passed", "passed over", f"Not done: {reason}")


def _ahead(entries: Sequence[Entry]) -> Iterable[Mark]:
    for number, entry in enumerate(entries):
        look, state = ("next", "next") if number == 0 else ("later", "to come")
        yield _mark(f"ahead-{number}", entry, look, state, entry.why.sentence if entry.why else "")


def _mark(name: str, entry: Entry, look: str, state: str, why: str) -> Mark:
    lane = "charge" if entry.lane == "end" else entry.lane
    lines = [line for line in (*entry.details, why) if line]
    return Mark(name, lane, entry.at, entry.word.icon, look, entry.title, state, lines)
