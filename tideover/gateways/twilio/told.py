"""What Twilio tells us: whether a request is its own, by its signature, and what became of a text message."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping, Sequence
from enum import StrEnum
from urllib.parse import urlsplit

from tideover.gateways.twilio.client import BLOCKED, NO_SUCH_NUMBER


def signature_of(token: str, url: str, form: Mapping[str, Sequence[str]]) -> str:
    """How Twilio signs a request: https://www.twilio.com/docs/usage/security#validating-requests."""
    told = "".join(f"{name}{value}" for name in sorted(form) for value in sorted(set(form[name])))
    digest = hmac.digest(token.encode(), f"{url}{told}".encode(), "sha1")
    return base64.b64encode(digest).decode("ascii")


def is_twilios(token: str, url: str, form: Mapping[str, Sequence[str]], signature: str) -> bool:
    """Whether Twilio sent this, to this address. With and without the port, as it is not told which one is signed."""
    expected = [signature_of(token, each, form) for each in _spellings(url)]
    told = signature.encode("utf-8", "replace")
    return any(hmac.compare_digest(each.encode(), told) for each in expected)


def _spellings(url: str) -> tuple[str, ...]:
    parts = urlsplit(url)
    if parts.port or not parts.hostname:
        return (url,)
    port = 443 if parts.scheme == "https" else 80
    return (url, parts._replace(netloc=f"{parts.netloc}:{port}").geturl())


class Fate(StrEnum):
    """What Twilio tells became of a text message."""

    UNDER_WAY = "under_way"  # it was taken, or given to the network
    DELIVERED = "delivered"
    CAME_BACK = "came_back"  # this time: a phone that is off, a filter
    NO_SUCH_NUMBER = "no_such_number"
    OPTED_OUT = "opted_out"


def fate_of(status: str, code: str) -> Fate:
    """By the status and the error code of a callback: https://www.twilio.com/docs/api/errors."""
    if status == "delivered":
        return Fate.DELIVERED
    if status not in {"undelivered", "failed"}:
        return Fate.UNDER_WAY
    if code == str(BLOCKED):
        return Fate.OPTED_OUT
    return Fate.NO_SUCH_NUMBER if code in map(str, NO_SUCH_NUMBER) else Fate.CAME_BACK
