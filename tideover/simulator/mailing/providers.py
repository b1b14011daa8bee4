"""E-mail providers as a sender meets them: each with its own address, key, request and answer.

https://resend.com/docs/api-reference, https://postmarkapp.com/developer, https://www.twilio.com/docs/sendgrid,
https://documentation.mailgun.com, https://docs.aws.amazon.com/ses/latest/APIReference-V2, https://developers.brevo.com.
The words of refusals are not confirmed; their statuses and codes are.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from email import message_from_bytes, policy
from email.message import Message
from typing import TYPE_CHECKING, Any, Final

import orjson
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from tideover.simulator.mailing.aws import ACCESS_KEY, is_signed
from tideover.simulator.mailing.taken import Taken
from tideover.simulator.mailing.telling import CERTIFICATE, SNS, TAG, TELL, certificate, key_of
from tideover.simulator.webhooks.posting import Poster, Undelivered

if TYPE_CHECKING:
    from starlette.requests import Request

    from tideover.simulator.account.store import Json

KEYS: Final[Mapping[str, str]] = {
    "resend": "re_" + "1a2b3c4d" * 4,
    "postmark": "01234567-89ab-cdef-0123-456789abcdef",
    "sendgrid": "SG." + "a1" * 11 + "." + "b2" * 21 + "c",
    "mailgun": "0123456789abcdef" * 2 + "-01234567-89abcdef",
    "ses": "simulated/secret+access/key1234567890123",
    "brevo": "xkeysib-" + "0123456789abcdef" * 4 + "-0123456789abcdef",
}
DOMAIN: Final = "mg.alpine.example"
NOBODY: Final = "nobody@"  # an address that begins with it was found to lead nowhere before


@dataclass(frozen=True, slots=True)
class Said:
    """A request to a provider. path: below its host."""

    method: str
    host: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:  # noqa: ANN401 - whatever was sent
        return orjson.loads(self.body)


def _named(said: str) -> str:
    """The address of a mailbox that may have a name."""
    found = re.search(r"<([^>]+)>$", said)
    return found[1] if found else said


def _resend(said: Said) -> Taken | Response:
    if said.headers.get("authorization") != f"Bearer {KEYS['resend']}":
        return _answer(403, {"statusCode": 403, "name": "invalid_api_key", "message": "API key is invalid"})
    if said.path == "domains":
        return _answer(200, {"data": [{"id": "d91cd9bd", "name": "alpine.example", "status": "verified"}]})
    mail = said.json
    if not (mail.get("from") and mail.get("to") and mail.get("subject")):
        return _answer(422, {"statusCode": 422, "name": "missing_required_field", "message": "A field is missing."})
    tag = "".join(each["value"] for each in mail.get("tags", []) if each["name"] == TAG)
    return _taken(
        "resend", _named(mail["from"]), _named(mail["to"][0]), mail["subject"], mail["text"], mail["headers"], tag
    )


def _postmark(said: Said) -> Taken | Response:
    if said.headers.get("x-postmark-server-token") != KEYS["postmark"]:
        return _answer(401, {"ErrorCode": 10, "Message": "Request does not contain a valid Server token."})
    if said.path == "server":
        return _answer(200, {"ID": 1, "Name": "Alpine, production", "DeliveryType": "Live"})
    mail = said.json
    if _named(mail["To"]).startswith(NOBODY):
        return _answer(422, {"ErrorCode": 406, "Message": "You tried to send to a recipient marked as inactive."})
    headers = {each["Name"]: each["Value"] for each in mail["Headers"]}
    tag = mail.get("Metadata", {}).get(TAG, "")
    return _taken("postmark", _named(mail["From"]), _named(mail["To"]), mail["Subject"], mail["TextBody"], headers, tag)


def _sendgrid(said: Said) -> Taken | Response:
    if said.headers.get("authorization") != f"Bearer {KEYS['sendgrid']}":
        why = "The provided authorization grant is invalid, expired, or revoked"
        return _answer(401, {"errors": [{"message": why, "field": None, "help": None}]})
    if said.path == "v3/scopes":
        return _answer(200, {"scopes": ["mail.send", "sender_verification_eligible"]})
    mail = said.json
    to = mail["personalizations"][0]
    return _taken(
        "sendgrid",
        mail["from"]["email"],
        to["to"][0]["email"],
        mail["subject"],
        mail["content"][0]["value"],
        to["headers"],
        to.get("custom_args", {}).get(TAG, ""),
    )


def _mailgun(said: Said) -> Taken | Response:
    wanted = base64.b64encode(f"api:{KEYS['mailgun']}".encode()).decode()
    if said.headers.get("authorization") != f"Basic {wanted}":
        return Response("Forbidden", 401)
    if said.path == f"v3/domains/{DOMAIN}":
        return _answer(200, {"domain": {"name": DOMAIN, "state": "active"}})
    if said.path != f"v3/{DOMAIN}/messages.mime":
        return _answer(404, {"message": "Domain not found"})
    form = message_from_bytes(b"Content-Type: " + said.headers["content-type"].encode() + b"\r\n\r\n" + said.body)
    fields = {str(part.get_param("name", header="content-disposition")): part for part in form.walk()}
    mime = fields["message"].get_payload(0)
    to, tag = (str(fields[name].get_payload()) if name in fields else "" for name in ("to", f"v:{TAG}"))
    return _as_it_is("mailgun", mime.as_bytes() if isinstance(mime, Message) else b"", to, tag)


def _ses(said: Said) -> Taken | Response:
    if not is_signed(said.method, said.host, f"/{said.path}", said.headers, said.body, KEYS["ses"]):
        kind = {"x-amzn-ErrorType": "InvalidSignatureException:"}
        why = "The request signature we calculated does not match the signature you provided."
        return _answer(403, {"message": why}, kind)
    if said.path == "v2/email/account":
        return _answer(200, {"SendingEnabled": True, "ProductionAccessEnabled": True})
    mail = said.json
    tag = "".join(each["Value"] for each in mail.get("EmailTags", []) if each["Name"] == TAG)
    mime = base64.b64decode(mail["Content"]["Raw"]["Data"])
    return _as_it_is("ses", mime, mail["Destination"]["ToAddresses"][0], tag)


def _brevo(said: Said) -> Taken | Response:
    if said.headers.get("api-key") != KEYS["brevo"]:
        return _answer(401, {"code": "unauthorized", "message": "Key not found"})
    if said.path == "v3/account":
        return _answer(200, {"companyName": "Alpine Analytics", "email": "alice@alpine.example"})
    mail = said.json
    headers = dict(mail["headers"])
    tag = headers.pop("X-Mailin-custom", "")
    to, sender = mail["to"][0]["email"], mail["sender"]["email"]
    return _taken("brevo", sender, to, mail["subject"], mail["textContent"], headers, tag)


def _as_it_is(provider: str, mime: bytes, to: str, tag: str) -> Taken:
    """A mail that was handed over whole."""
    mail = message_from_bytes(mime, policy=policy.default)
    body = mail.get_body(("plain",))
    sender = _named(str(mail["From"]))
    text = body.get_content() if body else ""
    headers = {name: str(value) for name, value in mail.items()}
    return _taken(provider, sender, to, str(mail["Subject"]), text, headers, tag)


def _taken(  # noqa: PLR0913, PLR0917 - what a mail is made of
    provider: str, sender: str, to: str, subject: str, text: str, headers: dict[str, str], tag: str
) -> Taken:
    name = hashlib.sha256(f"{provider} {to} {subject} {text} {tag}".encode()).hexdigest()[:32]
    return Taken(name, provider, sender, to, subject, text, headers, tag)


def _answer(status: int, body: Json, headers: Mapping[str, str] | None = None) -> Response:
    return Response(orjson.dumps(body), status, media_type="application/json", headers=dict(headers or {}))


ACCEPTED: Final[Mapping[str, Callable[[Taken], Response]]] = {
    "resend": lambda mail: _answer(200, {"id": mail.id}),
    "postmark": lambda mail: _answer(200, {"ErrorCode": 0, "Message": "OK", "MessageID": mail.id, "To": mail.to}),
    "sendgrid": lambda mail: Response(b"", 202, headers={"X-Message-Id": mail.id}),
    "mailgun": lambda mail: _answer(200, {"id": f"<{mail.id}@{DOMAIN}>", "message": "Queued. Thank you."}),
    "ses": lambda mail: _answer(200, {"MessageId": mail.id}),
    "brevo": lambda mail: _answer(201, {"messageId": f"<{mail.id}@smtp-relay.mailin.fr>"}),
}
HOSTS: Final[Mapping[str, Callable[[Said], Taken | Response]]] = {
    "api.resend.com": _resend,
    "api.postmarkapp.com": _postmark,
    "api.sendgrid.com": _sendgrid,
    "api.eu.sendgrid.com": _sendgrid,
    "api.mailgun.net": _mailgun,
    "api.eu.mailgun.net": _mailgun,
    "email.eu-west-1.amazonaws.com": _ses,
    "api.brevo.com": _brevo,
}


@dataclass
class Providers:
    """All of them, with what they took. busy, lose: how many of the next mails are too many, or taken unanswered."""

    mails: list[Taken] = field(default_factory=list)
    keys: dict[str, Taken] = field(default_factory=dict)  # by Resend's idempotency key
    busy: int = 0
    lose: int = 0
    confirmed: int = 0  # subscriptions to SNS
    poster: Poster = field(default_factory=Poster)

    def routes(self) -> list[BaseRoute]:
        """Their APIs, each below its host; and the levers beside them."""
        return [
            Route("/_mail/{host}/{path:path}", self._asked, methods=["GET", "POST"]),
            Route("/_sim/mails", self._look, methods=["GET"]),
            Route("/_sim/mails/odd", self._odd, methods=["POST"]),
            Route("/_sim/mails/tell", self._tell, methods=["POST"]),
        ]

    async def _asked(self, request: Request) -> Response:
        host, path = request.path_params["host"], request.path_params["path"]
        if host == SNS:
            self.confirmed += path != CERTIFICATE
            return Response(certificate(), 200)
        if host not in HOSTS:
            return Response("no such provider", 404)
        mail = HOSTS[host](Said(request.method, host, path, request.headers, await request.body()))
        return mail if isinstance(mail, Response) else self._takes(mail, request.headers.get("idempotency-key", ""))

    def _takes(self, mail: Taken, key: str) -> Response:
        if self.busy:
            self.busy -= 1
            return _answer(429, {"name": "rate_limit_exceeded", "message": "Too many requests", "ErrorCode": 429})
        if not key or key not in self.keys:
            self.mails.append(mail)
            self.keys[key] = mail
        if self.lose:
            self.lose -= 1
            return Response("", 502)
        return ACCEPTED[mail.provider](mail)

    async def _look(self, _request: Request) -> Response:
        """What was taken."""
        keys = {provider: key_of(provider) for provider in TELL}
        told = {"user": ACCESS_KEY, "keys": keys, "confirmed": self.confirmed}
        return _answer(200, {"mails": [asdict(each) for each in self.mails], **told})

    async def _tell(self, request: Request) -> Response:
        """Tell what became of a mail (id, fate) at an address (url), signed at a moment (now); the answer's status."""
        asked = orjson.loads(await request.body())
        mail = next(each for each in self.mails if each.id == asked["id"])
        posted = TELL[mail.provider](mail, asked["fate"], int(asked["now"]))
        headers = {"Content-Type": "application/json", **posted.headers}
        try:
            return _answer(200, {"answer": await self.poster.post(asked["url"], headers, posted.body)})
        except Undelivered:
            return _answer(200, {"answer": 0})

    async def _odd(self, request: Request) -> Response:
        """How many of the next mails are too many (busy), or taken unanswered (lose)."""
        asked = orjson.loads(await request.body())
        self.busy, self.lose = int(asked.get("busy", 0)), int(asked.get("lose", 0))
        return _answer(200, {})
