"""Twilio's messages: an account, what it was given to send, and the signed requests by which it tells what happened.

https://www.twilio.com/docs/messaging/api/message-resource, https://www.twilio.com/docs/usage/security. In which order
Twilio checks what is wrong with a message is not confirmed.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, urlencode

import orjson
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from tideover.simulator.webhooks.posting import Poster, Undelivered

if TYPE_CHECKING:
    from starlette.requests import Request

    from tideover.simulator.account.store import Json

SID: Final = "AC" + "0123456789abcdef" * 2
TOKEN: Final = "simulated_auth_token_of_32_chars"  # noqa: S105 - it opens nothing
NUMBER: Final = "+15005550006"  # https://www.twilio.com/docs/iam/test-credentials: a sender that is valid
# What a message to these numbers gets: Twilio's own magic numbers.
REFUSED: Final = {
    "+15005550001": (21211, "The 'To' number is not a valid phone number."),
    "+15005550002": (21612, "The message cannot be routed to this number."),
    "+15005550004": (21610, "Attempt to send to unsubscribed recipient"),
    "+15005550009": (21614, "The 'To' number is not a valid mobile number."),
}
STOPS: Final = frozenset({"STOP", "UNSUBSCRIBE", "END", "QUIT", "STOPALL", "REVOKE", "OPTOUT", "CANCEL"})


@dataclass(slots=True)
class Texted:
    """A message that was taken."""

    sid: str
    to: str
    sender: str
    body: str
    callback: str
    status: str = "queued"


@dataclass
class Phones:
    """The account, with its status, and the phones it writes to. lose: how many of the next are taken unanswered."""

    texts: list[Texted] = field(default_factory=list)
    stopped: set[str] = field(default_factory=set)
    busy: int = 0
    lose: int = 0
    status: str = "active"
    poster: Poster = field(default_factory=Poster)

    def routes(self) -> list[BaseRoute]:
        """Twilio's API, as far as a sender needs it; and the levers beside it."""
        base = "/2010-04-01/Accounts/{sid}"
        return [
            Route(f"{base}.json", self._account, methods=["GET"]),
            Route(f"{base}/Messages.json", self._message, methods=["POST"]),
            Route("/_sim/texts", self._look, methods=["GET"]),
            Route("/_sim/texts/odd", self._odd, methods=["POST"]),
            Route("/_sim/texts/tell", self._tell, methods=["POST"]),
            Route("/_sim/texts/answer", self._answer, methods=["POST"]),
        ]

    async def _account(self, request: Request) -> Response:
        if not _knows(request):
            return _refusal(401, 20003, "Authenticate")
        return _json({"sid": SID, "friendly_name": "Simulated account", "status": self.status, "type": "Full"}, 200)

    async def _message(self, request: Request) -> Response:
        if not _knows(request):
            return _refusal(401, 20003, "Authenticate")
        asked = dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))
        if self.busy:
            self.busy -= 1
            return _refusal(429, 20429, "Too Many Requests")
        to, sender = asked.get("To", ""), asked.get("From") or asked.get("MessagingServiceSid", "")
        if to in self.stopped:
            return _refusal(400, 21610, "Attempt to send to unsubscribed recipient")
        if to in REFUSED:
            return _refusal(400, *REFUSED[to])
        sid = f"SM{hashlib.sha256(f'{len(self.texts)}:{to}'.encode()).hexdigest()[:32]}"
        self.texts.append(Texted(sid, to, sender, asked.get("Body", ""), asked.get("StatusCallback", "")))
        if self.lose:
            self.lose -= 1
            return Response("", 502)
        return _json({"sid": sid, "status": "queued", "to": to}, 201)

    async def _look(self, _request: Request) -> Response:
        """What was taken, and whose owners have said STOP."""
        return _json({"texts": [asdict(each) for each in self.texts], "stopped": sorted(self.stopped)}, 200)

    async def _odd(self, request: Request) -> Response:
        """How the account is; and how many of the next messages are too many (busy), or taken unanswered (lose)."""
        asked = orjson.loads(await request.body())
        self.busy, self.lose = int(asked.get("busy", 0)), int(asked.get("lose", 0))
        self.status = str(asked.get("status", "active"))
        return _json({}, 200)

    async def _tell(self, request: Request) -> Response:
        asked = orjson.loads(await request.body())
        return _json({"answer": await self.tell(asked["sid"], asked["status"], int(asked.get("code", 0)))}, 200)

    async def _answer(self, request: Request) -> Response:
        asked = orjson.loads(await request.body())
        said = asked["url"], asked["number"], asked["body"], asked.get("sid", "SM" + "f" * 32)
        return _json({"answer": await self.answer(*said)}, 200)

    async def tell(self, sid: str, status: str, code: int = 0) -> int:
        """Tell what became of a message, signed, to where its sender asked for it; the answer's status."""
        text = next(each for each in self.texts if each.sid == sid)
        text.status = status
        form = {"MessageSid": sid, "MessageStatus": status, "To": text.to, "From": text.sender, "AccountSid": SID}
        return await self.post(text.callback, {**form, **({"ErrorCode": str(code)} if code else {})})

    async def answer(self, url: str, number: str, body: str, sid: str = "SM" + "f" * 32) -> int:
        """A person answers. STOP stops what Twilio lets through to them, before anybody is told."""
        form = {"MessageSid": sid, "From": number, "To": NUMBER, "Body": body, "AccountSid": SID}
        if body.strip().upper() in STOPS:
            self.stopped.add(number)
            form["OptOutType"] = "STOP"
        return await self.post(url, form)

    async def post(self, url: str, form: Json) -> int:
        """A request as Twilio signs it; 0 where nobody answers."""
        headers = {"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": signed(url, form)}
        try:
            return await self.poster.post(url, headers, urlencode(form).encode())
        except Undelivered:
            return 0


def signed(url: str, form: Json, token: str = TOKEN) -> str:
    """Twilio's signature of a request."""
    told = url + "".join(f"{name}{form[name]}" for name in sorted(form))
    return base64.b64encode(hmac.digest(token.encode(), told.encode(), "sha1")).decode()


def _knows(request: Request) -> bool:
    wanted = base64.b64encode(f"{SID}:{TOKEN}".encode()).decode()
    return request.path_params["sid"] == SID and request.headers.get("authorization", "") == f"Basic {wanted}"


def _refusal(status: int, code: int, message: str) -> Response:
    more = f"https://www.twilio.com/docs/errors/{code}"
    return _json({"code": code, "message": message, "more_info": more, "status": status}, status)


def _json(body: Json, status: int) -> Response:
    return Response(orjson.dumps(body), status, media_type="application/json")
