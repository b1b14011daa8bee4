"""Periodic jobs with leases: each runs on one worker at a time, and a dead worker's job is taken over."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

import structlog
from django.db.models import Q

from tideover.flow.database_clock import over
from tideover.worker.models import PeriodicJob

log = structlog.get_logger(__name__)


def _always() -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Job:
    """A function to be run about `every` so often; after `lease` a run counts as dead, and the next worker has it.

    wanted: whether there is anything for it, where that costs less than to find out by running it.
    hand: who runs it in a worker; those of one hand wait for each other.
    """

    name: str
    every: timedelta
    run: Callable[[datetime], object]
    lease: timedelta = timedelta(minutes=10)
    wanted: Callable[[], bool] = _always
    hand: str = "timetable"


def run_due(jobs: Sequence[Job], now: Callable[[], datetime]) -> int:
    """Run what is due and free; returns how many ran. `now` is asked again after each, as a job may take minutes."""
    return sum(_run(job, now) for job in jobs)


def _run(job: Job, now: Callable[[], datetime]) -> bool:
    started, token = now(), uuid4()
    if not job.wanted() or not _claimed(job, token, started):
        return False
    failure = ""
    try:
        job.run(started)
    except Exception as broken:  # one broken job must not stop the others; it is told in its row
        failure = f"{type(broken).__name__}: {broken}"[:300]
        log.exception("job.failed", job=job.name)
    mine = PeriodicJob.objects.filter(pk=job.name, lease_token=token)
    mine.update(due_at=started + job.every, lease_until=None, lease_token=None, ran_at=now(), failure=failure)
    return True


def _claimed(job: Job, token: object, now: datetime) -> bool:
    """One conditional update decides who runs it. A job nobody knows yet is due at once.

    So is one that would be due, or free, later than its rhythm allows: a clock was wrong when that was written.
    """
    free = Q(lease_until__isnull=True) | over("lease_until", now, job.lease)
    due = PeriodicJob.objects.filter(free, over("due_at", now, job.every), pk=job.name)
    if not due.exists():
        if PeriodicJob.objects.filter(pk=job.name).exists():
            return False
        PeriodicJob.objects.bulk_create([PeriodicJob(name=job.name, due_at=now)], ignore_conflicts=True)
    return bool(due.update(lease_token=token, lease_until=now + job.lease))
