"""On which days Stripe itself tries again, as far as an account's own failures tell."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from tideover.core.choices import Coexistence
from tideover.core.networks import By
from tideover.core.relay import DEFAULT_DAYS, DEFAULT_END_DAY, typical_days
from tideover.recovery.models import Attempt, Case
from tideover.tenants.models import Project

LOOKED_AT: Final = 25  # failures
ENOUGH: Final = 5
OVER: Final = timedelta(days=DEFAULT_END_DAY + 1)


@dataclass(frozen=True, slots=True)
class Habit:
    """The days after a failure, and from how many failures they are known; 0: by Stripe's default."""

    days: tuple[int, ...]
    failures: int = 0


def stripes_habit(project: Project, now: datetime) -> Habit:
    """Of the latest failures that lasted as long as Stripe goes on, and in which it was let go on."""
    lasted = Case.objects.filter(
        organization_id=project.organization_id, project=project, opened_at__lt=now - OVER,
        state__in=[Case.State.FAILING, Case.State.ABANDONED], ruleset__rules__coexistence=Coexistence.COEXIST,
    )  # fmt: skip
    opened = dict(lasted.order_by("-opened_at").values_list("pk", "opened_at")[:LOOKED_AT])
    tries = defaultdict[UUID, list[int]](list)
    theirs = Attempt.objects.filter(case_id__in=opened, by=By.STRIPE).order_by("at").values_list("case_id", "at")
    for case_id, at in theirs:
        day = round((at - opened[case_id]) / timedelta(days=1))
        if day > 0:
            tries[case_id].append(day)
    if len(opened) < ENOUGH or not tries:
        return Habit(DEFAULT_DAYS)
    return Habit(typical_days(list(tries.values())), len(opened))
