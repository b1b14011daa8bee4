"""What a merchant sends mail by: one of a few providers, and what lets us in there; and a mail that goes by it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import EmailMessage
from enum import StrEnum
from uuid import UUID


class Provider(StrEnum):
    """Who takes mail, beside the mail server of the installation."""

    RESEND = "resend"
    POSTMARK = "postmark"
    SENDGRID = "sendgrid"
    MAILGUN = "mailgun"
    SES = "ses"
    BREVO = "brevo"
    SMTP = "smtp"  # a mail server of the merchant's own


@dataclass(frozen=True, slots=True)
class Account:
    """A project's own account. options: what its provider asks for beside the secret (`Service.options`)."""

    project: UUID
    provider: Provider
    secret: str = field(repr=False)
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail and by whom it goes; None: by the server of the installation.

    tag: our name for it, which the provider tells back with what became of it; empty where nobody asks.
    """

    letter: EmailMessage
    by: Account | None = None
    tag: str = ""


@dataclass(frozen=True, slots=True)
class Envelope:
    """A mail with the addresses that it goes between."""

    sender: str
    recipient: str
    mail: Mail
