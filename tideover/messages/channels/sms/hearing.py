"""What Twilio tells of a text message that it took, and of numbers whose owners want no more of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import Error, transaction

from tideover.core.catalogue import Channel
from tideover.gateways.twilio.told import Fate
from tideover.messages import optouts
from tideover.messages.delivery import HANDED_OVER
from tideover.messages.keyed import address_hash
from tideover.messages.models import Message, Suppression
from tideover.messages.moved import tell_moved
from tideover.messages.optouts import OptOut
from tideover.messages.suppression import suppress
from tideover.messages.tracking import record_bounce, record_delivery, unsubscribe
from tideover.tenants.kept_apart import SmsAccount

Heard = Callable[[Message, datetime, str], None]


def _delivered(message: Message, now: datetime, _detail: str) -> None:
    record_delivery(message.pk, now)


def _came_back(message: Message, now: datetime, detail: str) -> None:
    record_bounce(message.pk, now, detail, permanent=False)


def _no_such_number(message: Message, now: datetime, detail: str) -> None:
    record_bounce(message.pk, now, detail, permanent=True)


def _opted_out(message: Message, now: datetime, _detail: str) -> None:
    unsubscribe(message, now)


HEARD: Final[Mapping[Fate, Heard | None]] = {
    Fate.UNDER_WAY: None,
    Fate.DELIVERED: _delivered,
    Fate.CAME_BACK: _came_back,
    Fate.NO_SUCH_NUMBER: _no_such_number,
    Fate.OPTED_OUT: _opted_out,
}


@dataclass(frozen=True, slots=True)
class Told:
    """What a callback says. sid: how Twilio calls the message."""

    sid: str
    fate: Fate
    detail: str


def take_fate(account: SmsAccount, message_id: UUID, told: Told, now: datetime) -> None:
    """What became of a message of the account's project. One whose answer was lost is known to be taken, by this."""
    mine = Message.objects.filter(
        organization_id=account.organization_id, project_id=account.project_id, channel=Channel.SMS, pk=message_id
    )
    with transaction.atomic():
        message = mine.select_for_update(of=("self",), no_key=True).select_related("organization").first()
        if message is None or (message.provider_id and message.provider_id != told.sid):
            return
        taken = {"state": Message.State.SENT, "sent_at": now, "provider_id": told.sid[:64], "reason": ""}
        if mine.filter(HANDED_OVER).update(**taken):
            tell_moved(message.about)
        heard = HEARD[told.fate]
        if heard is not None:
            heard(message, now, told.detail[:300])


def keep_out(account: SmsAccount, number: str, now: datetime) -> bool:
    """No more text messages of this merchant to this number, from now on; mails are another matter.

    False where it could not be kept anywhere.
    """
    try:
        with transaction.atomic():
            suppress(account.organization, Channel.SMS, number, Suppression.Reason.UNSUBSCRIBED, now)
            last = _last_to(account, number)
            if last is not None:
                unsubscribe(last, now)
    except Error:
        reason = Suppression.Reason.UNSUBSCRIBED
        told = OptOut(str(account.organization_id), address_hash(number), Channel.SMS, reason, now.isoformat())
        return optouts.wait(told)
    return True


def _last_to(account: SmsAccount, number: str) -> Message | None:
    sent = Message.objects.filter(
        organization_id=account.organization_id,
        project_id=account.project_id,
        channel=Channel.SMS,
        to_hash=address_hash(number),
        data_started_at__isnull=False,
    )
    return sent.select_related("organization").order_by("-data_started_at").first()


def about_of(account: SmsAccount, number: str) -> set[UUID]:
    """The cases that the last message to this number told of."""
    last = _last_to(account, number)
    return {last.about, *map(UUID, last.also_about)} if last else set()
