"""Members of a merchant who are signed in while all breaks, and whose sessions end one after the other."""

from __future__ import annotations

import asyncio
from typing import Final

import httpx

from chaos.evidence import Evidence

STAYS: Final = "stays"
ENDS: Final = ("new_password", "deactivated", "removed")  # how a session ends although nobody signed out
PAGE: Final = "/cases.csv"


class Visitors:
    """Each named by how their session ends; one stays."""

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence
        self._clients: dict[str, httpx.AsyncClient] = {}
        self.still_in = list(ENDS)

    async def sign_in(self, url: str, tokens: dict[str, str]) -> None:
        """Everybody by a link of their own, while nothing fails yet."""
        for who, token in tokens.items():
            client = httpx.AsyncClient(base_url=url, timeout=120, trust_env=False)
            self._clients[who] = client
            link = f"/sign-in/{token}/"
            (await client.get(link)).raise_for_status()
            await client.post(link, data={"csrfmiddlewaretoken": client.cookies["csrftoken"]})
            if "sessionid" not in client.cookies:
                raise RuntimeError(f"{who} could not sign in")

    async def look_in(self) -> None:
        """Each asks for a page of members, with the session that they have or had."""
        await asyncio.gather(*(self._visit(who, client) for who, client in self._clients.items()))

    async def _visit(self, who: str, client: httpx.AsyncClient) -> None:
        asked = self._evidence.stamp()
        try:
            answer = await client.get(PAGE)
        except httpx.HTTPError:
            return  # the web was away
        self._evidence.visit(who=who, asked=asked["real"], status=answer.status_code)

    async def leave(self) -> None:
        """Close what is open."""
        for client in self._clients.values():
            await client.aclose()
