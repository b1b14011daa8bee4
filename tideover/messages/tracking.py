"""What happens to a message after it was sent: opened, clicked, bounced, complained about, unsubscribed from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Final
from uuid import UUID

import structlog
from django.db import DatabaseError, transaction
from django.db.models import F

from tideover.core.signals.heard import (
    NOTHING,
    Heard,
    Trace,
    is_fresh,
    opened_by,
    read,
    stored,
    strongest,
    turned,
    with_trace,
)
from tideover.core.signals.signs import AT_ONCE, WHO, Asked, Sign, Who
from tideover.messages import optouts
from tideover.messages.keyed import token_hash
from tideover.messages.models import Message, MessageEvent, Suppression
from tideover.messages.moved import tell_moved
from tideover.messages.optouts import OptOut
from tideover.messages.signals import Told, is_crowd, trace_of
from tideover.messages.suppression import WINBACK, WINS_BACK, suppress_hash

Kind = MessageEvent.Kind
log = structlog.get_logger("messages")


@contextmanager
def only_a_note() -> Iterator[None]:
    """What a database that takes no writes (a full disk) loses of this is no reason to show the customer no page."""
    try:
        with transaction.atomic():
            yield
    except DatabaseError as refused:
        log.warning("note.not_kept", reason=type(refused).__name__)


def record_open(token: str, told: Told, now: datetime) -> None:
    """The picture was asked for. A token nobody has is ignored: the answer to it is the same picture."""
    message_id = Message.objects.filter(open_token=token).values_list("pk", flat=True).first()
    if message_id is not None:
        with only_a_note():
            _hear(message_id, Kind.OPENED, told, now)


def record_click(message_id: UUID, told: Told, now: datetime) -> Who | None:
    """The link of this message was asked for, or a button was pressed on the page behind it; by whom, this time.

    None where there is no such message any more.
    """
    if not Message.objects.filter(pk=message_id).exists():
        return None
    return _hear(message_id, Kind.CLICKED, told, now)


def record_way_out(message: Message, told: Told, now: datetime) -> None:
    """The page on which one unsubscribes was looked at, which changes nothing."""
    with only_a_note():
        _hear(message.pk, Kind.WAY_OUT, told, now)


# Of what both people and machines do: what of the message was asked for.
HEARD: Final[Mapping[Kind, Asked]] = {
    Kind.OPENED: Asked.PICTURE,
    Kind.CLICKED: Asked.LINK,
    Kind.WAY_OUT: Asked.LINK,
}


def _hear(message_id: UUID, kind: Kind, told: Told, now: datetime) -> Who:
    """Note a signal beside what was heard before; who it was, by this signal alone."""
    with transaction.atomic():
        held = Message.objects.select_for_update(of=("self",), no_key=True).select_related("project")
        message = held.defer("html", "text").get(pk=message_id)
        events = {Kind(event.kind): event for event in message.events.filter(kind__in=HEARD)}
        heard = {each: _heard_of(event) for each, event in events.items()}
        crowd = HEARD[kind] == Asked.LINK and is_crowd(told, message, now)
        at_once = _asked_for_at_once(heard, kind, now)
        trace = trace_of(told, HEARD[kind], message, now, at_once=bool(at_once), crowd=crowd)
        changed = {**at_once, kind: with_trace(heard.get(kind, NOTHING), trace)}
        for each, told_now in changed.items():
            blank = MessageEvent(organization_id=message.organization_id, message=message, kind=each)
            as_event(events.get(each, blank), told_now).save()
        marks = marks_of({**heard, **changed})
        if any(getattr(message, name) != mark for name, mark in marks.items()):
            Message.objects.filter(pk=message.pk).update(**marks)
            tell_moved(message.about)
    return WHO[trace.sign]


def _asked_for_at_once(heard: Mapping[Kind, Heard], kind: Kind, now: datetime) -> Mapping[Kind, Heard]:
    """The other links that were asked for at the same moment: whoever did is no person, at the first one either."""
    others = [each for each in heard if each != kind and HEARD[each] == HEARD[kind]]
    return {each: turned(heard[each], now - AT_ONCE) for each in others if is_fresh(heard[each], now - AT_ONCE)}


def _heard_of(event: MessageEvent) -> Heard:
    """Of an earlier version nothing is known but that it was so."""
    return read(event.heard) or {Who.UNKNOWN: Trace(Sign.EARLIER, event.at, event.at, event.count)}


def as_event(event: MessageEvent, heard: Heard) -> MessageEvent:
    """The row with what was heard; something was."""
    by = next(each for each in Who if each in heard)
    event.by, event.at, event.count, event.heard = by, heard[by].at, heard[by].count, stored(heard)
    return event


def marks_of(heard: Mapping[Kind, Heard]) -> dict[str, str]:
    """What the message itself says of who opened it and who followed its link, for lists and figures."""
    opened, clicked = (heard.get(kind, NOTHING) for kind in (Kind.OPENED, Kind.CLICKED))
    return {"opened_by": opened_by(opened, clicked) or "", "clicked_by": strongest(clicked) or ""}


def record_bounce(message_id: UUID, now: datetime, detail: str, *, permanent: bool) -> None:
    """The mail came back. A permanent bounce ends this channel to the address for this merchant."""
    message = Message.objects.select_related("organization").get(pk=message_id)
    with transaction.atomic():
        _record(message, Kind.BOUNCED, now, detail)
        if permanent:
            _suppress(message, Suppression.Reason.BOUNCED, now)


def record_complaint(message_id: UUID, now: datetime, detail: str = "") -> None:
    """The recipient called it spam: as good as an opt-out."""
    message = Message.objects.select_related("organization").get(pk=message_id)
    with transaction.atomic():
        _record(message, Kind.COMPLAINED, now, detail)
        _suppress(message, Suppression.Reason.COMPLAINED, now)


def record_delivery(message_id: UUID, now: datetime) -> None:
    """The network says that it arrived."""
    _record(Message.objects.get(pk=message_id), Kind.DELIVERED, now)


def message_of(unsubscribe: str) -> Message | None:
    """The message an unsubscribe token came with."""
    found = Message.objects.select_related("organization", "project")
    return found.filter(unsubscribe_hash=token_hash(unsubscribe)).first()


def unsubscribe(message: Message, now: datetime, *, from_all: bool = False) -> None:
    """No more by this channel from this merchant to this person; charges are another matter and go on.

    Of a letter that is to win them back no more of those alone, unless it is meant to be `from_all`.
    """
    with transaction.atomic():
        _record(message, Kind.UNSUBSCRIBED, now)
        out_of = _out_of(message, from_all=from_all)
        suppress_hash(message.organization, out_of, message.to_hash, Suppression.Reason.UNSUBSCRIBED, now)


def unsubscribe_later(message: Message, now: datetime, *, from_all: bool = False) -> bool:
    """The same where the database takes nothing: kept beside it, it holds from now on. False where it is not."""
    reason, out_of = Suppression.Reason.UNSUBSCRIBED, _out_of(message, from_all=from_all)
    return optouts.wait(OptOut(str(message.organization_id), message.to_hash, out_of, reason, now.isoformat()))


def _out_of(message: Message, *, from_all: bool) -> str:
    return WINBACK if message.template in WINS_BACK and not from_all else message.channel


def _suppress(message: Message, reason: Suppression.Reason, now: datetime) -> None:
    """No more by the channel this message went by; another channel is another matter."""
    suppress_hash(message.organization, message.channel, message.to_hash, reason, now)


def _record(message: Message, kind: MessageEvent.Kind, now: datetime, detail: str = "") -> None:
    """The first time makes the row, each further time counts on it."""
    _, first = MessageEvent.objects.get_or_create(
        message=message,
        kind=kind,
        defaults={"organization_id": message.organization_id, "at": now, "detail": detail[:300]},
    )
    if not first:
        MessageEvent.objects.filter(message=message, kind=kind).update(count=F("count") + 1)
