"""A customer answers a text message in words of their own: their cases wait, and a person is asked to read them."""

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
        case.paused_until = max(filter(None, [case.paused_until, now + WAITS]))
        case.paused_by = THE_CUSTOMER
        case.attention = Case.Attention.REPLIED
        learn(case, [learnt], now)
    return True
