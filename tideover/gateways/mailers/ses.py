"""Amazon SES: https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html. The mail goes as it is."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from email.policy import SMTP
from functools import reduce
from typing import Any, Final
from urllib.parse import urlsplit

import orjson

from tideover import clock
from tideover.gateways.mailers.account import Account, Envelope
from tideover.gateways.mailers.service import TAG, Answered, Api, Asked, Option, Service, Trouble, let_in

# The key is right, and its policy lets it send without looking at the account.
MAY_NOT_LOOK: Final = "AccessDeniedException"
NOT_VERIFIED: Final = "not verified"
OF_THE_ACCOUNT: Final = (
    NOT_VERIFIED,
    "AccountSuspendedException",
    "MailFromDomainNotVerifiedException",
    "SendingPausedException",
)


def _url(account: Account, path: str) -> str:
    return f"https://email.{account.options.get('region', '')}.amazonaws.com/v2/email/{path}"


def _asks(account: Account, envelope: Envelope) -> Asked:
    mime, tag = envelope.mail.letter.as_bytes(policy=SMTP), envelope.mail.tag
    body: dict[str, Any] = {
        "FromEmailAddress": envelope.sender,
        "Destination": {"ToAddresses": [envelope.recipient]},
        "Content": {"Raw": {"Data": base64.b64encode(mime).decode()}},
        **({"EmailTags": [{"Name": TAG, "Value": tag}]} if tag else {}),
        **({"ConfigurationSetName": name} if (name := account.options.get("set")) else {}),
    }
    return signed(account, "POST", _url(account, "outbound-emails"), orjson.dumps(body), clock.wall())


def signed(account: Account, method: str, url: str, body: bytes, at: datetime) -> Asked:
    """A request with AWS's signature, version 4: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html."""
    where, stamp, region = urlsplit(url), f"{at:%Y%m%dT%H%M%SZ}", account.options.get("region", "")
    scope = f"{stamp[:8]}/{region}/ses/aws4_request"
    headers = {"content-type": "application/json", "host": where.netloc, "x-amz-date": stamp}
    names = ";".join(headers)
    digest = hashlib.sha256(body).hexdigest()
    lines = "".join(f"{name}:{value}\n" for name, value in headers.items())
    request = hashlib.sha256(f"{method}\n{where.path}\n\n{lines}\n{names}\n{digest}".encode()).hexdigest()
    key = signing_key(account.secret, scope)
    proof = hmac.digest(key, f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{request}".encode(), "sha256").hex()
    user = account.options.get("user", "")
    told = f"AWS4-HMAC-SHA256 Credential={user}/{scope}, SignedHeaders={names}, Signature={proof}"
    return Asked(method, url, {**headers, "authorization": told}, body)


def signing_key(secret: str, scope: str) -> bytes:
    """The key of a day, a region and a service."""
    return reduce(
        lambda key, part: hmac.digest(key, part.encode(), "sha256"), scope.split("/"), f"AWS4{secret}".encode()
    )


def _said(answer: Answered) -> tuple[str, str]:
    kind = answer.headers.get("x-amzn-errortype", "").partition(":")[0]
    words = str(answer.said.get("message") or answer.said.get("Message") or kind)
    return NOT_VERIFIED if NOT_VERIFIED in words else kind, words


def _about(answer: Answered) -> str:
    code, words = _said(answer)
    if code == MAY_NOT_LOOK:
        return "a key that may only send"
    return _in_words(let_in(answer, words))


def _in_words(account: Mapping[str, Any]) -> str:
    if not account.get("SendingEnabled", True):
        return "an account whose sending is paused"
    in_sandbox = account.get("ProductionAccessEnabled") is False
    return "an account in the sandbox: it writes to verified addresses alone" if in_sandbox else "an account that sends"


SES: Final = Service(
    "Amazon SES",
    "Secret access key",
    "Of a user who may do ses:SendEmail; with ses:GetAccount we can look at the account.",
    Api(
        asks=_asks,
        taken=lambda answer: answer.said.get("MessageId"),
        said=_said,
        looks=lambda account: signed(account, "GET", _url(account, "account"), b"", clock.wall()),
        about=_about,
        troubles=dict.fromkeys(OF_THE_ACCOUNT, Trouble.ACCOUNT),
    ),
    (
        Option("user", "Access key ID", "AKIA and 16 letters.", r"[A-Z0-9]{16,32}"),
        Option("region", "Region", "As in eu-west-1.", r"[a-z]{2}(-[a-z]+)+-\d"),
        Option(
            "set",
            "Configuration set",
            "Whose events tell us what becomes of mails. Empty: none.",
            r"[A-Za-z0-9_-]{1,64}",
            required=False,
        ),
    ),
)
