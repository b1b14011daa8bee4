"""A message row as a mail: headers that mail programs and their filters expect, and both bodies."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from uuid import UUID

from django.conf import settings

from tideover.messages.channels.email.mailbox import Mailbox
from tideover.messages.keyed import links_of, normalized
from tideover.messages.models import Message
from tideover.messages.wording import field, name_of, one_line
from tideover.tenants.models import Project

LONGEST_NAME = 80
LONGEST_SUBJECT = 200


def sender_of(project: Project) -> str:
    """The address the project's messages come from: its own, or the operator's."""
    return project.sender_email or str(settings.CONFIG.mail_from)


def recipient_of(message: Message) -> str:
    """The address as the mail server gets it: the domain in ASCII, whatever its script."""
    return for_server(message.to_address)


def for_server(address: str) -> str:
    """An address with its domain in ASCII."""
    local, _, domain = address.rpartition("@")
    return f"{local}@{normalized(address).rpartition('@')[2] or domain}"


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is written to whom, in clean words. `key` names the mail: the same twice is one mail."""

    key: UUID
    name: str
    address: str
    subject: str
    html: str
    text: str


def mail_of(message: Message, now: datetime) -> EmailMessage:
    """The mail to hand over. Every header is one line; none tells more than the recipient already knows."""
    of_message = message.action_id, message.to_name, message.to_address, message.subject, message.html, message.text
    mail = from_project(message.project, Sheet(*of_message), now)
    add_way_out(mail, links_of(message.action_id).unsubscribe_url)
    mail["Feedback-ID"] = f"{message.template}:{message.organization_id.hex}:tideover"
    return mail


def add_way_out(mail: EmailMessage, url: str) -> None:
    """Let mail programs offer it as a button of theirs."""
    mail["List-Unsubscribe"] = f"<{url}>"
    mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"  # RFC 8058


def from_project(project: Project, sheet: Sheet, now: datetime) -> EmailMessage:
    """A mail of a project, as all of them are."""
    sender = sender_of(project)
    mail = EmailMessage()
    mail["From"] = Mailbox.of("From", field(project.brand_name or project.name, LONGEST_NAME) or "", sender)
    mail["To"] = Mailbox.of("To", name_of(sheet.name, LONGEST_NAME) or "", for_server(sheet.address))
    if project.support_email and project.support_email != sender:
        mail["Reply-To"] = Mailbox.of("Reply-To", "", project.support_email)
    mail["Subject"] = one_line(sheet.subject, LONGEST_SUBJECT)
    mail["Date"] = format_datetime(now)
    # Stable, so that a copy sent twice by a server in between is seen as one message.
    mail["Message-ID"] = f"<{sheet.key}@{sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: vacation responders keep still
    mail.set_content(sheet.text, cte="quoted-printable")
    mail.add_alternative(sheet.html, subtype="html", cte="quoted-printable")
    return mail
