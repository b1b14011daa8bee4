"""Posting to a webhook endpoint by a lean HTTP/1.1 client that keeps its connection: a demo delivers 100,000 times."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

import httpx

TIMEOUT: Final = 30.0
LARGEST_HEAD: Final = 65_536


class Undelivered(Exception):  # noqa: N818 - it says what is the case
    """No HTTP answer came: refused, cut off, timed out or not HTTP."""


@dataclass(slots=True)
class Connection:
    """One open connection to one host."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter


@dataclass
class Poster:
    """Posts bodies and tells the status. Plain HTTP goes by the lean client, HTTPS by httpx."""

    _open: dict[tuple[str, int], Connection] = field(default_factory=dict)
    _secure: httpx.AsyncClient | None = None

    async def post(self, url: str, headers: dict[str, str], body: bytes) -> int:
        """POST and return the answer's status; raises Undelivered when there is none."""
        parts = urlsplit(url)
        try:
            async with asyncio.timeout(TIMEOUT):
                if parts.scheme == "https":
                    return await self._post_secure(url, headers, body)
                host = (parts.hostname or "", parts.port or 80)
                target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
                head = _head(target, parts.netloc, headers, len(body))
                return await self._post_plain(host, head + body)
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, httpx.HTTPError, ValueError) as error:
            raise Undelivered(type(error).__name__) from error

    async def close(self) -> None:
        """Let go of every connection."""
        for connection in self._open.values():
            connection.writer.close()
        self._open.clear()
        if self._secure:
            await self._secure.aclose()

    async def _post_plain(self, host: tuple[str, int], request: bytes) -> int:
        kept = self._open.pop(host, None)
        if kept is not None:
            try:
                return await self._exchange(host, kept, request)
            except (ConnectionError, asyncio.IncompleteReadError):
                kept.writer.close()  # the other side had ended the idle connection: once more on a new one
        fresh = Connection(*await asyncio.open_connection(*host, limit=LARGEST_HEAD))
        return await self._exchange(host, fresh, request)

    async def _exchange(self, host: tuple[str, int], connection: Connection, request: bytes) -> int:
        connection.writer.write(request)
        head = await connection.reader.readuntil(b"\r\n\r\n")
        status, fields = _parsed(head)
        whole = await _skip_body(connection.reader, status, fields)
        if whole and fields.get(b"connection", b"").lower() != b"close":
            self._open[host] = connection
        else:
            connection.writer.close()
        return status

    async def _post_secure(self, url: str, headers: dict[str, str], body: bytes) -> int:
        if self._secure is None:
            self._secure = httpx.AsyncClient(timeout=TIMEOUT, follow_redirects=False, trust_env=False)
        return (await self._secure.post(url, content=body, headers=headers)).status_code


def _head(target: str, host: str, headers: dict[str, str], length: int) -> bytes:
    lines = [f"POST {target} HTTP/1.1", f"Host: {host}", f"Content-Length: {length}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def _parsed(head: bytes) -> tuple[int, dict[bytes, bytes]]:
    first, *rest = head.rstrip(b"\r\n").split(b"\r\n")
    pairs = (line.partition(b":") for line in rest)
    return int(first.split()[1]), {name.strip().lower(): value.strip() for name, _, value in pairs}


async def _skip_body(reader: asyncio.StreamReader, status: int, fields: dict[bytes, bytes]) -> bool:
    """Read the answer's body to its end; false when its end is not known and the connection cannot be kept."""
    if status in {204, 304}:
        return True
    if fields.get(b"transfer-encoding", b"").lower() == b"chunked":
        while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
            await reader.readexactly(size + 2)
        await reader.readuntil(b"\r\n")
        return True
    if b"content-length" in fields:
        await reader.readexactly(int(fields[b"content-length"]))
        return True
    return False
