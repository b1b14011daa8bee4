"""Mailgun takes a mail as it is: https://documentation.mailgun.com/docs/mailgun/api-reference/send/mailgun/messages."""

from __future__ import annotations

import base64
import hashlib
from email.policy import SMTP
from typing import Final

from tideover.gateways.mailers.account import Account, Envelope
from tideover.gateways.mailers.service import TAG, Answered, Api, Asked, Option, Service, let_in

API: Final = {"us": "https://api.mailgun.net", "eu": "https://api.eu.mailgun.net"}


def _url(account: Account, path: str) -> str:
    return f"{API[account.options.get('region', 'us')]}/v3/{path}"


def _key(account: Account) -> dict[str, str]:
    return {"authorization": f"Basic {base64.b64encode(f'api:{account.secret}'.encode()).decode()}"}


def _asks(account: Account, envelope: Envelope) -> Asked:
    tag = envelope.mail.tag
    fields = {"to": envelope.recipient, "o:tracking": "no", **({f"v:{TAG}": tag} if tag else {})}
    mime = envelope.mail.letter.as_bytes(policy=SMTP)
    kind, body = _form(fields, mime)
    url = _url(account, f"{account.options.get('domain', '')}/messages.mime")
    return Asked("POST", url, {**_key(account), "content-type": kind}, body)


def _form(fields: dict[str, str], mime: bytes) -> tuple[str, bytes]:
    """A form with a file. What parts it is made of what it holds, which nobody could have written into it."""
    edge = hashlib.sha256(mime).hexdigest()
    lines = [
        f'--{edge}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    file = 'Content-Disposition: form-data; name="message"; filename="message.eml"\r\nContent-Type: message/rfc822'
    body = b"".join([*lines, f"--{edge}\r\n{file}\r\n\r\n".encode(), mime, f"\r\n--{edge}--\r\n".encode()])
    return f"multipart/form-data; boundary={edge}", body


def _said(answer: Answered) -> tuple[str, str]:
    words = answer.said.get("message") or answer.body[:200].decode("utf-8", "replace")
    return "", str(words)


def _about(answer: Answered) -> str:
    domain = let_in(answer, f"{_said(answer)[1]}. A sending key cannot be checked: take an API key").get("domain")
    return str(domain.get("name", "")) if isinstance(domain, dict) else ""


MAILGUN: Final = Service(
    "Mailgun",
    "API key",
    "From API Security. A domain's sending key cannot be checked, so take an API key.",
    Api(
        asks=_asks,
        taken=lambda answer: answer.said.get("id"),
        said=_said,
        looks=lambda account: Asked(
            "GET", _url(account, f"domains/{account.options.get('domain', '')}"), _key(account)
        ),
        about=_about,
    ),
    (
        Option("domain", "Sending domain", "As in mg.example.com.", r"[a-z0-9-]+(\.[a-z0-9-]+)+"),
        Option(
            "region",
            "Where the domain is",
            "In the United States, or in the European Union.",
            choices=(("us", "United States"), ("eu", "European Union")),
        ),
    ),
)
