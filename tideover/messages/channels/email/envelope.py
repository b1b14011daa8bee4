"""A message row as a mail: headers that mail programs and their filters expect, and both bodies."""

from __future__ import annotations

from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime

from django.conf import settings

from tideover.messages.channels.email.mailbox import Mailbox
from tideover.messages.keyed import links_of, normalized
from tideover.messages.models import Message
from tideover.messages.wording import field, name_of
from tideover.tenants.models import Project

LONGEST_NAME = 80


def sender_of(project: Project) -> str:
    """The address the project's messages come from: its own, or the operator's."""
    return project.sender_email or str(settings.CONFIG.mail_from)


def recipient_of(message: Message) -> str:
    """The address as the mail server gets it: the domain in ASCII, whatever its script."""
    local, _, domain = message.to_address.rpartition("@")
    return f"{local}@{normalized(message.to_address).rpartition('@')[2] or domain}"


def mail_of(message: Message, now: datetime) -> EmailMessage:
    """The mail to hand over. Every header is one line; none tells more than the recipient already knows."""
    project = message.project
    sender = sender_of(project)
    mail = EmailMessage()
    mail["From"] = Mailbox.of("From", field(project.brand_name or project.name, LONGEST_NAME) or "", sender)
    mail["To"] = Mailbox.of("To", name_of(message.to_name, LONGEST_NAME) or "", recipient_of(message))
    if project.support_email and project.support_email != sender:
        mail["Reply-To"] = Mailbox.of("Reply-To", "", project.support_email)
    mail["Subject"] = field(message.subject, 200) or ""
    mail["Date"] = format_datetime(now)
    # Stable, so that a copy sent twice by a server in between is seen as one message.
    mail["Message-ID"] = f"<{message.action_id}@{sender.rpartition('@')[2]}>"
    mail["List-Unsubscribe"] = f"<{links_of(message.action_id).unsubscribe_url}>"
    mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"  # RFC 8058
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: vacation responders keep still
    mail["Feedback-ID"] = f"{message.template}:{message.organization_id.hex}:tideover"
    mail.set_content(message.text, cte="quoted-printable")
    mail.add_alternative(message.html, subtype="html", cte="quoted-printable")
    return mail
