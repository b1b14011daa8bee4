"""A mail server: hands over one message at a time and says truly what became of it."""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from typing import Final, Literal

from tideover.gateways.answers import Busy, Unknown
from tideover.gateways.transport import Accepted, Refused, at_will
from tideover.gateways.words import printable

TIMEOUT_SECONDS: Final = 20.0
# From the greeting to the last dot, however slowly the server answers each step.
TALK_SECONDS: Final = 60.0
# Servers may think long after the last dot (RFC 5321 allows ten minutes); giving up early makes doubts.
VERDICT_SECONDS: Final = 60.0
# A worker's hand that waits longer for its turn is better used elsewhere.
TURN_SECONDS: Final = 5.0
CONNECTIONS: Final = 4
CLOSING = 421
# "This mailbox does not exist", as opposed to "I do not like you": RFC 3463 5.1.x, or the bare codes without one.
NO_SUCH_MAILBOX = frozenset({550, 551, 553})
ONLY_ASCII: Final = "the mail server cannot write to addresses with letters outside of ASCII (it offers no SMTPUTF8)"


class _Unsent(Exception):  # noqa: N818
    """The talk broke off while refusing was still certain: the last dot had not gone out."""


@dataclass(frozen=True, slots=True)
class _Letter:
    """What is handed over. in_unicode: an address of it has letters outside of ASCII (RFC 6531)."""

    sender: str
    recipient: str
    payload: bytes
    in_unicode: bool
    leaving: Callable[[], None]


class Smtp:
    """An SMTP server, over a few connections that are kept between messages. May be shared by threads."""

    def __init__(  # noqa: PLR0913 - what an operator sets, and what a test shortens
        self,
        host: str,
        port: int,
        user: str = "",
        password: str = "",
        tls: Literal["none", "starttls", "tls"] = "none",
        *,
        connections: int = CONNECTIONS,
        timeout: float = TIMEOUT_SECONDS,
        verdict_timeout: float = VERDICT_SECONDS,
        turn_timeout: float = TURN_SECONDS,
        talk_timeout: float = TALK_SECONDS,
    ) -> None:
        self._host, self._port, self._tls = host, port, tls
        self._user, self._password = user, password
        self._timeout, self._verdict_timeout = timeout, verdict_timeout
        self._turn_timeout, self._talk_timeout = turn_timeout, talk_timeout
        self._turns = threading.BoundedSemaphore(connections)
        self._idle = deque[smtplib.SMTP]()

    def send(
        self, sender: str, recipient: str, mail: EmailMessage, leaving: Callable[[], None] = at_will
    ) -> Accepted | Refused:
        """As every transport. Raises Busy where all connections stay taken."""
        if not (sender.isprintable() and recipient.isprintable()):
            return Refused(permanent=True, reason="the address has characters that no mail server takes")
        in_unicode = not (sender.isascii() and recipient.isascii())
        letter = _Letter(sender, recipient, on_the_wire(mail, in_unicode=in_unicode), in_unicode, leaving)
        if not self._turns.acquire(timeout=self._turn_timeout):
            raise Busy("all connections to the mail server are taken")
        try:
            return self._in_turn(letter)
        finally:
            self._turns.release()

    def trouble(self) -> str:
        """Why the server would take nothing now, by a connection in which nothing is sent; empty where it would."""
        try:
            _hang_up(self._connect(time.monotonic() + self._talk_timeout))
        except _Unsent as broken:
            return str(broken)
        return ""

    def close(self) -> None:
        """Say goodbye to the server; the next message connects again."""
        while (kept := self._kept()) is not None:
            _hang_up(kept)

    def _kept(self) -> smtplib.SMTP | None:
        with suppress(IndexError):
            return self._idle.pop()
        return None

    def _in_turn(self, letter: _Letter) -> Accepted | Refused:
        kept = self._kept()
        if kept is not None:
            with suppress(_Unsent):  # servers close idle connections: that is no refusal, and a fresh one is owed
                return self._offer(kept, letter, time.monotonic() + self._talk_timeout)
        until = time.monotonic() + self._talk_timeout
        try:
            return self._offer(self._connect(until), letter, until)
        except _Unsent as broken:
            return Refused(permanent=False, reason=str(broken), unasked=True)

    def _offer(self, connection: smtplib.SMTP, letter: _Letter, until: float) -> Accepted | Refused:
        try:
            refused = self._introduce(connection, letter, until)
            if refused is None:
                self._hurry(connection, until)
                connection.send(letter.payload)
        except (smtplib.SMTPException, OSError, ValueError) as broken:
            _hang_up(connection)
            raise _Unsent(_words(broken)) from None
        except _Unsent:
            _hang_up(connection)
            raise
        if refused is not None:
            self._start_anew(connection)
            return refused
        return self._finish(connection, letter.leaving)

    def _introduce(self, connection: smtplib.SMTP, letter: _Letter, until: float) -> Refused | None:
        """MAIL, RCPT and DATA; None once the server waits for the message."""
        if letter.in_unicode and not connection.has_extn("smtputf8"):
            return Refused(permanent=True, reason=ONLY_ASCII)
        connection.command_encoding = "utf-8" if letter.in_unicode else "ascii"
        options = " SMTPUTF8 BODY=8BITMIME" if letter.in_unicode else ""
        for step, yes, line in (
            ("mail", 2, f"MAIL FROM:<{letter.sender}>{options}"),
            ("rcpt", 2, f"RCPT TO:<{letter.recipient}>"),
            ("data", 3, "DATA"),
        ):
            self._hurry(connection, until)
            code, reply = connection.docmd(line)
            if code == CLOSING:
                raise _Unsent("the mail server is closing the connection (421)")
            if code // 100 in {4, 5}:
                return _refused(code, reply, recipient_step=step == "rcpt")
            if code // 100 != yes:  # what it takes the next line for, nobody knows
                raise _Unsent(f"the mail server answered {code} to {step}")
        return None

    def _hurry(self, connection: smtplib.SMTP, until: float) -> None:
        """No step may take longer than what is left of the talk."""
        left = until - time.monotonic()
        if left <= 0 or connection.sock is None:
            raise _Unsent("the mail server is too slow")
        connection.sock.settimeout(min(self._timeout, left))

    def _start_anew(self, connection: smtplib.SMTP) -> None:
        """After a refusal. A server that hangs up then has refused all the same."""
        try:
            connection.rset()
        except (smtplib.SMTPException, OSError):
            _hang_up(connection)
        else:
            self._idle.append(connection)

    def _finish(self, connection: smtplib.SMTP, leaving: Callable[[], None]) -> Accepted | Refused:
        """The last dot and the verdict on it: from here on silence means that nobody knows."""
        try:
            leaving()
        except BaseException:  # whatever stops it: a server that never sees the dot forgets the message
            _hang_up(connection)
            raise
        try:
            assert connection.sock is not None
            connection.sock.settimeout(self._verdict_timeout)
            connection.send(b".\r\n")
            code, reply = connection.getreply()
        except (smtplib.SMTPException, OSError) as lost:
            _hang_up(connection)
            raise Unknown(f"the mail server's verdict was lost: {_words(lost)}") from None
        if code // 100 not in {2, 4, 5}:
            _hang_up(connection)
            raise Unknown("the mail server's verdict could not be read")
        self._idle.append(connection)
        return Accepted(_queue_id(_decoded(reply))) if code // 100 == 2 else _refused(code, reply)

    def _connect(self, until: float) -> smtplib.SMTP:
        """A connection that takes mail. Raises _Unsent."""
        connection = None
        try:
            connection = self._opened()
            # Body and dot are two small writes: without this the second waits for the first one's ACK, 40 ms a mail.
            assert connection.sock is not None
            connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._hurry(connection, until)
            connection.ehlo_or_helo_if_needed()
            if self._user:
                self._hurry(connection, until)
                connection.login(self._user, self._password)
        except (smtplib.SMTPException, OSError, ValueError) as broken:
            if connection is not None:
                _hang_up(connection)
            raise _Unsent(_words(broken)) from None
        return connection

    def _opened(self) -> smtplib.SMTP:
        # getfqdn(), smtplib's default, may ask DNS and hang; the plain host name does not.
        name, context = socket.gethostname(), ssl.create_default_context()
        if self._tls == "tls":
            return smtplib.SMTP_SSL(self._host, self._port, name, timeout=self._timeout, context=context)
        connection = smtplib.SMTP(self._host, self._port, name, timeout=self._timeout)
        if self._tls == "starttls":
            connection.starttls(context=context)
        return connection


def _hang_up(connection: smtplib.SMTP) -> None:
    with suppress(smtplib.SMTPException, OSError):
        connection.close()


def on_the_wire(mail: EmailMessage, *, in_unicode: bool = False) -> bytes:
    """The bytes between DATA and the last dot: CRLF lines, dots doubled (RFC 5321 4.5.2)."""
    lines = mail.as_bytes(policy=SMTPUTF8 if in_unicode else SMTP)
    stuffed = re.sub(rb"(?m)^\.", b"..", lines)
    return stuffed if stuffed.endswith(b"\r\n") else stuffed + b"\r\n"


def _refused(code: int, reply: bytes, *, recipient_step: bool = False) -> Refused:
    said = _decoded(reply)
    enhanced = re.match(r"[245]\.(\d+)\.\d+", said)
    gone = enhanced.group(1) == "1" if enhanced else code in NO_SUCH_MAILBOX
    permanent = code // 100 == 5
    return Refused(permanent, reason=f"{code} {said}"[:280], mailbox=recipient_step and permanent and gone)


def _decoded(reply: bytes) -> str:
    return printable(" ".join(reply.decode("utf-8", "replace").split()))


def _queue_id(said: str) -> str:
    """The server's name for the message, where its answer gives one ("queued as 4XyZ")."""
    named = re.search(r"(?:queued as|id[= ])\s*<?([A-Za-z0-9._@-]{4,120})", said)
    return named.group(1) if named else ""


def _words(broken: Exception) -> str:
    """Why, without what a server may echo of a sign-in."""
    if isinstance(broken, smtplib.SMTPAuthenticationError):
        return "the mail server refuses our user name or password"
    if isinstance(broken, TimeoutError) or isinstance(broken.__context__, TimeoutError):  # smtplib wraps it
        return "the mail server did not answer in time"
    if isinstance(broken, ConnectionRefusedError):
        return "the mail server refuses connections"
    if isinstance(broken, UnicodeError):  # its own words may hold the password
        return "the mail server's name, or our user name or password for it, has characters that cannot be sent"
    return printable(f"{type(broken).__name__}: {broken}")[:200]
