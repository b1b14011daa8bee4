"""The town around the account: mailbox, SMTP server, pages and, once settled, a shop full of customers.

`town = Town(sim)` before the server is built adds the pages to `sim.pages` and makes the town the account's people;
`start` opens the SMTP port (then known as `town.smtp_port`); `settle(Shop(...))` fills the account, once, at any time.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tideover.simulator.account.world import Simulator
from tideover.simulator.browser import challenge, checkout, hosted, portal, stripejs
from tideover.simulator.mail import pages
from tideover.simulator.mail.mailbox import Mailbox, port_of, serve_smtp
from tideover.simulator.people.crowd import Crowd
from tideover.simulator.shop.population import Shop, populate

REPORTED = 100  # the last so many pages that could not be reached


class AlreadySettled(Exception):  # noqa: N818 - it says what is the case
    """The account has its shop; a second one would mix two populations."""


@dataclass
class Town:
    """Everything around the account that is not Stripe's API. Port 0 takes any free one.

    `mail_dir`: also write each mail there as .eml and .html.
    """

    sim: Simulator
    host: str = "127.0.0.1"
    smtp_port: int = 0
    mail_dir: Path | None = None
    mailbox: Mailbox = field(init=False)
    crowd: Crowd | None = None
    _smtp: asyncio.Server | None = None

    def __post_init__(self) -> None:
        sim = self.sim
        self.mailbox = Mailbox(sim.now, self.mail_dir)
        sim.pages += [*pages.routes(self.mailbox), *stripejs.routes(sim), *challenge.routes(sim)]
        sim.pages += [
            *hosted.routes(sim),
            *portal.routes(sim),
            *checkout.routes(sim),
            Route("/_sim/people", self._report),
        ]
        sim.people = self

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

    async def _report(self, _request: Request) -> Response:
        """GET /_sim/people: what the customers did, counted, and which of our pages they could not reach."""
        if self.crowd is None:
            return JSONResponse({"did": {}, "troubles": []})
        did = dict(sorted(self.crowd.did.items()))
        return JSONResponse({"did": did, "troubles": self.crowd.troubles[-REPORTED:]})
