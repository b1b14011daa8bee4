"""The town around the account: mailbox, SMTP server, pages and, once settled, a shop full of customers.

`Town.around(sim)` before `Server.around(sim)` adds the pages and makes the town the account's people; `start` opens
the SMTP port (then known as `town.smtp_port`); `settle(Shop(...))` fills the account, at any time but once.
Importing `people_control` adds the levers POST /_sim/shop and GET /_sim/people.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from tideover.simulator import mailbox_pages, pages, stripejs, stripejs_challenge
from tideover.simulator.mailbox import Mailbox, port_of, serve_smtp
from tideover.simulator.people import Crowd
from tideover.simulator.population import Shop, populate
from tideover.simulator.world import Simulator


class AlreadySettled(Exception):  # noqa: N818 - it says what is the case
    """The account has its shop; a second one would mix two populations."""


@dataclass
class Town:
    """Everything around the account that is not Stripe's API."""

    sim: Simulator
    mailbox: Mailbox
    host: str = "127.0.0.1"
    smtp_port: int = 0
    crowd: Crowd | None = None
    _smtp: asyncio.Server | None = None

    @classmethod
    def around(cls, sim: Simulator, smtp_port: int = 0, mail_dir: Path | None = None, host: str = "127.0.0.1") -> Town:
        """Build the town; port 0 takes any free one. `mail_dir`: also write each mail there as files."""
        town = cls(sim, Mailbox(sim.now, mail_dir), host, smtp_port)
        sim.pages += [*mailbox_pages.routes(town.mailbox), *stripejs.routes()]
        sim.pages += [*stripejs_challenge.routes(sim), *pages.routes(sim)]
        sim.people = town
        return town

    async def start(self) -> None:
        """Listen for mail."""
        self._smtp = await serve_smtp(self.mailbox, self.host, self.smtp_port)
        self.smtp_port = port_of(self._smtp)

    async def stop(self) -> None:
        """Stop listening and close the customers' browsers."""
        if self._smtp is not None:
            self._smtp.close()
        if self.crowd is not None:
            await self.crowd.stop()

    def settle(self, shop: Shop) -> Crowd:
        """Fill the account with a shop and let its customers live. Raises AlreadySettled the second time."""
        if self.crowd is not None:
            raise AlreadySettled("This world already has its customers. Start another simulator for another shop.")
        self.crowd = Crowd(self.sim, populate(self.sim, shop), self.mailbox, shop)
        return self.crowd
