"""The figures held against the cases they count: what differs is mended and told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db import transaction

from tideover.flow.alone import alone
from tideover.flow.stripe import never
from tideover.recovery.figures import tallies
from tideover.tenants.models import Project
from tideover.upkeep.invariants import one_snapshot
from tideover.upkeep.models import Walk

log = structlog.get_logger("upkeep")
NAME = "figures of "
AGAIN_AFTER = timedelta(days=1)
MOST_BATCHES = 200  # in one run: it is over within a minute, and the next goes on


@dataclass(frozen=True, slots=True)
class Recounted:
    """What a recount of a project found. counted: cases that were counted otherwise; mended: sums that were wrong."""

    project: Project
    counted: int
    mended: int


def keep(now: datetime, ended: Callable[[], bool] = never) -> None:
    """Count what nobody counted, fold the rows, and hold each project's figures against its cases once a day."""
    for _ in range(MOST_BATCHES):
        if ended() or not tallies.count_waiting():
            break
    while not ended() and tallies.fold_up():
        pass
    for project in _due(now):
        if ended():
            return
        with alone("recount.broke", project=str(project.pk)):
            recount(project, now, ended)


def _due(now: datetime) -> Sequence[Project]:
    lately = Walk.objects.filter(name__startswith=NAME, ended_at__gt=now - AGAIN_AFTER, ended_at__lte=now)
    done = set(lately.values_list("name", flat=True))
    return [project for project in Project.objects.order_by("id") if _name(project) not in done]


def _name(project: Project) -> str:
    return f"{NAME}{project.pk}"


def recount(project: Project, now: datetime, ended: Callable[[], bool] = never) -> Recounted:
    """Case by case in small batches, then all sums at once, which only reads. Where it was ended, it begins anew."""
    counted = _recount_cases(project, ended)
    if ended():
        return Recounted(project, counted, 0)
    mended = _mend(project, now)
    if counted or mended:
        log.warning("figures.mended", project=str(project.pk), cases=counted, sums=mended)
    return Recounted(project, counted, mended)


def _recount_cases(project: Project, ended: Callable[[], bool]) -> int:
    counted, batch = 0, tallies.further(project, None)
    while batch and not ended():
        counted += tallies.recount(batch)
        batch = tallies.further(project, batch[-1])
    return counted


def _mend(project: Project, now: datetime) -> int:
    """A change that comes meanwhile adds its own difference, so this one stays right.

    Two recounts that saw the same would mend it twice: who comes second sees that the other was there, and leaves it.
    """
    seen, _ = Walk.objects.get_or_create(name=_name(project))
    with one_snapshot():
        seen.refresh_from_db()
        wrong = tallies.difference(tallies.as_it_is(project), tallies.as_told(project))
    with transaction.atomic():
        first = Walk.objects.filter(pk=seen.pk, ended_at=seen.ended_at).update(ended_at=now)
        if not first:
            return 0
        tallies.write(wrong)
    return len(wrong)
