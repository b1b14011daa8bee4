"""Resend: https://resend.com/docs/api-reference/emails/send-email, …/errors, …/introduction.

A key may be of the kind that sends and does nothing else: Resend says so when it is asked for the domains.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Final

from tideover.gateways.mailers.account import Account, Envelope
from tideover.gateways.mailers.letter import parts_of
from tideover.gateways.mailers.service import TAG, Answered, Api, Asked, Service, Trouble, as_json, let_in

API: Final = "https://api.resend.com"
ONLY_SENDS: Final = "restricted_api_key"


def _key(account: Account) -> dict[str, str]:
    return {"authorization": f"Bearer {account.secret}"}


def _asks(account: Account, envelope: Envelope) -> Asked:
    parts = parts_of(envelope)
    body = {
        "from": str(parts.sender),
        "to": [str(parts.recipient)],
        "subject": parts.subject,
        "html": parts.html,
        "text": parts.text,
        "headers": parts.headers,
        **({"reply_to": str(parts.reply_to)} if parts.reply_to else {}),
        **({"tags": [{"name": TAG, "value": envelope.mail.tag}]} if envelope.mail.tag else {}),
    }
    asked = as_json(f"{API}/emails", _key(account), body)
    # Of the words as well: the same mail worded anew is another one, and Resend refuses its old key for it.
    key = hashlib.sha256(asked.body).hexdigest()
    return replace(asked, headers={**asked.headers, "idempotency-key": key}, key=key)


def _said(answer: Answered) -> tuple[str, str]:
    return str(answer.said.get("name", "")), str(answer.said.get("message", ""))


def _about(answer: Answered) -> str:
    code, words = _said(answer)
    if code == ONLY_SENDS:
        return "a key that may only send"
    domains = let_in(answer, words).get("data")
    names = (
        [str(each.get("name", "")) for each in domains if isinstance(each, dict)] if isinstance(domains, list) else []
    )
    return ", ".join(names[:3]) or "no domain yet"


RESEND: Final = Service(
    "Resend",
    "API key",
    "re_… and more, from API Keys. One that may only send is enough.",
    Api(
        asks=_asks,
        taken=lambda answer: answer.said.get("id"),
        said=_said,
        looks=lambda account: Asked("GET", f"{API}/domains", _key(account)),
        about=_about,
        troubles={"invalid_from_address": Trouble.ACCOUNT},
    ),
)
