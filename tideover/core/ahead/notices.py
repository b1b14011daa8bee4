"""When somebody is told that their subscription renews or their trial ends, and why nobody is told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from tideover.core.ahead.kinds import KINDS, Ahead
from tideover.core.ahead.law import Law, is_outside, law_for, moved_into
from tideover.core.ahead.predunning import Unneeded

A_YEAR: Final = 12  # months
A_MONTH: Final = 31  # days of a trial for which a law counts one


@dataclass(frozen=True, slots=True)
class Plan:
    """A subscription at this moment. at: when it renews, or its trial ends. months: from one payment to the next; 0
    where it is paid by other spans, None where that is not known yet.
    """

    status: str
    at: datetime | None
    began_at: datetime
    ends: bool
    rests: bool
    months: int | None

    def lasts(self, kind: Ahead) -> int:
        """How many whole months end on that day: of the trial, or of the period that was paid for."""
        if kind == Ahead.TRIAL:
            return (self.at - self.began_at).days // A_MONTH if self.at else 0
        return self.months or 0


@dataclass(frozen=True, slots=True)
class Wish:
    """What a merchant has chosen for a kind. every: plans that are paid more often than once a year, too."""

    days: int
    by_law: bool
    every: bool


def why_unneeded(kind: Ahead, plan: Plan, at: datetime, wish: Wish) -> Unneeded | None:
    """Why there is nothing to say of what was to happen at this moment; None where there still is."""
    if plan.ends:
        return Unneeded.CANCELED
    if plan.rests:
        return Unneeded.RESTS
    if plan.at != at:
        return Unneeded.MOVED
    if plan.status != KINDS[kind].status:
        return Unneeded.ENDED
    is_often = plan.months is not None and plan.months < A_YEAR
    return Unneeded.OFTEN if kind == Ahead.RENEWAL and is_often and not wish.every else None


@dataclass(frozen=True, slots=True)
class Timing:
    """How many days ahead somebody is to be told, and by the law of where they live; None: none is known."""

    days: int
    law: Law | None

    def is_outside(self, on: date, told_on: date) -> bool:
        """Whether a notice that comes on this day is too early or too late by law, whatever was meant."""
        return self.law is not None and is_outside(self.law, on, (on - told_on).days)


def timing(kind: Ahead, plan: Plan, on: date, lives_in: tuple[str, str], wish: Wish) -> Timing:
    """For somebody of a country and region. `on`: the day of what happens, where they live."""
    law = law_for(kind, *lives_in, plan.lasts(kind))
    return Timing(moved_into(law, on, wish.days) if law and wish.by_law else wish.days, law)
