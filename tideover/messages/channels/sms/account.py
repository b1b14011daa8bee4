"""The merchant's account at Twilio: whether there is one, and a message row as what it sends."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from tideover.config import Config, public_address
from tideover.gateways.twilio.client import ANSWER_SECONDS, TWILIO, Account, Text, Twilio
from tideover.messages.models import Message
from tideover.tenants.kept_apart import SmsAccount
from tideover.tenants.models import Project


def twilio(settings: Config, patience: float = ANSWER_SECONDS) -> Twilio:
    """The way to Twilio. patience: seconds in which it is to answer."""
    return Twilio(settings.twilio_api_base or TWILIO, answer_seconds=patience)


def account_of(project: Project) -> SmsAccount | None:
    """The account by which a project sends, if there is one."""
    return _mine(project).first()


def is_ready(project: Project) -> bool:
    """Whether the project sends text messages, asked at this moment."""
    return _mine(project).filter(project__sms_enabled=True).exists()


def _mine(project: Project) -> QuerySet[SmsAccount]:
    return SmsAccount.objects.filter(project=project, organization_id=project.organization_id)


def as_twilio_knows(account: SmsAccount) -> Account:
    """What lets us in. Raises Unreadable."""
    return Account(account.account_sid, account.auth_token)


def sender_of(project: Project) -> str:
    """The number, or the messaging service, that the project's messages come from."""
    return _mine(project).values_list("sender", flat=True).get()


def recipient_of(message: Message) -> str:
    """The number as it is dialled."""
    return message.to_address


def text_of(message: Message, _now: datetime) -> Text:
    """The text to hand over."""
    account = SmsAccount.objects.get(project_id=message.project_id, organization_id=message.organization_id)
    return Text(as_twilio_knows(account), message.text, f"{told_at(account, 'status')}/{message.public_id}")


def told_at(account: SmsAccount, what: str) -> str:
    """Where Twilio tells what became of a message (status), and what was answered (inbound)."""
    return f"{public_address()}/twilio/{account.hook_token}/{what}"
