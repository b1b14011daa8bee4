"""The lines of the list: what was written to whom, the most telling thing that came of it, and when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from tideover.core.catalogue import channel_label, template_label
from tideover.core.signals.heard import read
from tideover.core.signals.signs import Sign, Who
from tideover.dashboard.messages.statuses import WORDS, Kind, Status, word_of
from tideover.dashboard.words import SIGNS, Word, icon_of, name_of, reason_label
from tideover.messages.models import Message, MessageEvent
from tideover.recovery.models import Action, Case
from tideover.recovery.writing import ADDRESSES
from tideover.tenants.models import Project

SOON_AFTER: Final = timedelta(days=7)  # as long as a payment is told of beside the message it followed


@dataclass(frozen=True, slots=True)
class Line:
    """A message, or a step that is to be one or was to be. `message` names its page, where it has one.

    moments: what a person did with it and when. detail: what gave a machine away, or why it was not sent.
    """

    at: datetime
    case: Case | None
    name: str
    to: str
    kind: str
    channel: str
    icon: str  # of its channel
    subject: str
    word: Word
    moments: Sequence[tuple[str, datetime]] = ()
    detail: str = ""
    message: str = ""


def lines_of(project: Project, rows: Sequence[Message | Action]) -> Sequence[Line]:
    """Each row as a line, in their order."""
    messages = [row for row in rows if isinstance(row, Message)]
    mine = {"organization_id": project.organization_id}
    about = [row.about for row in messages]
    cases = Case.objects.filter(**mine, project=project).in_bulk(about) if messages else {}
    events = _events(MessageEvent.objects.filter(**mine, message__in=messages)) if messages else {}
    return [
        _written(row, cases.get(row.about), events.get(row.pk, {})) if isinstance(row, Message) else _step(row)
        for row in rows
    ]


def _events(found: Iterable[MessageEvent]) -> Mapping[UUID, Mapping[str, MessageEvent]]:
    by_message: dict[UUID, dict[str, MessageEvent]] = {}
    for event in found:
        by_message.setdefault(event.message_id, {})[event.kind] = event
    return by_message


def _written(message: Message, case: Case | None, events: Mapping[str, MessageEvent]) -> Line:
    at, word = message.data_started_at or message.created_at, word_of(message, set(events))
    return Line(
        at=at,
        case=case,
        name=message.to_name or (name_of(case) if case else "") or message.to_address,
        to=message.to_address,
        kind=template_label(message.template),
        channel=channel_label(message.channel),
        icon=icon_of(message.channel),
        subject=message.subject,
        word=word,
        moments=_moments(at, events, case),
        detail=_detail(message, events),
        message=message.public_id,
    )


def _moments(at: datetime, events: Mapping[str, MessageEvent], case: Case | None) -> Sequence[tuple[str, datetime]]:
    """What people did, and that the invoice was paid soon after: after it, which is not because of it."""
    did = [("opened", events.get(Kind.OPENED)), ("clicked", events.get(Kind.CLICKED))]
    moments = [(what, event.at) for what, event in did if event is not None and event.by == Who.PERSON]
    paid = paid_soon_after(at, case)
    return [*moments, ("paid", paid)] if paid else moments


def paid_soon_after(at: datetime, case: Case | None) -> datetime | None:
    """When the invoice was paid, where that was soon after this moment."""
    paid = case.ended_at if case and case.state == Case.State.RECOVERED else None
    return paid if paid and at < paid <= at + SOON_AFTER else None


def _detail(message: Message, events: Mapping[str, MessageEvent]) -> str:
    """What a mail server said, or what gave away who it was, where that was no person."""
    said = [event.detail for event in events.values() if event.detail]
    told = [events[kind] for kind in (Kind.CLICKED, Kind.OPENED) if kind in events]
    if said or not told or told[0].by == Who.PERSON:
        return " ".join([*said, reason_label(message.reason)]).strip()
    trace = read(told[0].heard).get(Who(told[0].by))
    return SIGNS[trace.sign if trace else Sign.EARLIER]


def _step(action: Action) -> Line:
    planned = action.state in {Action.State.PLANNED, Action.State.CLAIMED}
    status = Status.QUEUED if planned else Status.BOUNCED if getattr(action, "bounced", False) else Status.UNSENT
    unsent = reason_label(action.reason) or "no reason was given"
    return Line(
        at=action.due_at if planned else action.settled_at or action.due_at,
        case=action.case,
        name=name_of(action.case),
        to=next((of(action.case) for channel, of in ADDRESSES.items() if channel == action.channel), ""),
        kind=_with_others(action),
        channel=channel_label(action.channel),
        icon=icon_of(action.channel),
        subject="",
        word=WORDS[status],
        detail=(f"put off: {action.reason}" if action.reason else "") if planned else unsent,
    )


def _with_others(action: Action) -> str:
    """The name of its kind, and how many more were dropped together with it."""
    name = template_label(action.template)
    others = (getattr(action, "together", None) or 1) - 1
    return f"{name} and {others} after it" if others and action.state != Action.State.DONE else name
