"""What happens to a message after it was sent: opened, clicked, bounced, complained about, unsubscribed from."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

import structlog
from django.db import DatabaseError, transaction
from django.db.models import F

from tideover.messages import optouts
from tideover.messages.keyed import token_hash
from tideover.messages.models import Message, MessageEvent, Suppression
from tideover.messages.optouts import OptOut
from tideover.messages.suppression import suppress_hash

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


def record_open(token: str, now: datetime) -> None:
    """The pixel was loaded. A token nobody has is ignored: the answer to it is the same picture."""
    message = Message.objects.filter(open_token=token).first()
    if message is not None:
        with only_a_note():
            _record(message, Kind.OPENED, now)


def record_click(message_id: UUID, now: datetime) -> None:
    """The customer came by the link of this message. Who can click has opened, whatever the pixel says."""
    message = Message.objects.filter(pk=message_id).first()
    if message is not None:
        with only_a_note():
            _record(message, Kind.CLICKED, now)
            MessageEvent.objects.get_or_create(
                message=message,
                kind=Kind.OPENED,
                defaults={"organization_id": message.organization_id, "at": now, "detail": "seen by the click"},
            )


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


def message_of(unsubscribe: str) -> Message | None:
    """The message an unsubscribe token came with."""
    found = Message.objects.select_related("organization", "project")
    return found.filter(unsubscribe_hash=token_hash(unsubscribe)).first()


def unsubscribe(message: Message, now: datetime) -> None:
    """No more by this channel from this merchant to this person; charges are another matter and go on."""
    with transaction.atomic():
        _record(message, Kind.UNSUBSCRIBED, now)
        _suppress(message, Suppression.Reason.UNSUBSCRIBED, now)


def unsubscribe_later(message: Message, now: datetime) -> bool:
    """The same where the database takes nothing: kept beside it, it holds from now on. False where it is not."""
    reason = Suppression.Reason.UNSUBSCRIBED
    told = OptOut(str(message.organization_id), message.to_hash, message.channel, reason, now.isoformat())
    return optouts.wait(told)


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
