"""A trial of two texts as it is told: its halves in figures, what can be said of them, and how it ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from math import ceil
from typing import Final
from urllib.parse import urlencode

from tideover.core.catalogue import channel_label, template_label
from tideover.core.measures import part_of
from tideover.core.shares.intervals import Interval
from tideover.core.shares.verdicts import MATTERS, Half, Says, Verdict
from tideover.dashboard.words import Word, language_label
from tideover.messages.models import TextTrial
from tideover.messages.own.rows import Which, which_of
from tideover.messages.own.saying import OURS
from tideover.messages.own.trials import Ended as EndedTrial
from tideover.recovery.figures.trials import Brought, Result, results
from tideover.tenants.models import Project

SAYS: Final[Mapping[Says, Word]] = {
    Says.NOT_YET: Word("Not yet measurable", "", "hourglass"),
    Says.A_IS_BETTER: Word("A is better", "good", "circle-check"),
    Says.B_IS_BETTER: Word("B is better", "good", "circle-check"),
    Says.ALIKE: Word("No difference that matters", "info", "equal"),
}
ENDS: Final[Mapping[str, str]] = {
    "": "Running",
    TextTrial.End.A: "A was kept",
    TextTrial.End.B: "B is used for all",
    TextTrial.End.STOPPED: "Stopped, A was kept",
}
A_DAY: Final = timedelta(days=1)


def version_label(number: int) -> str:
    """A half in a word."""
    return "Ours" if number == OURS else f"Version {number}"


@dataclass(frozen=True, slots=True)
class Line:
    """A half in figures. between: where its share lies."""

    half: Half
    version: int
    brought: Brought
    between: Interval

    @property
    def label(self) -> str:
        return version_label(self.version)

    @property
    def rate(self) -> int | None:
        return part_of(self.brought.paid, self.brought.counted)


@dataclass(frozen=True)
class Told:
    """A trial, what it brought by `now`, and what that says."""

    result: Result
    now: datetime

    @property
    def trial(self) -> TextTrial:
        return self.result.trial

    @cached_property
    def verdict(self) -> Verdict:
        return self.result.verdict()

    @property
    def lines(self) -> Sequence[Line]:
        between = {Half.A: self.verdict.a, Half.B: self.verdict.b}
        return [
            Line(half, self.trial.version_of(half), brought, between[half])
            for half, brought in self.result.halves.items()
        ]

    @property
    def word(self) -> Word:
        return SAYS[self.verdict.says]

    @property
    def sentence(self) -> str:
        """What can be said, with how sure it is."""
        days, apart = f"within {_days(self.trial.within_days)}", self.verdict.difference
        if self.verdict.says == Says.B_IS_BETTER:
            return f"Of those who get B, {_points(apart.low, apart.high)} more in a hundred pay {days}."
        if self.verdict.says == Says.A_IS_BETTER:
            return f"Of those who get B, {_points(-apart.high, -apart.low)} fewer in a hundred pay {days}."
        if self.verdict.says == Says.ALIKE:
            return f"The two differ by less than {MATTERS // 100} in a hundred who pay {days}, either way."
        between = f"between {_either_way(apart.low)} and {_either_way(apart.high)}"
        return f"Of those who get B, {between} in a hundred pay {days}. {self._expected}"

    @property
    def _expected(self) -> str:
        more = self.verdict.more
        if self.trial.ended_at is not None:
            return "It ended before more could be said."
        if more is None:
            return "When more can be said cannot be told yet."
        told = f"If it goes on so, it takes about {more:,} more customers"
        written = sum(half.written for half in self.result.halves.values())
        pace = written / max((self.now - self.trial.began_at) / A_DAY, 1)
        left = ceil(max(more - self.result.waiting, 0) / pace)
        return f"{told}: about {_days(left + self.trial.within_days)} at the pace so far."

    @property
    def name(self) -> str:
        return _name(which_of(self.trial))

    @property
    def query(self) -> str:
        """By which the pages of its text are asked for."""
        return _query(which_of(self.trial))

    @property
    def end(self) -> str:
        """How it ended, and by whom."""
        trial = self.trial
        by = f", by {trial.ended_by}" if trial.ended_by else ", by itself"
        return ENDS[trial.end] + (by if trial.ended_at else "")


@dataclass(frozen=True, slots=True)
class Ended:
    """A trial that has ended by itself, in words. query: by which its page is asked for."""

    name: str
    at: datetime
    end: str
    query: str


def trials_ended(found: Sequence[EndedTrial]) -> Sequence[Ended]:
    """As Home tells of them."""
    return [Ended(_name(each.which), each.at, ENDS[each.how], _query(each.which)) for each in found]


def told(project: Project, trials: Sequence[TextTrial], now: datetime) -> Sequence[Told]:
    """Trials of one project."""
    return [Told(result, now) for result in results(project, trials, now)] if trials else []


def _name(which: Which) -> str:
    return f"{template_label(which.template)}, {channel_label(which.channel)}, {language_label(which.language)}"


def _query(which: Which) -> str:
    return urlencode({"kind": which.template, "channel": which.channel, "language": which.language})


def _days(number: int) -> str:
    return f"{number:,} day{'' if number == 1 else 's'}"


def _points(low: int, high: int) -> str:
    return f"between {low / 100:.1f} and {high / 100:.1f}"


def _either_way(basis_points: int) -> str:
    return f"{abs(basis_points) / 100:.1f} {'fewer' if basis_points < 0 else 'more'}"
