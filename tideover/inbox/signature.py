"""Whether bytes really come from Stripe: `Stripe-Signature: t=<unix>,v1=<hex>[,v1=…]` over `t.body`.

https://docs.stripe.com/webhooks#verify-manually
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from datetime import datetime

TOLERANCE_SECONDS = 300
MOST_DIGITS = 20  # of an instant; a number of thousands is more than Python converts


def _parts(header: str) -> tuple[int | None, list[str]]:
    """The timestamp and every v1 signature; other schemes (v0 is for test events) count for nothing."""
    signed_at, signatures = None, []
    for item in header.split(","):
        name, _, value = item.strip().partition("=")
        if name == "t" and value.isascii() and value.isdigit() and len(value) <= MOST_DIGITS:
            signed_at = int(value)
        elif name == "v1":
            signatures.append(value)
    return signed_at, signatures


def authentic(body: bytes, header: str, secrets: Iterable[str], now: datetime) -> bool:
    """Whether one of `secrets` signed `body` within 300 s of `now`. Two secrets hold while one is rolled."""
    signed_at, signatures = _parts(header)
    if signed_at is None or abs(now.timestamp() - signed_at) > TOLERANCE_SECONDS:
        return False
    signed = f"{signed_at}.".encode() + body
    expected = [hmac.digest(secret.encode(), signed, "sha256").hex() for secret in secrets if secret]
    # compare_digest refuses non-ASCII text, so both sides go in as bytes
    return any(hmac.compare_digest(right.encode(), given.encode()) for right in expected for given in signatures)
