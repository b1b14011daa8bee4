"""What others may know about messages: those of a case with their events, and counts over a period."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from tideover.ids import public
from tideover.messages.models import Message, MessageEvent
from tideover.tenants.models import Organization, Project

Kind = MessageEvent.Kind
State = Message.State


@dataclass(frozen=True, slots=True)
class Happened:
    """An event of a message: its first time, and how often."""

    kind: str
    at: datetime
    count: int
    detail: str


@dataclass(frozen=True, slots=True)
class MessageRead:
    """A message as a page shows it. Show `html` only in a sandboxed frame; its links are removed once it was sent."""

    id: UUID
    public_id: str
    action_id: UUID
    template: str
    tone: str
    locale: str
    to_address: str
    to_name: str
    subject: str
    html: str
    text: str
    state: str
    reason: str
    claimed_at: datetime
    sent_at: datetime | None
    events: tuple[Happened, ...]

    def first(self, kind: str) -> datetime | None:
        """When `kind` (MessageEvent.Kind) happened for the first time."""
        return next((event.at for event in self.events if event.kind == kind), None)


@dataclass(frozen=True, slots=True)
class MessageCounts:
    """Messages sent in a period and what became of these same messages, whenever it happened.

    `opened` counts messages, not openings; programs that load pictures by themselves are in it, those that load none
    are not: it is an indication, `clicked` is a fact.
    """

    sent: int = 0
    opened: int = 0
    clicked: int = 0
    bounced: int = 0
    complained: int = 0
    unsubscribed: int = 0


def messages_about(organization: Organization, about: UUID) -> tuple[MessageRead, ...]:
    """The messages of one case of this merchant, oldest first."""
    rows = Message.objects.filter(organization=organization, about=about).prefetch_related("events")
    return tuple(_read(row) for row in rows.order_by("claimed_at", "id"))


def message_read(organization: Organization, message_id: UUID) -> MessageRead | None:
    """One message, if it is this merchant's."""
    row = Message.objects.filter(organization=organization, pk=message_id).prefetch_related("events").first()
    return _read(row) if row else None


def counts(organization: Organization, start: datetime, end: datetime, project: Project | None = None) -> MessageCounts:
    """Counts over the messages sent in [start, end)."""
    return MessageCounts(**_sent(organization, start, end, project).aggregate(**_figures()))


def counts_by_template(
    organization: Organization, start: datetime, end: datetime, project: Project | None = None
) -> dict[str, MessageCounts]:
    """The same, per template; templates nothing was sent with are missing."""
    rows = _sent(organization, start, end, project).values("template").annotate(**_figures()).order_by("template")
    figures = [field.name for field in fields(MessageCounts)]
    return {row[0]: MessageCounts(*row[1:]) for row in rows.values_list("template", *figures)}


def _sent(organization: Organization, start: datetime, end: datetime, project: Project | None) -> QuerySet[Message]:
    found = Message.objects.filter(organization=organization, state=State.SENT, sent_at__gte=start, sent_at__lt=end)
    return found.filter(project=project) if project else found


def _figures() -> dict[str, Count]:
    """One row per message and kind (message_event_once), so that counting rows counts messages."""
    kinds = {kind.value: Count("events", filter=Q(events__kind=kind)) for kind in Kind}
    return {"sent": Count("pk", distinct=True), **kinds}


def _read(row: Message) -> MessageRead:
    return MessageRead(
        id=row.pk,
        public_id=public("msg", row.pk),
        action_id=row.action_id,
        template=row.template,
        tone=row.tone,
        locale=row.locale,
        to_address=row.to_address,
        to_name=row.to_name,
        subject=row.subject,
        html=row.html,
        text=row.text,
        state=row.state,
        reason=row.reason,
        claimed_at=row.claimed_at,
        sent_at=row.sent_at,
        events=_happened(row.events.all()),
    )


def _happened(events: Iterable[MessageEvent]) -> tuple[Happened, ...]:
    ordered = sorted(events, key=lambda event: (event.at, event.kind))
    return tuple(Happened(event.kind, event.at, event.count, event.detail) for event in ordered)
