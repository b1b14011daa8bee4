"""SendGrid: https://www.twilio.com/docs/sendgrid/api-reference/mail-send/mail-send, …/api-key-permissions."""

from __future__ import annotations

from typing import Any, Final

from tideover.gateways.answers import LockedOut
from tideover.gateways.mailers.account import Account, Envelope
from tideover.gateways.mailers.letter import parts_of
from tideover.gateways.mailers.service import TAG, Answered, Api, Asked, Option, Service, as_json, let_in

API: Final = {"global": "https://api.sendgrid.com", "eu": "https://api.eu.sendgrid.com"}
MAY_SEND: Final = "mail.send"


def _url(account: Account, path: str) -> str:
    return f"{API[account.options.get('region', 'global')]}/v3/{path}"


def _key(account: Account) -> dict[str, str]:
    return {"authorization": f"Bearer {account.secret}"}


def _asks(account: Account, envelope: Envelope) -> Asked:
    parts = parts_of(envelope)
    to: dict[str, Any] = {"to": [parts.recipient.as_json()], "headers": parts.headers}
    body = {
        "personalizations": [{**to, **({"custom_args": {TAG: envelope.mail.tag}} if envelope.mail.tag else {})}],
        "from": parts.sender.as_json(),
        "subject": parts.subject,
        "content": [{"type": "text/plain", "value": parts.text}, {"type": "text/html", "value": parts.html}],
        "tracking_settings": {
            "click_tracking": {"enable": False, "enable_text": False},
            "open_tracking": {"enable": False},
            "subscription_tracking": {"enable": False},  # the way out is ours, in the mail and in its headers
        },
        **({"reply_to": parts.reply_to.as_json()} if parts.reply_to else {}),
    }
    return as_json(_url(account, "mail/send"), _key(account), body)


def _said(answer: Answered) -> tuple[str, str]:
    errors = answer.said.get("errors")
    first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
    return str(first.get("field") or ""), str(first.get("message", ""))


def _about(answer: Answered) -> str:
    """What a key is called, SendGrid does not tell; but what it may."""
    scopes = let_in(answer, _said(answer)[1]).get("scopes")
    if not isinstance(scopes, list) or MAY_SEND not in scopes:
        raise LockedOut("this key may not send: it lacks the permission Mail Send")
    return "a key that may send"


SENDGRID: Final = Service(
    "SendGrid",
    "API key",
    "SG.… and more, with the permission Mail Send.",
    Api(
        asks=_asks,
        taken=lambda answer: answer.headers.get("x-message-id"),
        said=_said,
        looks=lambda account: Asked("GET", _url(account, "scopes"), _key(account)),
        about=_about,
    ),
    (
        Option(
            "region",
            "Where the account is",
            "Global, or in the European Union.",
            choices=(("global", "Global"), ("eu", "European Union")),
        ),
    ),
)
