"""What can have become of a message: the filters of the list, the badges of its lines, and which rows each is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from django.db.models import Q

from tideover.core.signals.signs import Who
from tideover.dashboard.words import Word
from tideover.messages.models import Message, MessageEvent
from tideover.tenants.models import Project

Kind = MessageEvent.Kind


class Status(StrEnum):
    """What one can ask for. Opened and clicked by a machine: by no person as far as anybody knows."""

    QUEUED = "queued"
    SENT = "sent"
    DELIVERED = "delivered"
    OPENED = "opened"
    OPENED_UNKNOWN = "opened-unknown"
    OPENED_MACHINE = "opened-machine"
    CLICKED = "clicked"
    CLICKED_UNKNOWN = "clicked-unknown"
    CLICKED_MACHINE = "clicked-machine"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    UNSUBSCRIBED = "unsubscribed"
    UNSENT = "unsent"


WORDS: Final[Mapping[Status, Word]] = {
    Status.QUEUED: Word("Still to go", "", "clock"),
    Status.SENT: Word("Sent", "", "send"),
    Status.DELIVERED: Word("Delivered", "", "check"),
    Status.OPENED: Word("Opened by a person", "info", "mail-open"),
    Status.OPENED_UNKNOWN: Word("Opened, unknown by whom", "", "mail-open"),
    Status.OPENED_MACHINE: Word("Opened by a machine", "", "bot"),
    Status.CLICKED: Word("Clicked by a person", "good", "mouse-pointer-click"),
    Status.CLICKED_UNKNOWN: Word("Clicked, unknown by whom", "", "mouse-pointer-click"),
    Status.CLICKED_MACHINE: Word("Clicked by a machine", "", "bot"),
    Status.BOUNCED: Word("Bounced", "bad", "mail-x"),
    Status.COMPLAINED: Word("Marked as spam", "bad", "flag"),
    Status.UNSUBSCRIBED: Word("Unsubscribed", "warn", "bell-off"),
    Status.UNSENT: Word("Not sent", "", "ban"),
}
PREVIEW: Final = Word("In the preview inbox", "info", "flask-conical")  # and sent to nobody
PERHAPS: Final = Word("Perhaps sent", "warn", "circle-question-mark")  # nobody answered


@dataclass(frozen=True, slots=True)
class Heard:
    """Of which column of the message a status is, and by whom."""

    column: str
    who: Who


HEARD: Final[Mapping[Status, Heard]] = {
    Status.CLICKED: Heard("clicked_by", Who.PERSON),
    Status.OPENED: Heard("opened_by", Who.PERSON),
    Status.CLICKED_UNKNOWN: Heard("clicked_by", Who.UNKNOWN),
    Status.OPENED_UNKNOWN: Heard("opened_by", Who.UNKNOWN),
    Status.CLICKED_MACHINE: Heard("clicked_by", Who.MACHINE),
    Status.OPENED_MACHINE: Heard("opened_by", Who.MACHINE),
}
EVENTS: Final[Mapping[Status, Kind]] = {
    Status.COMPLAINED: Kind.COMPLAINED,
    Status.UNSUBSCRIBED: Kind.UNSUBSCRIBED,
    Status.BOUNCED: Kind.BOUNCED,
}
# Steps that are none of the messages that left.
OF_STEPS: Final = frozenset({Status.QUEUED, Status.UNSENT})


def messages_that(status: Status | None, project: Project) -> Q:
    """Which of the messages that left are meant by a status; without one all."""
    if status is None:
        return Q()
    if status in HEARD:
        return Q(**{HEARD[status].column: HEARD[status].who})
    if status in EVENTS:
        return _with(EVENTS[status], project)
    if status in OF_STEPS:
        return Q(pk__in=[])
    return Q(state=Message.State.SENT) & ~_with(Kind.BOUNCED, project) if status == Status.DELIVERED else Q()


def _with(kind: Kind, project: Project) -> Q:
    events = MessageEvent.objects.filter(organization_id=project.organization_id, kind=kind)
    return Q(pk__in=events.values("message"))


def word_of(message: Message, kinds: set[str]) -> Word:
    """The most telling thing that is known of a message. kinds: of its events."""
    for status, kind in EVENTS.items():
        if kind in kinds:
            return WORDS[status]
    for status, heard in HEARD.items():
        if getattr(message, heard.column) == heard.who:
            return WORDS[status]
    if message.state == Message.State.PREVIEWED:
        return PREVIEW
    if Kind.DELIVERED in kinds:
        return WORDS[Status.DELIVERED]
    return WORDS[Status.SENT] if message.state == Message.State.SENT else PERHAPS
