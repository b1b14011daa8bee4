"""The mail server as it fails in life: it defers, rejects, takes its time, says nothing, hangs up anywhere."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from chaos.dice import Dice
from chaos.evidence import Evidence
from chaos.hurry import FACTOR
from chaos.wire import reset

WEIGHTS: Final[Mapping[str, int]] = {
    "mail_defer": 3,
    "mail_reject": 3,
    "mail_cut_before_data": 3,
    "mail_cut_in_data": 3,
    "mail_cut_after_dot": 4,
    "mail_slow": 3,
    "mail_crawls": 3,
    "mail_silent": 2,
}
SLOW_SECONDS: Final = (8 / FACTOR, 56 / FACTOR)  # until the verdict
CRAWL_SECONDS: Final = (16 / FACTOR, 56 / FACTOR)  # until a recipient is taken, with a word now and then
SILENT_SECONDS: Final = (30 / FACTOR, 60 / FACTOR)  # longer than anybody waits for the next word
WORDS_APART: Final = 8 / FACTOR
END: Final = b"\r\n.\r\n"


@dataclass(slots=True)
class _Talk:
    """One SMTP connection: the client's side, the real server's side, and the message under way."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    far_reader: asyncio.StreamReader
    far_writer: asyncio.StreamWriter
    before: bool = False  # whether a worker of the version before is on our side
    kind: str = ""  # the fault that is yet to befall it
    recipient: str = ""
    began: dict[str, float] = field(default_factory=dict)
    ended: dict[str, float] = field(default_factory=dict)  # when the last dot came


class _Cut(Exception):  # noqa: N818 - what happened
    """The connection is gone, as planned."""


class MailProxy:
    """Stands before the mailbox of the simulated world and writes down every message that was really accepted."""

    def __init__(self, dice: Dice, evidence: Evidence) -> None:
        self._dice, self._evidence = dice, evidence
        self._far_port = self.port = self.port_of_before = 0
        self.accepted: Callable[[str, bytes], None] = lambda _to, _message: None
        self.on_the_way = 0  # messages about which something is being said, or is not

    async def start(self, far_port: int) -> None:
        """Begin to listen, to each version at a port of its own."""
        self._far_port = far_port
        self.port, self.port_of_before = await self._listen(before=False), await self._listen(before=True)

    async def _listen(self, *, before: bool) -> int:
        server = await asyncio.start_server(partial(self._serve, before=before), "127.0.0.1", 0, limit=1 << 22)
        return int(server.sockets[0].getsockname()[1])

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, before: bool) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._far_port, limit=1 << 22)
        talk = _Talk(reader, writer, far_reader, far_writer, before)
        try:
            await self._answer(talk)
            while line := await reader.readline():
                await self._command(talk, line)
        except (_Cut, ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self._give_back(talk)
            far_writer.close()
            writer.close()

    async def _command(self, talk: _Talk, line: bytes) -> None:
        self.on_the_way += 1
        try:
            await self._answered(talk, line)
        finally:
            self.on_the_way -= 1

    async def _answered(self, talk: _Talk, line: bytes) -> None:
        verb = line[:4].upper()
        if verb == b"MAIL":
            talk.began = self._evidence.stamp()
        if verb == b"RCPT":
            talk.recipient = line.decode("latin-1").partition("<")[2].partition(">")[0]
            self._give_back(talk)
            talk.kind = self._dice.draw(talk.recipient)
            if talk.kind in {"mail_defer", "mail_reject"}:
                refusal = b"451 4.7.1 try later" if talk.kind == "mail_defer" else b"554 5.7.1 not from you"
                self._done(talk)
                talk.writer.write(refusal + b"\r\n")
                return
            if talk.kind == "mail_crawls":
                self._done(talk)
                await self._crawl(talk)
        if verb == b"DATA":
            await self._data(talk, line)
            return
        talk.far_writer.write(line)
        await self._answer(talk)

    async def _crawl(self, talk: _Talk) -> None:
        """A reply of many lines, so slowly that each of them comes in time."""
        left = self._dice.between(*CRAWL_SECONDS)
        while left > 0:
            await asyncio.sleep(min(left, WORDS_APART))
            talk.writer.write(b"250-still looking\r\n")
            left -= WORDS_APART

    async def _data(self, talk: _Talk, line: bytes) -> None:
        if talk.kind == "mail_silent":
            await asyncio.sleep(self._dice.between(*SILENT_SECONDS))
        if talk.kind in {"mail_cut_before_data", "mail_silent"}:
            self._cut(talk)
        talk.far_writer.write(line)
        await self._answer(talk)
        message = await talk.reader.readuntil(END)
        talk.ended = self._evidence.stamp()
        self._evidence.handed(_message_id(message))
        if talk.kind == "mail_cut_in_data":
            self._cut(talk)
        if talk.kind == "mail_slow":
            self._done(talk)
            await asyncio.sleep(self._dice.between(*SLOW_SECONDS))
        talk.far_writer.write(message)
        verdict = await _reply(talk.far_reader)
        if verdict.startswith(b"2"):
            self._accepted(talk, message)
        if talk.kind == "mail_cut_after_dot":
            self._cut(talk)
        talk.writer.write(verdict)
        await talk.writer.drain()

    def _accepted(self, talk: _Talk, message: bytes) -> None:
        self.accepted(talk.recipient, message)
        self._evidence.mail(
            message_id=_message_id(message), to=talk.recipient, began=talk.began, ended=talk.ended, before=talk.before
        )

    def _done(self, talk: _Talk) -> None:
        self._evidence.fault(talk.kind, to=talk.recipient)
        talk.kind = ""

    def _give_back(self, talk: _Talk) -> None:
        """Who was to meet the fault died before, or gave the message up: somebody else will."""
        if talk.kind:
            self._dice.give_back(talk.kind)
            talk.kind = ""

    def _cut(self, talk: _Talk) -> None:
        self._done(talk)
        reset(talk.writer)
        raise _Cut

    async def _answer(self, talk: _Talk) -> None:
        talk.writer.write(await _reply(talk.far_reader))
        await talk.writer.drain()


def _message_id(message: bytes) -> str:
    found = re.search(rb"(?im)^message-id:\s*<([^>]*)>", message)
    return found.group(1).decode("latin-1") if found else ""


async def _reply(reader: asyncio.StreamReader) -> bytes:
    """A whole SMTP reply: the last line has a space after its code."""
    lines = b""
    while line := await reader.readline():
        lines += line
        if line[3:4] != b"-":
            return lines
    raise ConnectionResetError("the mail server hung up")
