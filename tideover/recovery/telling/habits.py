"""On which days Stripe itself tries again, as far as an account's own failures tell."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Final
from uuid import UUID

from tideover.core.choices import Coexistence
from tideover.core.networks import By
from tideover.core.relay import DEFAULT_DAYS, DEFAULT_END_DAY, typical_days
from tideover.recovery.models import Attempt, Case
from tideover.tenants.at_once import Line, Question, line, lines
from tideover.tenants.models import Project

LOOKED_AT: Final = 25  # failures
ENOUGH: Final = 5
TRIES: Final = "stripe's tries"
OVER: Final = timedelta(days=DEFAULT_END_DAY + 1)


@dataclass(frozen=True, slots=True)
class Habit:
    """The days after a failure, and from how many failures they are known; 0: by Stripe's default."""

    days: tuple[int, ...]
    failures: int = 0


def stripes_habit(project: Project, now: datetime) -> Habit:
    """Of the latest failures that lasted as long as Stripe goes on, and in which it was let go on."""
    return habit(lines([asked(project, now)]))


def asked(project: Project, now: datetime) -> Question:
    """Stripe's tries of these failures, for `lines`."""
    lasted = Case.objects.filter(
        organization_id=project.organization_id, project=project, clock=None, opened_at__lt=now - OVER,
        state__in=[Case.State.FAILING, Case.State.ABANDONED], ruleset__rules__coexistence=Coexistence.COEXIST,
    )  # fmt: skip
    latest = lasted.order_by("-opened_at").values("pk")[:LOOKED_AT]
    theirs = Attempt.objects.filter(case_id__in=latest, by=By.STRIPE)
    return line(TRIES, theirs, "case_id", "at", then="case__opened_at")


def habit(told: Sequence[Line]) -> Habit:
    """What the tries tell; Stripe's default, where they are too few."""
    failures = defaultdict[UUID, list[int]](list)
    for each in sorted(told, key=attrgetter("at")):
        if each.of == TRIES and each.then is not None:
            failures[each.id].append(round((each.at - each.then) / timedelta(days=1)))
    again = [[day for day in days if day > 0] for days in failures.values()]
    if len(failures) < ENOUGH or not any(again):
        return Habit(DEFAULT_DAYS)
    return Habit(typical_days([days for days in again if days]), len(failures))
