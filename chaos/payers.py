"""Customers at the pay page, who agree to a plan, promise a day, allow another method, and pay by the card that failed.

They do what people do: open the page, send one of its forms, and send it again where no answer comes, or where the
page offers them a plan as if they had not chosen one.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from random import Random
from typing import Any, Final
from urllib.parse import urljoin

import httpx

from chaos.evidence import Evidence
from chaos.forms import Form, forms
from chaos.world import Person, World

TOGETHER: Final = "together"  # the same card for several invoices
# How often each is used beside the others: a plan is most work.
DOORS: Final[Mapping[str, int]] = {"plan": 3, "promise": 1, "allow": 1, "again": 1, TOGETHER: 1}
CHARGES_AT_ONCE: Final = frozenset({"plan", "again", TOGETHER})
ASKED_UNTIL_IT_STANDS: Final = frozenset({"plan"})
TIMES: Final = 3  # that somebody presses a button
AWAY: Final = frozenset({502, 503})
HAS_MONEY: Final = 0.7  # of those who are charged at once
LOSES_IT: Final = 0.6  # of those who have a plan, at the next look
FOR_A_DAY: Final = 0.6  # of these
NO_MONEY: Final = "decline_insufficient_funds"


class Payers:
    """Those of all accounts for which we act."""

    def __init__(self, seed: int, worlds: Sequence[World], evidence: Evidence) -> None:
        self._dice, self._worlds, self._evidence = Random(f"{seed} payers"), worlds, evidence
        self._in_parts: list[Person] = []
        self.did: Counter[str] = Counter(dict.fromkeys(DOORS, 0))

    @property
    def missed(self) -> list[str]:
        """The doors that nobody has used."""
        return [door for door in DOORS if not self.did[door]]

    async def come(self, pages: Mapping[str, str]) -> None:
        """Customers visit their pages, each at this address; of some who pay in parts the money goes."""
        for person in self._in_parts:
            if self._dice.random() < LOSES_IT:
                await person.world.bank_says(person, f"{NO_MONEY}_n1" if self._dice.random() < FOR_A_DAY else NO_MONEY)
        self._in_parts.clear()
        people = {person.customer: person for world in self._worlds for person in world.people}
        known = [(people[customer], page) for customer, page in pages.items() if customer in people]
        await asyncio.gather(*(self._visit(person, page) for person, page in known))

    async def _visit(self, person: Person, link: str) -> None:
        """Open the page and send the form of a door, of those that are there the one that was used least."""
        with suppress(httpx.HTTPError):  # the web was away: they come another time
            async with httpx.AsyncClient(timeout=120, trust_env=False, follow_redirects=True) as browser:
                doors = await _doors(browser, await browser.get(link))
                if doors:
                    door = min(doors, key=lambda each: self.did[each] / DOORS[each])
                    await self._agree(person, door, doors[door], browser, link)

    async def _agree(self, person: Person, door: str, form: Form, browser: httpx.AsyncClient, link: str) -> None:
        self.did[door] += 1
        sent = {**form.fields, **{name: self._dice.choice(values) for name, values in form.choices.items()}}
        sent |= form.buttons
        if door in CHARGES_AT_ONCE and self._dice.random() < HAS_MONEY:
            await person.world.bank_says(person, "ok")
        said = {name: sent[name] for name in ("owed", "parts", "agreed") if name in sent}
        self._evidence.agreement(door=door, customer=person.customer, **said)
        status = await _pressed(browser, urljoin(link, form.action), sent, until_gone=ASKED_UNTIL_IT_STANDS & {door})
        self._evidence.agreement(door=door, customer=person.customer, status=status)
        if door == "plan":
            self._in_parts.append(person)


async def _doors(browser: httpx.AsyncClient, page: httpx.Response) -> dict[str, Form]:
    """The doors of the page; where several invoices can be chosen, also that of the page for all of them."""
    found = {form.name: form for form in forms(page.text)}
    picks = next((form for form in forms(page.text) if form.method == "get" and form.choices.get("in")), None)
    if picks is not None:
        chosen: dict[str, Any] = {**picks.fields, "in": picks.choices["in"]}
        everything = await browser.get(urljoin(str(page.url), picks.action), params=chosen)
        again = {form.name: form for form in forms(everything.text)}.get("again")
        found |= {TOGETHER: again} if again else {}
    return {door: found[door] for door in DOORS if door in found}


async def _pressed(browser: httpx.AsyncClient, url: str, sent: Mapping[str, str], until_gone: frozenset[str]) -> int:
    """Send a form, again where no answer came or the page still has it; the status of the last answer, 0 for none."""
    status = 0
    for _ in range(TIMES):
        with suppress(httpx.HTTPError):
            answer = await browser.post(url, data=dict(sent))
            status = answer.status_code
            if status not in AWAY and not until_gone & {form.name for form in forms(answer.text)}:
                break
    return status
