"""A tiny platform with a card page, an open pixel and an unsubscribe address, to see customers use it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from email.message import EmailMessage

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from tideover.simulator.account.world import Simulator
from tideover.simulator.mail.frame import typed
from tideover.simulator.mail.mailbox import Mailbox

PAGE = """<form id="search"></form><form id="card-form" method="post" action="/c/tok/setup" data-setup-url="/c/tok/setup"
data-done-url="/c/tok/done"><input type="hidden" name="csrfmiddlewaretoken" value="crumb"></form>"""


@dataclass
class FakeApp:
    """Remembers every request as "GET /path"; `same_payment`: the bank must be asked about the payment that failed."""

    sim: Simulator
    invoice: str
    same_payment: bool = False
    url: str = ""
    asked: list[str] = field(default_factory=list)
    refuse: int = 0
    unsure: int = 0
    closed: bool = False

    def app(self) -> Starlette:
        names = [("/c/tok", "GET", self.page), ("/c/tok/setup", "POST", self.setup), ("/c/tok/done", "POST", self.done)]
        names += [
            ("/o/tok.gif", "GET", self.pixel),
            ("/u/tok", "GET", self.pixel),
            ("/u/tok", "POST", self.unsubscribe),
        ]
        return Starlette(routes=[Route(path, self.noted(act), methods=[method]) for path, method, act in names])

    def noted(self, act):
        async def respond(request: Request) -> Response:
            self.asked.append(f"{request.method} {request.url.path}")
            return await act(request)

        return respond

    async def page(self, _request: Request) -> Response:
        answer = HTMLResponse(PAGE)
        answer.set_cookie("csrftoken", "crumb")
        return answer

    async def pixel(self, _request: Request) -> Response:
        return Response(b"GIF89a", media_type="image/gif")

    async def unsubscribe(self, request: Request) -> Response:
        assert (await typed(request, "List-Unsubscribe"))["List-Unsubscribe"] == "One-Click"
        return Response("ok")

    async def setup(self, request: Request) -> Response:
        await self._guarded(request)
        if self.closed:
            return JSONResponse({"state": "closed", "message": "This link is no longer valid."}, 404)
        if self.same_payment:
            found = await self.stripe("GET", "/v1/invoice_payments", {"invoice": self.invoice})
            intent = await self.stripe("GET", f"/v1/payment_intents/{found['data'][0]['payment']['payment_intent']}")
        else:
            owner = (await self.stripe("GET", f"/v1/invoices/{self.invoice}"))["customer"]
            intent = await self.stripe("POST", "/v1/setup_intents", {"customer": owner, "usage": "off_session"})
        word = "payment" if self.same_payment else "setup"
        key = self.sim.keys.publishable
        return JSONResponse({"client_secret": intent["client_secret"], "publishable_key": key, "intent": word})

    async def done(self, request: Request) -> Response:
        await self._guarded(request)
        if self.refuse:
            self.refuse -= 1
            return JSONResponse({"state": "declined", "message": "Your card was declined."})
        if self.unsure:
            self.unsure -= 1
            return JSONResponse({"state": "processing", "message": "", "ask_again_seconds": 4})
        key = (await typed(request, "intent"))["intent"]
        if key.startswith("seti_"):
            method = (await self.stripe("GET", f"/v1/setup_intents/{key}"))["payment_method"]
            await self.stripe("POST", f"/v1/invoices/{self.invoice}/pay", {"payment_method": method})
        invoice = await self.stripe("GET", f"/v1/invoices/{self.invoice}")
        return JSONResponse({"state": "paid" if invoice["status"] == "paid" else "declined", "message": ""})

    async def _guarded(self, request: Request) -> None:
        """Both halves of the guard against forged requests, as the real page asks for them."""
        assert request.cookies["csrftoken"] == "crumb"
        assert (await typed(request, "csrfmiddlewaretoken"))["csrfmiddlewaretoken"] == "crumb"
        assert "application/json" in request.headers["accept"]

    async def stripe(self, method: str, path: str, fields: dict[str, str] | None = None) -> dict:
        given = {"params": fields} if method == "GET" else {"data": fields}
        async with httpx.AsyncClient(base_url=self.sim.base_url, auth=(self.sim.keys.secret, "")) as client:
            answer = await client.request(method, path, **given)
        return answer.json()

    def write_to(self, mailbox: Mailbox, to: str) -> None:
        """Our mail arrives in the customer's inbox."""
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = "billing@acme.example", to, "Your payment failed"
        mail["List-Unsubscribe"] = f"<{self.url}/u/tok>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        mail.set_content(f"{self.url}/c/tok")
        mail.add_alternative(
            f'<a href="{self.url}/c/tok">Update card</a><a href="{self.url}/u/tok">Unsubscribe</a>'
            f'<img src="{self.url}/o/tok.gif">',
            subtype="html",
        )
        mailbox.receive("billing@acme.example", (to,), re.sub(rb"\r?\n", b"\r\n", mail.as_bytes()))
