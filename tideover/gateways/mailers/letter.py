"""A mail taken apart, for providers that want its parts and write its headers themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr
from typing import Final

from tideover.gateways.mailers.account import Envelope

# What every provider writes itself; all else goes along as it is, the way out of one click (RFC 8058) first of all.
WRITTEN_BY_THEM: Final = frozenset(
    map(str.lower, ("From", "To", "Reply-To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type"))
)


@dataclass(frozen=True, slots=True)
class Person:
    """A mailbox with the name of who has it."""

    name: str
    address: str

    def __str__(self) -> str:
        escaped = self.name.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}" <{self.address}>' if self.name else self.address

    def as_json(self) -> dict[str, str]:
        """For those that want the two apart."""
        return {"email": self.address, **({"name": self.name} if self.name else {})}


@dataclass(frozen=True, slots=True)
class Parts:
    """What a mail consists of."""

    sender: Person
    recipient: Person
    reply_to: Person | None
    subject: str
    text: str
    html: str
    headers: Mapping[str, str]


def parts_of(envelope: Envelope) -> Parts:
    """Of a mail of two bodies. The addresses are the envelope's, the names those of its headers."""
    letter = envelope.mail.letter
    reply = _person(letter, "Reply-To")
    return Parts(
        Person(_person(letter, "From").name, envelope.sender),
        Person(_person(letter, "To").name, envelope.recipient),
        reply if reply.address else None,
        str(letter["Subject"] or ""),
        _body(letter, "plain"),
        _body(letter, "html"),
        {name: str(value) for name, value in letter.items() if name.lower() not in WRITTEN_BY_THEM},
    )


def _person(letter: EmailMessage, header: str) -> Person:
    """A name may stand in encoded words over several lines."""
    name, address = parseaddr(str(letter[header] or "").replace("\n", ""))
    return Person(str(make_header(decode_header(name))), address)


def _body(letter: EmailMessage, kind: str) -> str:
    body = letter.get_body((kind,))
    return str(body.get_content()) if isinstance(body, EmailMessage) else ""
