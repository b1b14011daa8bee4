"""What just happened, and what waits for a person: rows of many rooms as one list."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from django.db.models import QuerySet

from tideover.analytics.queries import BROUGHT_A_CARD
from tideover.analytics.scope import needs_a_person
from tideover.core.facts import WENT_BACK
from tideover.core.networks import By
from tideover.core.outcomes import FAILED_TRIES
from tideover.messages.models import Message, MessageEvent
from tideover.recovery.models import Attempt, Case, LearntFact, Link
from tideover.tenants.models import Project


class Kind(StrEnum):
    """What a line of the activity is about."""

    RECOVERED = "recovered"
    RETURNED = "returned"
    FAILED = "failed"
    SENT = "sent"
    OPENED = "opened"
    VISITED = "visited"
    CARD = "card"


@dataclass(frozen=True, slots=True)
class Happening:
    """One line: what, when, about which case. `detail`: a subject, a decline's code, a way or a kind of fact."""

    kind: Kind
    at: datetime
    case: Case
    detail: str = ""
    by: str = ""
    channel: str = ""  # by which a message was sent


def activity(project: Project, limit: int = 20) -> Sequence[Happening]:
    """The newest things that happened in a project, newest first."""
    found = [happening for source in _SOURCES for happening in source(project, limit)]
    return sorted(found, key=lambda happening: happening.at, reverse=True)[:limit]


def _recovered(project: Project, limit: int) -> Iterable[Happening]:
    cases = _cases(project).filter(state=Case.State.RECOVERED, ended_at__isnull=False).order_by("-ended_at")
    return [Happening(Kind.RECOVERED, case.ended_at, case, case.via) for case in cases[:limit] if case.ended_at]


def _returned(project: Project, limit: int) -> Iterable[Happening]:
    facts = LearntFact.objects.filter(organization_id=project.organization_id, case__project=project)
    facts = facts.filter(kind__in=WENT_BACK, case__amount_returned__gt=0).select_related("case").order_by("-learnt_at")
    latest = {row.case_id: row for row in reversed(facts[:limit])}  # of each case, for what went back is one sum
    return [Happening(Kind.RETURNED, row.at, row.case, row.kind) for row in latest.values()]


def _failed(project: Project, limit: int) -> Iterable[Happening]:
    failed = Attempt.objects.filter(organization_id=project.organization_id, case__project=project)
    failed = failed.filter(outcome__in=FAILED_TRIES).select_related("case").order_by("-at")
    return [Happening(Kind.FAILED, row.at, row.case, row.code, By(row.by)) for row in failed[:limit]]


def _mailed(project: Project, limit: int) -> Iterable[Happening]:
    """What was sent, and what was opened of it."""
    mine = {"organization_id": project.organization_id}
    sent = Message.objects.filter(project=project, state=Message.State.SENT, **mine).order_by("-sent_at")[:limit]
    events = MessageEvent.objects.filter(message__project=project, kind=MessageEvent.Kind.OPENED, **mine)
    opened = [(row.message, row.at) for row in events.select_related("message").order_by("-at")[:limit]]
    left = [(row, row.sent_at) for row in sent if row.sent_at]
    known = _by_id(project, (row.about for row, _ in (*left, *opened)))
    for row, at in left:
        if row.about in known:
            yield Happening(Kind.SENT, at, known[row.about], row.subject, channel=row.channel)
    for row, at in opened:
        if row.about in known:
            yield Happening(Kind.OPENED, at, known[row.about], row.subject)


def _visited(project: Project, limit: int) -> Iterable[Happening]:
    links = Link.objects.filter(organization_id=project.organization_id, case__project=project)
    links = links.filter(first_opened_at__isnull=False).select_related("case").order_by("-first_opened_at")
    return [Happening(Kind.VISITED, row.first_opened_at, row.case) for row in links[:limit] if row.first_opened_at]


def _cards(project: Project, limit: int) -> Iterable[Happening]:
    facts = LearntFact.objects.filter(organization_id=project.organization_id, case__project=project)
    facts = facts.filter(kind__in=BROUGHT_A_CARD).select_related("case").order_by("-learnt_at")
    return [Happening(Kind.CARD, row.at, row.case) for row in facts[:limit]]


_SOURCES: Final[Sequence[Callable[[Project, int], Iterable[Happening]]]] = (
    _recovered,
    _returned,
    _failed,
    _mailed,
    _visited,
    _cards,
)


def _cases(project: Project) -> QuerySet[Case]:
    return Case.objects.filter(organization_id=project.organization_id, project=project)


def _by_id(project: Project, ids: Iterable[UUID]) -> dict[UUID, Case]:
    return {case.pk: case for case in _cases(project).filter(pk__in=set(ids))}


def attention(project: Project, limit: int = 6) -> Sequence[Case]:
    """Open cases that wait for a person, the largest amounts of a currency first."""
    waiting = _cases(project).filter(needs_a_person()).select_related("connection")
    return list(waiting.order_by("currency", "-amount_due", "pk")[:limit])


def attention_count(project: Project) -> int:
    """How many open cases wait for a person, in every currency."""
    return _cases(project).filter(needs_a_person()).count()
