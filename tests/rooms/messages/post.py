"""A real mail server on loopback that keeps what it gets and can be told to misbehave; and messages to send."""

# ruff: noqa: N802 - aiosmtpd names its hooks and what they get

from __future__ import annotations

import asyncio
import threading
from asyncio import Server, WriteTransport
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.db import connection, transaction

from tests.core.signals.corpus import CHROME
from tests.full_disk import refusing
from tests.people import Person
from tideover.ids import new_id
from tideover.messages.channels import compose
from tideover.messages.delivery import Letter, claim
from tideover.messages.examples import EXAMPLE
from tideover.messages.keyed import links_of
from tideover.messages.models import Message, MessageEvent

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
BROWSER = {"User-Agent": CHROME}  # of a person


@dataclass
class Catcher:
    """Keeps every message it accepts. The switches say how it fails."""

    mails: list[bytes] = field(default_factory=list)
    connections: int = 0
    refuse_recipient: str = ""
    refuse_data: str = ""
    cut_at_recipient: bool = False
    cut_after_data: bool = False
    silent_after_data: bool = False
    over: threading.Event = field(default_factory=threading.Event)
    port: int = 0

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.cut_at_recipient:
            _cut(server)
        if self.refuse_recipient:
            return self.refuse_recipient
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.refuse_data:
            return self.refuse_data
        self.mails.append(envelope.original_content or b"")
        if self.silent_after_data:
            await asyncio.to_thread(self.over.wait)
        if self.cut_after_data:
            _cut(server)
        return "250 2.0.0 OK: queued as 4XyZ12"

    def last(self) -> EmailMessage:
        return message_from_bytes(self.mails[-1], policy=policy.default)


def _cut(server: SMTP) -> None:
    assert isinstance(server.transport, WriteTransport)
    server.transport.abort()


class AnyPort(Controller):
    """A controller that takes a free port and then knows which."""

    def _trigger_server(self) -> None:
        assert isinstance(self.server, Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


def claimed(person: Person, address: str = "jane@customer.example", now: datetime = NOW, **wording: Any) -> Message:
    """A message of this person's merchant, written down and ready to be delivered."""
    action_id, about = new_id(), wording.pop("about", None) or new_id()
    own = links_of(action_id)
    composed = compose(replace(EXAMPLE, unsubscribe_url=own.unsubscribe_url, open_url=own.open_url, **wording))
    return claim(Letter(action_id, about, person.project, address, "Jane Doe"), composed, now)


@contextmanager
def taking_no_writes() -> Iterator[None]:
    """While it lasts the database takes nothing, as with a full disk."""
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA query_only=ON")
            try:
                yield
            finally:
                cursor.execute("PRAGMA query_only=OFF")
        else:
            with refusing(cursor.execute):
                yield


def sent(person: Person, number: int, address: str = "jane@customer.example", at: datetime = NOW) -> list[Message]:
    """So many messages of a merchant that have left, all at once."""
    example = claimed(person, address)
    left = {"state": "sent", "created_at": at, "data_started_at": at, "sent_at": at}
    Message.objects.filter(pk=example.pk).update(**left)
    fields = {each.name: getattr(example, each.name) for each in Message._meta.fields if each.name != "id"}
    more = [
        Message(**{**fields, **left, "action_id": new, "unsubscribe_hash": str(new), "open_token": str(new)})
        for new in (new_id() for _ in range(number - 1))
    ]
    return [Message.objects.get(pk=example.pk), *Message.objects.bulk_create(more)]


def came_to_harm(messages: Sequence[Message], kind: str = "bounced", at: datetime = NOW) -> None:
    """What is told of each: it came back, or was marked as spam."""
    MessageEvent.objects.bulk_create(
        MessageEvent(organization_id=message.organization_id, message=message, kind=kind, at=at) for message in messages
    )
