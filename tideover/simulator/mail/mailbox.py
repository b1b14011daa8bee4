"""The mailbox of the simulated world: a real SMTP server that keeps every message and delivers none."""

from __future__ import annotations

import asyncio
import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.errors import MessageError
from email.message import EmailMessage
from functools import cached_property, lru_cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Final

from aiosmtpd.smtp import SMTP, Envelope, Session

HOSTNAME: Final = "mailbox.example"
LARGEST: Final = 25 * 1024 * 1024
# What the standard library's parser raises over headers that follow no rule.
STUMBLES: Final = (AttributeError, IndexError, LookupError, TypeError, ValueError, MessageError)
_UNSAFE: Final = re.compile(r"[^a-z0-9._-]+")
_SPACES: Final = re.compile(r"\s+")


@lru_cache(maxsize=32)
def _parsed(raw: bytes) -> EmailMessage:
    """Broken parts are kept as text rather than refused."""
    return message_from_bytes(raw, policy=policy.default)


@dataclass(frozen=True)
class Mail:
    """One message as it came over the wire. `at` is the unix second of the simulated world's clock.

    Kept packed and read again when asked for: a long simulation receives many thousands of large, similar messages.
    """

    number: int
    at: int
    sender: str
    recipients: tuple[str, ...]
    packed: bytes
    subject: str

    @classmethod
    def of(cls, number: int, at: int, sender: str, recipients: tuple[str, ...], raw: bytes) -> Mail:
        """A message from what SMTP brought."""
        subject = _header(_parsed(raw), "Subject") or "(no subject)"
        return cls(number, at, sender, recipients, zlib.compress(raw), subject)

    @property
    def raw(self) -> bytes:
        """Every byte as it came."""
        return zlib.decompress(self.packed)

    @property
    def message(self) -> EmailMessage:
        """The parsed message."""
        return _parsed(self.raw)

    @property
    def arrived_at(self) -> datetime:
        return datetime.fromtimestamp(self.at, UTC)

    def header(self, name: str) -> str:
        """A header on one line, empty when the message has none of that name."""
        return _header(self.message, name)

    def headers(self) -> dict[str, str]:
        """Every header; of a repeated one the last."""
        try:
            return {name: _one_line(value) for name, value in self.message.items()}
        except STUMBLES:
            return {name: _one_line(value) for name, value in self.message.raw_items()}

    @property
    def html(self) -> str:
        """The HTML part, empty when there is none."""
        return self._part("html")

    @cached_property
    def text(self) -> str:
        """The plain text part, or the HTML's words when the sender left it out."""
        return self._part("plain") or _words(self.html)

    def _part(self, kind: str) -> str:
        part = self.message.get_body(preferencelist=(kind,))
        if part is None:
            return ""
        try:
            return str(part.get_content())
        except LookupError:  # in a character set that nobody knows
            return bytes(part.get_payload(decode=True) or b"").decode("utf-8", "replace")

    @property
    def file_name(self) -> str:
        """A name that is the same in every run: number and the recipient's local part."""
        local = (self.recipients[0] if self.recipients else "nobody").split("@")[0]
        return f"{self.number:04d}-{_UNSAFE.sub('-', local.lower()).strip('-') or 'nobody'}"


def _header(message: EmailMessage, name: str) -> str:
    """A header on one line; as it came where it cannot be read."""
    try:
        return _one_line(message.get(name, ""))
    except STUMBLES:
        return _one_line(next(value for key, value in message.raw_items() if key.lower() == name.lower()))


def _one_line(value: object) -> str:
    return _SPACES.sub(" ", str(value)).strip()


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, _attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in {"style", "script", "head"}

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in {"style", "script", "head"}

    def handle_data(self, data: str) -> None:
        if not self._silent and data.strip():
            self.words.append(data.strip())


def _words(html: str) -> str:
    parser = _Words()
    parser.feed(html)
    return "\n".join(parser.words)


@dataclass
class Mailbox:
    """Every message in the order of arrival. `now` tells the world's time; `readers` are called with each new mail."""

    now: Callable[[], int]
    folder: Path | None = None
    mails: list[Mail] = field(default_factory=list)
    readers: list[Callable[[Mail], None]] = field(default_factory=list)

    def receive(self, sender: str, recipients: tuple[str, ...], raw: bytes) -> Mail:
        """Keep a message, write it to the folder if there is one, and tell the readers."""
        mail = Mail.of(len(self.mails) + 1, self.now(), sender, recipients, raw)
        self.mails.append(mail)
        if self.folder is not None:
            _write(self.folder, mail)
        for reader in self.readers:
            reader(mail)
        return mail

    def get(self, number: int) -> Mail | None:
        """The mail of that number (from 1), or None."""
        return self.mails[number - 1] if 1 <= number <= len(self.mails) else None

    def search(self, words: str = "", to: str = "", after: int = 0) -> list[Mail]:
        """Newest first: mails numbered above `after`, to that address, containing all of `words`."""
        wanted = words.lower().split()
        return [
            mail
            for mail in reversed(self.mails[max(0, after) :])
            if (not to or to.lower() in map(str.lower, mail.recipients)) and _contains(mail, wanted)
        ]


def _contains(mail: Mail, words: list[str]) -> bool:
    if not words:
        return True
    haystack = "\n".join((mail.sender, *mail.recipients, mail.subject, mail.text)).lower()
    return all(word in haystack for word in words)


def _write(folder: Path, mail: Mail) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{mail.file_name}.eml").write_bytes(mail.raw)
    if mail.html:
        (folder / f"{mail.file_name}.html").write_text(mail.html, encoding="utf-8")


class _Postman:
    """aiosmtpd's handler: accepts everything and hands it to the mailbox."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        raw = envelope.original_content or b""
        self._mailbox.receive(envelope.mail_from or "", tuple(envelope.rcpt_tos), raw)
        return "250 2.0.0 Kept"


async def serve_smtp(mailbox: Mailbox, host: str = "127.0.0.1", port: int = 0) -> asyncio.Server:
    """Listen for mail on the running loop; port 0 takes any free one (see `port_of`). Close the server to stop."""
    loop = asyncio.get_running_loop()
    postman = _Postman(mailbox)
    return await loop.create_server(
        lambda: SMTP(postman, hostname=HOSTNAME, enable_SMTPUTF8=True, data_size_limit=LARGEST, loop=loop), host, port
    )


def port_of(server: asyncio.Server) -> int:
    """The port a server listens on."""
    return int(server.sockets[0].getsockname()[1])
