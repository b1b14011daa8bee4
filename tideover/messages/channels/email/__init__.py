"""E-mail: a mail of two bodies, handed to a mail server."""

from __future__ import annotations

from email.message import EmailMessage
from typing import Final

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from tideover.messages.channels.email.compose import compose
from tideover.messages.channels.email.envelope import mail_of, recipient_of, sender_of
from tideover.messages.channels.way import Way
from tideover.messages.keyed import normalized


def deliverable(address: str) -> bool:
    try:
        validate_email(normalized(address))
    except ValidationError:
        return False
    return True


WAY: Final[Way[EmailMessage]] = Way(
    provider="mail",
    provider_label="the mail server",
    compose=compose,
    deliverable=deliverable,
    sender=sender_of,
    recipient=recipient_of,
    content=mail_of,
)
