"""Customers who want no more mail, by the address that the mail they got names for it."""

from __future__ import annotations

import re
from typing import Final

import httpx

from chaos.evidence import Evidence

# The way out of a notice to a member is another one, and keeps nobody from being dunned.
WAY_OUT: Final = re.compile(rb"(?im)^list-unsubscribe:\s*<((?![^>]*/notices/out/)[^>]+)>")


class Leavers:
    """Knows of everybody who got a mail the newest way out."""

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence
        self.ways: dict[str, str] = {}

    def got_mail(self, address: str, message: bytes) -> None:
        """The mail server took a message over."""
        found = WAY_OUT.search(message)
        if found:
            self.ways[address] = found.group(1).decode("latin-1")

    def __bool__(self) -> bool:
        return bool(self.ways)

    async def leave(self, count: int) -> None:
        """So many opt out as a mail program does for them: once, and never again."""
        async with httpx.AsyncClient(timeout=120, trust_env=False) as client:
            for address in list(self.ways)[:count]:
                answer = await client.post(self.ways.pop(address), data={"List-Unsubscribe": "One-Click"})
                self._evidence.opt_out(to=address, status=answer.status_code)
