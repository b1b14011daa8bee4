"""E-mail: a mail of two bodies, handed to the merchant's provider or to the mail server of the installation."""

from __future__ import annotations

import re
from typing import Final

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from tideover.core.outcomes import Unsent
from tideover.gateways.mailers.account import Mail
from tideover.messages.accounts import MailAccount
from tideover.messages.channels.email.account import handed_over
from tideover.messages.channels.email.compose import compose
from tideover.messages.channels.email.envelope import recipient_of, sender_of
from tideover.messages.channels.way import Own, Way
from tideover.messages.keyed import normalized

LONGEST_ADDRESS: Final = 254
# RFC 5321 4.1.2 with RFC 6531 3.3: letters of every script, with single dots between; or anything in quotes.
_ATOM: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\x80-\U0010ffff-]+"
LOCAL: Final = re.compile(rf'{_ATOM}(?:\.{_ATOM})*|"(?:[^\x00-\x1f\x7f"\\]|\\[\x20-\x7e])+"')


def deliverable(address: str) -> bool:
    """Whether it is an address. Whether the mail server can write to it, it says itself."""
    local, at, domain = normalized(address).rpartition("@")
    if not (at and address.strip().isprintable() and LOCAL.fullmatch(local)):
        return False
    if len(f"{local}@{domain}".encode()) > LONGEST_ADDRESS:
        return False
    try:
        validate_email(f"anybody@{domain}")
    except ValidationError:
        return False
    return domain.isascii()


WAY: Final[Way[Mail]] = Way(
    provider="mail",
    provider_label="the mail server",
    compose=compose,
    deliverable=deliverable,
    sender=sender_of,
    recipient=recipient_of,
    content=handed_over,
    no_address=Unsent.NO_ADDRESS,
    no_such=Unsent.INVALID_ADDRESS,
    own=Own(MailAccount.objects.all, lambda mail: mail.by.project if mail.by else None),
)
