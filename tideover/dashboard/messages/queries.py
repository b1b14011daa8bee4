"""The messages of a project as a list: what was sent and what came of it, and what was not sent and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Count, Exists, IntegerField, OuterRef, Q, QuerySet, Subquery

from tideover.analytics.period import Period
from tideover.core.catalogue import template_label
from tideover.core.outcomes import UNDONE
from tideover.core.signals.signs import Who
from tideover.core.steps import MESSAGES
from tideover.dashboard.words import Word, name_of, reason_label
from tideover.messages.models import Message, MessageEvent
from tideover.messages.tracking import HEARD
from tideover.recovery.models import Action, Case
from tideover.tenants.models import Project

Kind = MessageEvent.Kind
STATUSES: Final[Mapping[str, Word]] = {
    "sent": Word("Sent", "", "send"),
    "opened": Word("Opened", "info", "mail-open"),
    "clicked": Word("Link followed", "good", "mouse-pointer-click"),
    "bounced": Word("Bounced", "bad", "mail-x"),
    "unsent": Word("Not sent, and why", "warn", "mail-x"),
}
_PERHAPS: Final = Word("Perhaps sent", "warn", "circle-question-mark")
# What machines do as well counts where a person did it.
OF_PEOPLE: Final = ~Q(kind__in=HEARD) | Q(by=Who.PERSON)
# What has left, or may have.
WRITTEN: Final[Mapping[str, Word]] = {
    Message.State.SENT: STATUSES["sent"],
    Message.State.UNKNOWN: _PERHAPS,
    Message.State.DATA_STARTED: _PERHAPS,
}


@dataclass(frozen=True, slots=True)
class Line:
    """A message that left, or one that did not: `reason` then says why."""

    at: datetime
    case: Case | None
    to: str
    kind: str
    subject: str
    word: Word
    reason: str = ""


def messages_of(project: Project) -> QuerySet[Message]:
    """Every message of a project."""
    return Message.objects.filter(organization_id=project.organization_id, project=project)


def steps_of(project: Project) -> QuerySet[Action]:
    """Every step that is or was to be a message."""
    return Action.objects.filter(organization_id=project.organization_id, case__project=project, do__in=MESSAGES)


def written(project: Project, status: str, search: str, period: Period | None) -> QuerySet[Message]:
    """The messages that left, newest first."""
    found = messages_of(project).filter(state__in=list(WRITTEN))
    if status in set(Kind):
        events = MessageEvent.objects.filter(organization_id=project.organization_id, message=OuterRef("pk"))
        found = found.filter(Exists(events.filter(OF_PEOPLE, kind=status)))
    if search:
        found = found.filter(Q(to_address__icontains=search) | Q(to_name__icontains=search))
    if period:
        found = found.filter(created_at__gte=period.start, created_at__lt=period.end)
    return found.defer("html", "text", "keys").order_by("-created_at", "-pk")


def unsent(project: Project, search: str, period: Period | None) -> QuerySet[Action]:
    """The steps that were to be messages and were not sent, newest first."""
    mine = steps_of(project)
    dropped = Q(state__in=[Action.State.DROPPED, Action.State.DEAD])
    found = mine.filter(dropped | Q(state=Action.State.DONE, outcome__in=UNDONE))
    # What ends a case drops all its later messages at once: the first stands for them, with their number.
    together = mine.filter(dropped, case=OuterRef("case"), settled_at=OuterRef("settled_at"))
    earlier = Q(due_at__lt=OuterRef("due_at")) | Q(due_at=OuterRef("due_at"), pk__lt=OuterRef("pk"))
    found = found.filter(~(dropped & Exists(together.filter(earlier))))
    found = found.annotate(together=_count(together))
    if search:
        found = found.filter(Q(case__customer_email__icontains=search) | Q(case__customer_name__icontains=search))
    if period:
        found = found.filter(settled_at__gte=period.start, settled_at__lt=period.end)
    return found.select_related("case").order_by("-settled_at", "-pk")


def _count(rows: QuerySet[Action]) -> Subquery:
    """How many rows, as a column."""
    counted = rows.order_by().values("case").annotate(n=Count("pk")).values("n")
    return Subquery(counted, output_field=IntegerField())


def _with_others(action: Action) -> str:
    """The template's name, and how many more were dropped together with it."""
    name = template_label(action.template)
    others = (getattr(action, "together", None) or 1) - 1
    return f"{name} and {others} after it" if others and action.state != Action.State.DONE else name


def written_lines(project: Project, messages: Sequence[Message]) -> Sequence[Line]:
    """The messages with the farthest thing that happened to each."""
    cases = Case.objects.filter(organization_id=project.organization_id).in_bulk([row.about for row in messages])
    farthest = _farthest(project, messages)
    return [
        Line(
            at=row.sent_at or row.created_at,
            case=cases.get(row.about),
            to=row.to_address,
            kind=template_label(row.template),
            subject=row.subject,
            word=farthest.get(row.pk) or WRITTEN[row.state],
            reason=row.reason,
        )
        for row in messages
    ]


def unsent_lines(actions: Sequence[Action]) -> Sequence[Line]:
    """The steps with the reason why nothing was sent."""
    return [
        Line(
            at=row.settled_at or row.due_at,
            case=row.case,
            to=row.case.customer_email or name_of(row.case),
            kind=_with_others(row),
            subject="",
            word=Word("Not sent", "", "mail-x"),
            reason=reason_label(row.reason),
        )
        for row in actions
    ]


_RANK: Final = (Kind.OPENED, Kind.CLICKED, Kind.UNSUBSCRIBED, Kind.BOUNCED, Kind.COMPLAINED)
_EVENTS: Final[Mapping[str, Word]] = {
    Kind.OPENED: STATUSES["opened"],
    Kind.CLICKED: STATUSES["clicked"],
    Kind.UNSUBSCRIBED: Word("Unsubscribed", "warn", "bell-off"),
    Kind.BOUNCED: STATUSES["bounced"],
    Kind.COMPLAINED: Word("Marked as spam", "bad", "flag"),
}


def _farthest(project: Project, messages: Sequence[Message]) -> Mapping[UUID, Word]:
    mine = MessageEvent.objects.filter(organization_id=project.organization_id, message__in=messages)
    events = mine.filter(OF_PEOPLE, kind__in=_RANK)
    pairs = sorted(events.values_list("message_id", "kind"), key=lambda pair: _RANK.index(Kind(pair[1])))
    return {message_id: _EVENTS[kind] for message_id, kind in pairs}
