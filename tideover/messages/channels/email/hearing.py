"""What providers tell of mails that they took: noted once, whoever tells it again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from django.db import transaction

from tideover.core.catalogue import Channel
from tideover.gateways.mailers.hooks.hook import Fate, Told
from tideover.ids import private
from tideover.messages.accounts import MailAccount
from tideover.messages.delivery import HANDED_OVER
from tideover.messages.models import Message, MessageEvent, Suppression
from tideover.messages.moved import tell_moved
from tideover.messages.suppression import was_let_back_in
from tideover.messages.tracking import record_bounce, record_complaint, record_delivery, unsubscribe

Kind = MessageEvent.Kind


def _delivered(message: Message, now: datetime, _detail: str) -> None:
    record_delivery(message.pk, now)


def _came_back(message: Message, now: datetime, detail: str) -> None:
    record_bounce(message.pk, now, detail, permanent=False)


def _no_such_mailbox(message: Message, now: datetime, detail: str) -> None:
    record_bounce(message.pk, now, detail, permanent=True)


def _complained(message: Message, now: datetime, detail: str) -> None:
    record_complaint(message.pk, now, detail)


def _unsubscribed(message: Message, now: datetime, _detail: str) -> None:
    unsubscribe(message, now)


HEARD: Final[Mapping[Fate, tuple[Kind, Callable[[Message, datetime, str], None]]]] = {
    Fate.DELIVERED: (Kind.DELIVERED, _delivered),
    Fate.CAME_BACK: (Kind.BOUNCED, _came_back),
    Fate.NO_SUCH_MAILBOX: (Kind.BOUNCED, _no_such_mailbox),
    Fate.COMPLAINED: (Kind.COMPLAINED, _complained),
    Fate.UNSUBSCRIBED: (Kind.UNSUBSCRIBED, _unsubscribed),
}
ENDS: Final = frozenset({Fate.NO_SUCH_MAILBOX, Fate.COMPLAINED, Fate.UNSUBSCRIBED})  # nothing more goes there


def take(account: MailAccount, told: Told, now: datetime) -> None:
    """What became of a mail of the account's project. One whose answer was lost is known to be taken, by this."""
    message_id = private("msg", told.tag)
    if message_id is None:
        return
    mine = Message.objects.filter(
        organization_id=account.organization_id,
        project_id=account.project_id,
        channel=Channel.EMAIL,
        pk=message_id,
        data_started_at__isnull=False,
    )
    with transaction.atomic():
        message = mine.select_for_update(of=("self",), no_key=True).select_related("organization").first()
        if message is None:
            return
        taken = {"state": Message.State.SENT, "sent_at": now, "provider_id": told.provider_id, "reason": ""}
        if mine.filter(HANDED_OVER).update(**taken):
            tell_moved(message.about)
        if not _is_old(message, told.fate):
            kind, note = HEARD[told.fate]
            if not message.events.filter(kind=kind).exists() or told.fate == Fate.NO_SUCH_MAILBOX:
                note(message, now, told.detail)


def _is_old(message: Message, fate: Fate) -> bool:
    """Whether the address is kept out by this already, or was let back in since: what was told before holds no more."""
    if fate not in ENDS or message.data_started_at is None:
        return False
    about = {"organization": message.organization, "address_hash": message.to_hash, "channel": message.channel}
    kept_out = message.events.filter(kind=HEARD[fate][0]).exists() and Suppression.objects.filter(**about).exists()
    since = message.data_started_at
    return kept_out or was_let_back_in(message.organization, message.channel, message.to_hash, since)
