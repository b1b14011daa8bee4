"""Begin with what fails from now on: what is open is closed as not taken up, with that reason in its story."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction

from tideover.core.facts import Learnt, fact
from tideover.flow.alone import alone
from tideover.recovery.intake import Lesson, teach
from tideover.recovery.known import WHOM, known_of
from tideover.recovery.models import Case
from tideover.recovery.test_clocks.rows import now_by
from tideover.tenants import audit
from tideover.tenants.kept_apart import Backlog
from tideover.tenants.models import Project

AT_ONCE: Final = 50  # cases that are closed in one transaction
LEFT: Final = "left what had failed before"  # how the audit log calls it
BECAUSE: Final = "not taken up: the project went live with what fails from then on"


def leave(project: Project, by: str, now: datetime) -> int:
    """Close every open case of a project that is off, and open none any more of what had failed before.

    Returns how many could not be closed. Cut off in the middle, the next call goes on.
    """
    Backlog.objects.filter(connection__project=project, left_at=None).update(left_at=now)
    failing = Case.objects.filter(organization_id=project.organization_id, project=project, state=Case.State.FAILING)
    after, closed = UUID(int=0), 0
    while batch := list(failing.filter(pk__gt=after).order_by("id").values_list("pk", flat=True)[:AT_ONCE]):
        closed += _closed_together(batch, by, now)
        after = batch[-1]
    if closed:
        audit.write(project.organization_id, audit.Deed(by, LEFT, project.slug, after={"cases": closed}), now)
    return failing.count()


def _closed_together(batch: Sequence[UUID], by: str, now: datetime) -> int:
    """In one transaction; one by one where that breaks."""
    with alone("backlog.not_closed", cases=len(batch)):
        return _close(batch, by, now)
    return 0 if len(batch) == 1 else sum(_closed_together([pk], by, now) for pk in batch)


def _close(batch: Sequence[UUID], by: str, now: datetime) -> int:
    ending = fact(Learnt.STOPPED, now, by=by, because=BECAUSE)
    with transaction.atomic():
        rows = Case.objects.filter(pk__in=batch, state=Case.State.FAILING).select_for_update(of=("self",))
        held = known_of(list(rows.select_related(*WHOM).order_by("id")), now)
        lessons = [Lesson(each, [replace(ending, at=now_by(each.case.clock, now))]) for each in held]
        teach(lessons, now)
    return len(held)
