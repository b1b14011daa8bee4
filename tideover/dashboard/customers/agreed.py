"""What was agreed with a customer: until when they keep what they pay for, and the days they promised to pay on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from tideover.core.facts import Learnt
from tideover.core.money import Money
from tideover.core.ways.access import ORDER, Access, Standing
from tideover.dashboard.customers.listing import together
from tideover.dashboard.customers.told import Of
from tideover.recovery.models import Case
from tideover.recovery.ways.accessing import access_by_cases
from tideover.tenants.at_once import Line

# The steps on the way down, as short as they fit below a line.
STEPS: Final = {
    Standing.FULL: "Full",
    Standing.WARNED: "End announced",
    Standing.LIMITED: "Limited",
    Standing.ENDED: "Ended",
}


@dataclass(frozen=True, slots=True)
class Step:
    """One of the four. look: was, on or empty for what may come."""

    label: str
    look: str


@dataclass(frozen=True, slots=True)
class Kept:
    """What they have. days: until its end, for who was told of one; told_at: when the day was promised."""

    access: Access
    steps: Sequence[Step]
    days: int
    told_at: datetime | None


@dataclass(frozen=True, slots=True)
class Promise:
    """A day that stands, and what is charged on it."""

    day: date
    amounts: Sequence[Money]
    cases: Sequence[Case]


@dataclass(frozen=True, slots=True)
class Promises:
    """What they promised. made, kept, broken: how often until now, a day for several invoices once."""

    standing: Sequence[Promise]
    made: int
    kept: int
    broken: int


def kept_of(cases: Sequence[Case], told: Sequence[Line], today: date, now: datetime) -> Kept:
    """By all that failed; `today`: by their own calendar."""
    access = access_by_cases(cases, now)
    place = ORDER.index(access.standing)
    looks = ["was" if number < place else "on" if number == place else "" for number in range(len(ORDER))]
    until = access.until.isoformat() if access.until else ""
    return Kept(
        access=access,
        steps=[Step(STEPS[standing], look) for standing, look in zip(ORDER, looks, strict=True)],
        days=(access.until - today).days if access.until else 0,
        told_at=min((each.at for each in told if each.of == Of.ACCESS and each.first == until), default=None),
    )


def promises_of(cases: Sequence[Case], told: Sequence[Line]) -> Promises:
    """Those that stand, and how earlier ones ended."""
    by_day = defaultdict[date, list[Case]](list)
    for case in cases:
        if case.state == Case.State.FAILING and case.promised_on:
            by_day[case.promised_on].append(case)
    standing = [Promise(day, together(each.owed for each in by_day[day]), by_day[day]) for day in sorted(by_day)]
    days = {(each.first, each.second) for each in told if each.of == Of.PROMISE and not each.third}
    kinds = [kind for kind, _ in days]
    return Promises(
        standing, *(kinds.count(kind) for kind in (Learnt.PROMISED, Learnt.PROMISE_KEPT, Learnt.PROMISE_BROKEN))
    )
