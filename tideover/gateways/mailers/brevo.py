"""Brevo: https://developers.brevo.com/reference/sendtransacemail, …/reference/getaccount."""

from __future__ import annotations

from typing import Any, Final

from tideover.gateways.mailers.account import Account, Envelope
from tideover.gateways.mailers.letter import parts_of
from tideover.gateways.mailers.service import Answered, Api, Asked, Service, Trouble, as_json, let_in

API: Final = "https://api.brevo.com/v3"
CUSTOM: Final = "X-Mailin-custom"  # a header of which Brevo tells the value with each event
OF_THE_ACCOUNT: Final = ("account_under_validation", "not_enough_credits", "permission_denied", "unauthorized")


def _key(account: Account) -> dict[str, str]:
    return {"accept": "application/json", "api-key": account.secret}


def _asks(account: Account, envelope: Envelope) -> Asked:
    parts = parts_of(envelope)
    tag = {CUSTOM: envelope.mail.tag} if envelope.mail.tag else {}
    body: dict[str, Any] = {
        "sender": parts.sender.as_json(),
        "to": [parts.recipient.as_json()],
        "subject": parts.subject,
        "htmlContent": parts.html,
        "textContent": parts.text,
        "headers": {**parts.headers, **tag},
        **({"replyTo": parts.reply_to.as_json()} if parts.reply_to else {}),
    }
    return as_json(f"{API}/smtp/email", _key(account), body)


def _said(answer: Answered) -> tuple[str, str]:
    return str(answer.said.get("code", "")), str(answer.said.get("message", ""))


def _about(answer: Answered) -> str:
    said = let_in(answer, _said(answer)[1])
    return str(said.get("companyName") or said.get("email") or "")


BREVO: Final = Service(
    "Brevo",
    "API key",
    "xkeysib-… and more, from SMTP & API. An SMTP key is another one.",
    Api(
        asks=_asks,
        taken=lambda answer: answer.said.get("messageId"),
        said=_said,
        looks=lambda account: Asked("GET", f"{API}/account", _key(account)),
        about=_about,
        troubles=dict.fromkeys(OF_THE_ACCOUNT, Trouble.ACCOUNT),
    ),
)
