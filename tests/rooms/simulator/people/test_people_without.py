"""What customers do when something is missing: a link in the mail, the page behind it, its form, an answer."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from email.message import EmailMessage
from functools import partial
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from tests.rooms.simulator.people.fake_app import PAGE, FakeApp
from tests.rooms.simulator.people.test_people import failing, written_to
from tests.rooms.simulator.towns import World
from tideover.simulator.api.billing.invoicing import close
from tideover.simulator.shop.plastic import Cause


def write(here: World, to: str, html: str | None, text: str = "Your payment failed.", **headers: str) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "billing@acme.example", to, "Your payment failed"
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    if html is not None:
        mail.add_alternative(html, subtype="html")
    here.town.mailbox.receive("billing@acme.example", (to,), mail.as_bytes())


def told(html: str | None, text: str = "Your payment failed.", habits: dict[str, Any] | None = None, **headers: str):
    """What the app was asked and what the customers did, after such a mail."""

    async def story() -> tuple[list[str], dict[str, int], list[str], str]:
        async with failing(Cause.DEAD, "lost_card", **(habits or {})) as (here, ana, app):
            here_are = {name: value.format(app=app.url) for name, value in headers.items()}
            write(
                here,
                ana.customer.resident.email,
                html and html.format(app=app.url),
                text.format(app=app.url),
                **here_are,
            )
            await here.pass_days(1)
            crowd = here.town.crowd
            return app.asked, dict(crowd.did), crowd.troubles, here.sim.store.invoices[app.invoice]["status"]

    return asyncio.run(story())


@pytest.mark.parametrize(
    "html",
    [None, "", "<p>Pay us.</p>", "<a>Update</a>", "<a href=''>Update</a>", "<a href='mailto:us@acme.example'>Write</a>", "<a href='/c/tok'>Update</a>", "<a href='http://[bad/'>Update</a>"],
)  # fmt: skip
def test_a_mail_without_a_link_is_opened_and_leads_nowhere(html):
    assert told(html) == ([], {"opened": 1}, [], "open")


def test_a_mail_whose_only_link_is_to_unsubscribe_is_not_followed():
    html = '<a href="{app}/u/tok">Unsubscribe</a>'
    asked, did, troubles, status = told(html, List_Unsubscribe="<{app}/u/tok>")
    assert (asked, did, troubles, status) == ([], {"opened": 1}, [], "open")


@pytest.mark.parametrize("post", [None, "yes", "List-Unsubscribe=Two-Click"])
def test_nobody_unsubscribes_with_one_click_where_that_is_not_offered(post):
    headers = {"List_Unsubscribe": "<{app}/u/tok>"} | ({"List_Unsubscribe_Post": post} if post else {})
    asked, did, _, _ = told("<p>Pay us.</p>", habits={"luck": 0.001}, **headers)
    assert asked == []
    assert "unsubscribed" not in did


def test_a_link_in_plain_text_is_followed():
    asked, did, troubles, status = told(None, "Pay here: {app}/c/tok.")
    assert asked == ["GET /c/tok", "POST /c/tok/setup", "POST /c/tok/done"]
    assert (did["clicked"], troubles, status) == (1, [], "paid")


def test_a_scanner_of_a_mail_without_links_opens_nothing():
    assert told("<p>Pay us.</p>", habits={"opens": 0, "scanned": True}) == ([], {"scanned": 1}, [], "open")


@dataclass
class Lacking(FakeApp):
    """An app whose page, or the answer of one of its addresses, is not what it should be."""

    lacks: str = ""

    async def page(self, request: Request) -> Response:
        return {
            "form": HTMLResponse("<p>Nothing is owed.</p>"),
            "page": HTMLResponse("Gone", 404),
            "server": HTMLResponse("Bad gateway", 502),
        }.get(self.lacks) or await super().page(request)

    async def setup(self, request: Request) -> Response:
        return {
            "json": HTMLResponse(PAGE),
            "setup": JSONResponse({"error": "x"}, 500),
            "secret": JSONResponse({}),
            "intent": JSONResponse(
                {"client_secret": "seti_nobody_secret_x", "publishable_key": self.sim.keys.publishable}
            ),
            "key": JSONResponse({"client_secret": "seti_nobody_secret_x", "publishable_key": "pk_test_strange"}),
        }.get(self.lacks) or await super().setup(request)

    async def done(self, request: Request) -> Response:
        declined = JSONResponse({"state": "declined"})
        wrong = {"done": Response(status_code=503), "state": JSONResponse({}), "intent": declined, "key": declined}
        return wrong.get(self.lacks) or await super().done(request)


LACKS = {
    "form": ({"found nothing to do": 1}, ""),
    "page": ({"found nothing to do": 1}, ""),
    "server": ({"could not be reached": 1}, "clicked: GET {app}: 502"),
    "json": ({"could not be reached": 1}, "acted: POST {app}: 200"),
    "setup": ({"could not be reached": 1}, "acted: POST {app}: 500"),
    "secret": ({"page said nothing": 1}, ""),
    "intent": ({"page said declined": 1}, ""),
    "key": ({"page said declined": 1}, ""),
    "done": ({"could not be reached": 1}, "acted: POST {app}: 503"),
    "state": ({"page said nothing": 1}, ""),
}


@pytest.mark.parametrize("lacks", LACKS)
def test_what_a_page_lacks_ends_the_visit_and_is_told_without_the_token(lacks):
    async def story() -> tuple[dict[str, int], list[str], str]:
        async with failing(Cause.DEAD, "lost_card", partial(Lacking, lacks=lacks)) as (here, ana, app):
            await written_to(here, ana, app)
            return dict(here.town.crowd.did), here.town.crowd.troubles, app.url

    did, troubles, url = asyncio.run(story())
    expected, trouble = LACKS[lacks]
    assert expected.items() <= did.items()
    assert troubles == ([trouble.format(app=url)] if trouble else [])
    assert "tok" not in "".join(troubles)


def test_a_customer_who_has_left_meanwhile_pays_on_the_open_page_and_stays_gone():
    async def story() -> tuple[str, str]:
        async with failing(Cause.DEAD, "lost_card") as (here, ana, app):
            here.town.crowd.leave(ana, "left")
            here.town.crowd.leave(ana, "left")
            await written_to(here, ana, app)
            subscription = here.sim.store.subscriptions[ana.customer.subscription]
            assert here.town.crowd.did["left"] == 1
            return here.sim.store.invoices[app.invoice]["status"], subscription["status"]

    assert asyncio.run(story()) == ("paid", "canceled")


def test_somebody_notices_only_what_is_still_unpaid():
    async def story() -> dict[str, int]:
        async with failing(Cause.DEAD, "lost_card", attention=0) as (here, _ana, app):
            close(here.sim, here.sim.store.invoices[app.invoice], "void")
            await here.pass_days(8)  # Ana would have noticed after seven
            return dict(here.town.crowd.did)

    assert "noticed" not in asyncio.run(story())
