"""SES tells by SNS: https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html.

Everybody may have a topic that Amazon signs for, so the topic must be the one that was typed in. The certificate is
taken from SNS's own hosts alone, and a subscription is confirmed there alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.x509 import load_pem_x509_certificate

from tideover.gateways.mailers.hooks.hook import Fate, Hook, Request, Told, decoded, inside, the_object_in
from tideover.gateways.mailers.service import TAG

HOST: Final = re.compile(r"sns\.[a-z]{2}(-[a-z]+)+-\d\.amazonaws\.com")
TOPIC: Final = re.compile(r"arn:aws:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_.-]{1,256}")
CONFIRMS: Final = "SubscriptionConfirmation"
SIGNED: Final[Mapping[str, tuple[str, ...]]] = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    CONFIRMS: ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
}
PERMANENT: Final = "Permanent"
FATES: Final[Mapping[str, Fate]] = {
    "Delivery": Fate.DELIVERED,
    "Bounce": Fate.CAME_BACK,
    "Reject": Fate.CAME_BACK,
    "Complaint": Fate.COMPLAINED,
}
SECONDS: Final = 5.0
MOST_BYTES: Final = 20_000


def is_snss(url: str) -> bool:
    """Whether it leads to SNS and nowhere else."""
    try:
        where = urlsplit(url)
        return where.scheme == "https" and bool(HOST.fullmatch(where.netloc))
    except ValueError:
        return False


@lru_cache(maxsize=32)
def certificate(url: str, base: str = "") -> bytes:
    """What SNS has at this address of its own. Raises httpx.HTTPError."""
    there = f"{base}/_mail/{url.removeprefix('https://')}" if base else url
    with httpx.Client(trust_env=False, timeout=SECONDS, follow_redirects=False) as client:
        answer = client.get(there)
        answer.raise_for_status()
        return answer.content[:MOST_BYTES]


def confirm(said: Mapping[str, Any], base: str = "") -> bool:
    """Answer SNS that we want to be told; whether it heard. Only of a request that is its own."""
    url = str(said.get("SubscribeURL", ""))
    if not is_snss(url):
        return False
    there = f"{base}/_mail/{url.removeprefix('https://')}" if base else url
    try:
        with httpx.Client(trust_env=False, timeout=SECONDS, follow_redirects=False) as client:
            return client.get(there).is_success
    except httpx.HTTPError:
        return False


def _is_theirs(request: Request) -> bool:
    """Whether SNS signed this for the topic that is kept."""
    said = the_object_in(request.body)
    names, url = SIGNED.get(str(said.get("Type"))), str(said.get("SigningCertURL", ""))
    if names is None or said.get("TopicArn") != request.key or not is_snss(url) or not url.endswith(".pem"):
        return False
    signed = "".join(f"{name}\n{said[name]}\n" for name in names if said.get(name) is not None)
    kind = SHA256() if said.get("SignatureVersion") == "2" else SHA1()  # noqa: S303 - the one that SNS signs with at first
    try:
        key = load_pem_x509_certificate(certificate(url, request.base)).public_key()
        if not isinstance(key, rsa.RSAPublicKey):
            return False
        key.verify(decoded(str(said.get("Signature", ""))), signed.encode(), padding.PKCS1v15(), kind)
    except (InvalidSignature, ValueError, httpx.HTTPError):
        return False
    return True


def _told(said: Mapping[str, Any]) -> Iterator[Told]:
    """What SES says stands in SNS's message as a text."""
    try:
        event = orjson.loads(str(said.get("Message", "")))
    except ValueError:
        return
    if not isinstance(event, dict):
        return
    fate = FATES.get(str(event.get("eventType") or event.get("notificationType")))
    bounce, mail = inside(event, "bounce"), inside(event, "mail")
    if fate == Fate.CAME_BACK and bounce.get("bounceType") == PERMANENT:
        fate = Fate.NO_SUCH_MAILBOX
    tags = inside(mail, "tags").get(TAG)
    if fate:
        tag = tags[0] if isinstance(tags, list) and tags else ""
        yield Told.of(fate, tag, mail.get("messageId"), bounce.get("bounceSubType"))


SES: Final = Hook(
    "Topic ARN",
    "arn:aws:sns:… of the topic that the configuration set publishes to; without raw message delivery.",
    "Delivery, Bounce, Complaint, Reject",
    _is_theirs,
    _told,
)
