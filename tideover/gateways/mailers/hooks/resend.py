"""Resend signs as Standard Webhooks say: https://resend.com/docs/webhooks/verify-webhooks-requests, …/event-types."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Iterator, Mapping
from typing import Any, Final

from tideover.gateways.mailers.hooks.hook import Fate, Hook, Request, Told, decoded, inside
from tideover.gateways.mailers.service import TAG

PERMANENT: Final = "Permanent"
FATES: Final[Mapping[str, Fate]] = {
    "email.delivered": Fate.DELIVERED,
    "email.bounced": Fate.CAME_BACK,
    "email.failed": Fate.CAME_BACK,
    "email.suppressed": Fate.CAME_BACK,
    "email.complained": Fate.COMPLAINED,
}


def _is_theirs(request: Request) -> bool:
    name, stamp = request.headers.get("svix-id", ""), request.headers.get("svix-timestamp", "")
    secret = decoded(request.key.removeprefix("whsec_"))
    if not secret or not request.within(stamp):
        return False
    proof = hmac.digest(secret, f"{name}.{stamp}.".encode() + request.body, "sha256")
    wanted = f"v1,{base64.b64encode(proof).decode()}".encode()
    given = request.headers.get("svix-signature", "").split(" ")
    return any(hmac.compare_digest(wanted, each.encode()) for each in given)


def _told(said: Mapping[str, Any]) -> Iterator[Told]:
    fate, data = FATES.get(str(said.get("type"))), inside(said, "data")
    bounce = inside(data, "bounce")
    if fate == Fate.CAME_BACK and bounce.get("type") == PERMANENT:
        fate = Fate.NO_SUCH_MAILBOX
    if fate:
        yield Told.of(fate, inside(data, "tags").get(TAG), data.get("email_id"), bounce.get("message"))


RESEND: Final = Hook(
    "Signing secret",
    "whsec_… and more, which Resend shows once the webhook is made.",
    "email.delivered, email.bounced, email.complained, email.failed",
    _is_theirs,
    _told,
)
