"""Postmark: https://postmarkapp.com/developer/api/email-api, …/overview#error-codes, …/server-api."""

from __future__ import annotations

from typing import Final

from tideover.gateways.mailers.account import Account, Envelope
from tideover.gateways.mailers.letter import parts_of
from tideover.gateways.mailers.service import TAG, Answered, Api, Asked, Option, Service, Trouble, as_json, let_in

API: Final = "https://api.postmarkapp.com"
# The sender is not confirmed, the account is not approved or has no credits, there is no such stream.
OF_THE_ACCOUNT: Final = ("400", "401", "402", "403", "405", "412", "1226", "1235")
INACTIVE: Final = "406"  # it bounced, complained or was suppressed at Postmark before


def _key(account: Account) -> dict[str, str]:
    return {"accept": "application/json", "x-postmark-server-token": account.secret}


def _asks(account: Account, envelope: Envelope) -> Asked:
    parts = parts_of(envelope)
    body = {
        "From": str(parts.sender),
        "To": str(parts.recipient),
        "Subject": parts.subject,
        "HtmlBody": parts.html,
        "TextBody": parts.text,
        "Headers": [{"Name": name, "Value": value} for name, value in parts.headers.items()],
        "MessageStream": account.options.get("stream", "outbound"),
        "TrackOpens": False,  # we see that ourselves, and their links would lead through a stranger's host
        "TrackLinks": "None",
        **({"ReplyTo": str(parts.reply_to)} if parts.reply_to else {}),
        **({"Metadata": {TAG: envelope.mail.tag}} if envelope.mail.tag else {}),
    }
    return as_json(f"{API}/email", _key(account), body)


def _said(answer: Answered) -> tuple[str, str]:
    return str(answer.said.get("ErrorCode", "")), str(answer.said.get("Message", ""))


POSTMARK: Final = Service(
    "Postmark",
    "Server API token",
    "36 letters, from the API Tokens of the server by which these mails go.",
    Api(
        asks=_asks,
        taken=lambda answer: answer.said.get("MessageID") if answer.said.get("ErrorCode") == 0 else None,
        said=_said,
        looks=lambda account: Asked("GET", f"{API}/server", _key(account)),
        about=lambda answer: str(let_in(answer, _said(answer)[1]).get("Name", "")),
        troubles={**dict.fromkeys(OF_THE_ACCOUNT, Trouble.ACCOUNT), INACTIVE: Trouble.NO_SUCH_MAILBOX},
    ),
    (
        Option(
            "stream",
            "Message stream",
            "The ID of a transactional stream, such as outbound.",
            r"[a-z0-9-]{1,60}",
            default="outbound",
        ),
    ),
)
