"""Just enough HTTP/1.1 to stand between two programs: whole messages in, whole messages or pieces of them out."""

from __future__ import annotations

import asyncio
import struct
from dataclasses import dataclass, field
from socket import SO_LINGER, SOL_SOCKET, socket
from typing import cast

LARGEST_HEAD = 1 << 17


@dataclass(slots=True)
class Message:
    """A request or an answer: its first line, its headers as they came, its body without any framing."""

    first: bytes
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes = b""

    def header(self, name: bytes) -> str:
        """A header's value; empty where there is none."""
        return next((value.decode("latin-1") for key, value in self.headers if key.lower() == name), "")

    @property
    def method(self) -> str:
        return self.first.split(b" ")[0].decode("latin-1")

    @property
    def path(self) -> str:
        return self.first.split(b" ")[1].decode("latin-1").partition("?")[0]

    @property
    def status(self) -> int:
        return int(self.first.split(b" ")[1])

    def encoded(self) -> bytes:
        """The message with its length said plainly."""
        kept = [(k, v) for k, v in self.headers if k.lower() not in {b"content-length", b"transfer-encoding"}]
        lines = [self.first, *(key + b": " + value for key, value in kept)]
        lines.append(b"content-length: %d" % len(self.body))
        return b"\r\n".join(lines) + b"\r\n\r\n" + self.body


async def read_message(reader: asyncio.StreamReader, *, bodyless: bool = False) -> Message | None:
    """The next message, or None where the other side has hung up before one."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    first, *rest = head[:-4].split(b"\r\n")
    headers = [(key, value.strip()) for key, _, value in (line.partition(b":") for line in rest)]
    message = Message(first, headers)
    if not bodyless:
        message.body = await _body(reader, message)
    return message


async def _body(reader: asyncio.StreamReader, message: Message) -> bytes:
    if message.header(b"transfer-encoding").lower() == "chunked":
        pieces = []
        while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
            pieces.append(await reader.readexactly(size))
            await reader.readexactly(2)
        await reader.readuntil(b"\r\n")
        return b"".join(pieces)
    return await reader.readexactly(int(message.header(b"content-length") or 0))


async def exchange(host: str, port: int, request: Message) -> Message:
    """Send the request on a connection of its own and read the whole answer. Raises ConnectionError without one."""
    reader, writer = await asyncio.open_connection(host, port, limit=LARGEST_HEAD)
    try:
        writer.write(request.encoded())
        await writer.drain()
        bodyless = request.method == "HEAD"
        try:
            answer = await read_message(reader, bodyless=bodyless)
        except asyncio.IncompleteReadError:
            answer = None
        if answer is None:
            raise ConnectionResetError("the other side hung up before it had answered")
        return answer
    finally:
        writer.close()


def reset(writer: asyncio.StreamWriter) -> None:
    """End the connection as a crashed machine does: no goodbye, what was not read is lost."""
    raw = cast("socket | None", writer.get_extra_info("socket"))
    if raw is not None:
        raw.setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


def answer(status: bytes, body: bytes, kind: bytes = b"application/json", *more: tuple[bytes, bytes]) -> Message:
    """An answer made here."""
    return Message(b"HTTP/1.1 " + status, [(b"content-type", kind), *more], body)
