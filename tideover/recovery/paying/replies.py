"""A customer answers in words of their own: all their cases wait, and a person reads them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction

from tideover.core.facts import Learnt, fact
from tideover.recovery.intake import learn
from tideover.recovery.known import lock
from tideover.recovery.models import Case
from tideover.recovery.test_clocks.rows import now_by
from tideover.recovery.ways.resting import rest
from tideover.tenants.models import Project

WAITS: Final = timedelta(days=7)  # for an answer; a person may resume the case before
THE_CUSTOMER: Final = "the customer's reply"
LONGEST: Final = 300


def replied(project: Project, about: Iterable[UUID], sid: str, said: str, now: datetime) -> int:
    """Let the open cases among these wait; how many did. The same answer (sid) told again changes nothing."""
    mine = Case.objects.filter(organization_id=project.organization_id, project=project, pk__in=set(about))
    return sum(_waits(case, sid, said, now) for case in mine.filter(state=Case.State.FAILING).order_by("pk"))


def _waits(case: Case, sid: str, said: str, now: datetime) -> bool:
    with transaction.atomic():
        case = lock(case)
        learnt = fact(Learnt.REPLIED, now, sid, **({} if case.project.minimal else {"said": said[:LONGEST]}))
        if case.state != Case.State.FAILING or case.facts.filter(key=learnt.key).exists():
            return False
        rest(case, now + WAITS, THE_CUSTOMER)
        case.attention = Case.Attention.REPLIED
        learn(case, [learnt], now)
    return True


def noted(case: Case, *, until: datetime, by: str, now: datetime) -> list[Case]:
    """A person says that the customer has replied, by whatever way: each open case of theirs waits until then."""
    theirs = Case.objects.filter(connection_id=case.connection_id, state=Case.State.FAILING)
    whose = {"customer_id": case.customer_id} if case.customer_id else {"pk": case.pk}
    return [waits for other in theirs.filter(**whose).order_by("pk") if (waits := _waits_for(other, until, by, now))]


def _waits_for(case: Case, until: datetime, by: str, now: datetime) -> Case | None:
    """The case as it waits; None where it has ended meanwhile."""
    with transaction.atomic():
        case, here = lock(case), now_by(case.clock, now)
        if case.state != Case.State.FAILING:
            return None
        rest(case, until, f"{by}, as {THE_CUSTOMER} waits for an answer")
        learn(case, [fact(Learnt.REPLIED, here, f"{here:%Y%m%dT%H%M%S%f}", by=by)], now)
    return case
