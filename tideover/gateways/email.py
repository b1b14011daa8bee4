"""A mail server: hands over one message at a time and says truly what became of it."""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from email.message import EmailMessage
from email.policy import SMTP
from typing import Literal

from tideover.gateways.answers import Unknown
from tideover.gateways.transport import Accepted, Refused
from tideover.gateways.words import printable

TIMEOUT_SECONDS = 20.0
# Servers may think long after the last dot (RFC 5321 allows ten minutes); giving up early makes doubts.
VERDICT_SECONDS = 60.0
CLOSING = 421
# "This mailbox does not exist", as opposed to "I do not like you": RFC 3463 5.1.x, or the bare codes without one.
NO_SUCH_MAILBOX = frozenset({550, 551, 553})


class _Unsent(Exception):  # noqa: N818
    """The talk broke off while refusing was still certain: the last dot had not gone out."""


class Smtp:
    """An SMTP server, over one connection that is kept between messages. May be shared by threads."""

    def __init__(  # noqa: PLR0913 - the six things an operator sets
        self,
        host: str,
        port: int,
        user: str = "",
        password: str = "",
        tls: Literal["none", "starttls", "tls"] = "none",
        *,
        timeout: float = TIMEOUT_SECONDS,
        verdict_timeout: float = VERDICT_SECONDS,
    ) -> None:
        self._host, self._port, self._tls = host, port, tls
        self._user, self._password = user, password
        self._timeout, self._verdict_timeout = timeout, verdict_timeout
        self._connection: smtplib.SMTP | None = None
        self._turn = threading.Lock()

    def send(self, sender: str, recipient: str, mail: EmailMessage) -> Accepted | Refused:
        for address in (sender, recipient):
            if not (address.isascii() and address.isprintable()):
                return Refused(permanent=True, reason="the address has characters that mail servers do not take")
        payload = on_the_wire(mail)
        with self._turn:
            kept = self._connection is not None
            try:
                return self._offer(sender, recipient, payload)
            except _Unsent as broken:
                if not kept:
                    return Refused(permanent=False, reason=str(broken))
            try:  # servers close idle connections: that is no refusal, and a fresh one is owed
                return self._offer(sender, recipient, payload)
            except _Unsent as broken:
                return Refused(permanent=False, reason=str(broken))

    def close(self) -> None:
        """Say goodbye to the server; the next message connects again."""
        if self._connection is not None:
            with suppress(smtplib.SMTPException, OSError):
                self._connection.close()
            self._connection = None

    def _offer(self, sender: str, recipient: str, payload: bytes) -> Accepted | Refused:
        try:
            connection = self._connected()
            refused = _introduce(connection, sender, recipient)
            if refused is not None:
                self._start_anew(connection)
                return refused
            connection.send(payload)
        except (smtplib.SMTPException, OSError, ValueError) as broken:
            self.close()
            raise _Unsent(_words(broken)) from None
        except _Unsent:
            self.close()
            raise
        return self._finish(connection)

    def _start_anew(self, connection: smtplib.SMTP) -> None:
        """After a refusal. A server that hangs up then has refused all the same."""
        try:
            connection.rset()
        except (smtplib.SMTPException, OSError):
            self.close()

    def _finish(self, connection: smtplib.SMTP) -> Accepted | Refused:
        """The last dot and the verdict on it: from here on silence means that nobody knows."""
        try:
            assert connection.sock is not None
            connection.sock.settimeout(self._verdict_timeout)
            connection.send(b".\r\n")
            code, reply = connection.getreply()
            connection.sock.settimeout(self._timeout)
        except (smtplib.SMTPException, OSError) as lost:
            self.close()
            raise Unknown(f"the mail server's verdict was lost: {_words(lost)}") from None
        if code // 100 == 2:
            return Accepted(_queue_id(_decoded(reply)))
        if code // 100 in {4, 5}:
            return _refused(code, reply)
        self.close()
        raise Unknown("the mail server's verdict could not be read")

    def _connected(self) -> smtplib.SMTP:
        if self._connection is None:
            self._connection = self._connect()
        return self._connection

    def _connect(self) -> smtplib.SMTP:
        # getfqdn(), smtplib's default, may ask DNS and hang; the plain host name does not.
        name, context = socket.gethostname(), ssl.create_default_context()
        if self._tls == "tls":
            secure = smtplib.SMTP_SSL(self._host, self._port, name, timeout=self._timeout, context=context)
            return self._greeted(secure)
        connection = smtplib.SMTP(self._host, self._port, name, timeout=self._timeout)
        if self._tls == "starttls":
            connection.starttls(context=context)
        return self._greeted(connection)

    def _greeted(self, connection: smtplib.SMTP) -> smtplib.SMTP:
        # Body and dot are two small writes: without this the second waits for the first one's ACK, 40 ms a mail.
        assert connection.sock is not None
        connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.ehlo_or_helo_if_needed()
        if self._user:
            connection.login(self._user, self._password)
        return connection


def on_the_wire(mail: EmailMessage) -> bytes:
    """The bytes between DATA and the last dot: CRLF lines, dots doubled (RFC 5321 4.5.2)."""
    lines = mail.as_bytes(policy=SMTP)
    stuffed = re.sub(rb"(?m)^\.", b"..", lines)
    return stuffed if stuffed.endswith(b"\r\n") else stuffed + b"\r\n"


def _introduce(connection: smtplib.SMTP, sender: str, recipient: str) -> Refused | None:
    """MAIL, RCPT and DATA; None once the server waits for the message."""
    steps: tuple[tuple[str, int, Callable[[], tuple[int, bytes]]], ...] = (
        ("mail", 2, lambda: connection.mail(sender)),
        ("rcpt", 2, lambda: connection.rcpt(recipient)),
        ("data", 3, lambda: connection.docmd("DATA")),
    )
    for step, yes, say in steps:
        code, reply = say()
        if code == CLOSING:
            raise _Unsent("the mail server is closing the connection (421)")
        if code // 100 in {4, 5}:
            return _refused(code, reply, recipient_step=step == "rcpt")
        if code // 100 != yes:  # what it takes the next line for, nobody knows
            raise _Unsent(f"the mail server answered {code} to {step}")
    return None


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
