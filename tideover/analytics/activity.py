"""What just happened, and what waits for a person: rows of many rooms as one list."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from django.db.models import Value

from tideover.analytics.scope import needs_a_person
from tideover.core.facts import WENT_BACK
from tideover.core.outcomes import FAILED_TRIES
from tideover.core.signals.signs import Who
from tideover.messages.models import Message, MessageEvent
from tideover.recovery.figures.reached import BROUGHT_A_CARD
from tideover.recovery.models import Attempt, Case, LearntFact, Link
from tideover.tenants.at_once import Line, Question, line, lines
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


@dataclass(frozen=True, slots=True)
class Glance:
    """What just happened, newest first; and open cases that wait for a person, the largest of a currency first."""

    happenings: Sequence[Happening]
    attention: Sequence[Case]


def activity(project: Project, limit: int = 20) -> Sequence[Happening]:
    """The newest things that happened in a project, newest first."""
    return glance(project, lines(happened(project, limit)), limit).happenings


def attention(project: Project, limit: int = 6) -> Sequence[Case]:
    """Open cases that wait for a person, the largest amounts of a currency first."""
    return glance(project, lines([waits_for_a_person(project, limit)])).attention


def glance(project: Project, told: Iterable[Line], limit: int = 20) -> Glance:
    """Both, of lines that were asked for together."""
    mine = [each for each in told if each.of in {*Kind, WAITS}]
    cases = Case.objects.filter(
        organization_id=project.organization_id, project=project, pk__in={each.id for each in mine}
    )
    known = {case.pk: case for case in cases.select_related("connection")} if mine else {}
    shown = [
        Happening(Kind(each.of), each.at, known[each.id], each.first, each.second, each.third)
        for each in _latest_return_of_each(mine)
        if each.of in set(Kind) and each.id in known
    ]
    waiting = [known[each.id] for each in mine if each.of == WAITS and each.id in known]
    return Glance(
        sorted(shown, key=lambda happening: happening.at, reverse=True)[:limit],
        sorted(waiting, key=lambda case: (case.currency, -case.amount_due, case.pk)),
    )


def _latest_return_of_each(told: Sequence[Line]) -> Iterable[Line]:
    """What went back of a case is one sum, told once."""
    latest = {each.id: each for each in sorted(told, key=lambda each: each.at) if each.of == Kind.RETURNED}
    return (each for each in told if each.of != Kind.RETURNED or each is latest[each.id])


WAITS: Final = "waits"


def waits_for_a_person(project: Project, limit: int = 6) -> Question:
    """For `lines`: the cases that wait for a person."""
    mine = Case.objects.filter(organization_id=project.organization_id, project=project)
    waiting = mine.filter(needs_a_person(project.organization_id)).order_by("currency", "-amount_due", "pk")
    return line(WAITS, waiting[:limit], "pk", "opened_at")


def happened(project: Project, limit: int = 20) -> Sequence[Question]:
    """For `lines`: what happened, a list for each kind."""
    mine = {"organization_id": project.organization_id}
    cases = Case.objects.filter(**mine, project=project, state=Case.State.RECOVERED, ended_at__isnull=False)
    facts = LearntFact.objects.filter(**mine, case__project=project)
    failed = Attempt.objects.filter(**mine, case__project=project, outcome__in=FAILED_TRIES)
    sent = Message.objects.filter(**mine, project=project, state=Message.State.SENT)
    opened = MessageEvent.objects.filter(**mine, message__project=project, kind=MessageEvent.Kind.OPENED, by=Who.PERSON)
    links = Link.objects.filter(**mine, case__project=project, first_opened_at__isnull=False)
    # Each by itself: many together are found by reading all facts where there are few of them.
    returned = [facts.filter(kind=each, case__amount_returned__gt=0) for each in WENT_BACK]
    cards = [facts.filter(kind=each) for each in BROUGHT_A_CARD]
    return [
        line(Kind.RECOVERED, cases.order_by("-ended_at")[:limit], "pk", "ended_at", "via"),
        *(line(Kind.RETURNED, each.order_by("-learnt_at")[:limit], "case_id", "at", "kind") for each in returned),
        line(Kind.FAILED, failed.order_by("-at")[:limit], "case_id", "at", "code", "by"),
        line(Kind.SENT, sent.order_by("-sent_at")[:limit], "about", "sent_at", "subject", Value(""), "channel"),
        line(Kind.OPENED, opened.order_by("-at")[:limit], "message__about", "at", "message__subject"),
        line(Kind.VISITED, links.order_by("-first_opened_at")[:limit], "case_id", "first_opened_at"),
        *(line(Kind.CARD, each.order_by("-learnt_at")[:limit], "case_id", "at") for each in cards),
    ]
