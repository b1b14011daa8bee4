"""SendGrid signs by an elliptic curve: https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event.

What is told again is noted once, so an old one that is posted again changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from tideover.gateways.mailers.hooks.hook import Fate, Hook, Request, Told, decoded
from tideover.gateways.mailers.service import TAG

SIGNATURE: Final = "x-twilio-email-event-webhook-signature"
STAMP: Final = "x-twilio-email-event-webhook-timestamp"
FATES: Final[Mapping[str, Fate]] = {
    "delivered": Fate.DELIVERED,
    "bounce": Fate.NO_SUCH_MAILBOX,
    "spamreport": Fate.COMPLAINED,
    "unsubscribe": Fate.UNSUBSCRIBED,
    "group_unsubscribe": Fate.UNSUBSCRIBED,
}
BLOCKED: Final = "blocked"  # of a bounce: the server would not have it, and the mailbox may be there
# Why SendGrid drops what it took: by what it knows of the address from before.
DROPPED: Final[Mapping[str, Fate]] = {
    "Bounced Address": Fate.NO_SUCH_MAILBOX,
    "Invalid": Fate.NO_SUCH_MAILBOX,
    "Spam Reporting Address": Fate.COMPLAINED,
    "Unsubscribed Address": Fate.UNSUBSCRIBED,
}


def _is_theirs(request: Request) -> bool:
    proof, stamp = decoded(request.headers.get(SIGNATURE, "")), request.headers.get(STAMP, "")
    try:
        key = load_der_public_key(decoded(request.key))
        if not isinstance(key, ec.EllipticCurvePublicKey):
            return False
        key.verify(proof, stamp.encode() + request.body, ec.ECDSA(SHA256()))
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        return False
    return True


def _told(said: Mapping[str, Any]) -> Iterator[Told]:
    event, reason = str(said.get("event")), said.get("reason")
    fate = DROPPED.get(str(reason), Fate.CAME_BACK) if event == "dropped" else FATES.get(event)
    if event == "bounce" and said.get("type") == BLOCKED:
        fate = Fate.CAME_BACK
    if fate:
        yield Told.of(fate, said.get(TAG), str(said.get("sg_message_id") or "").partition(".")[0], reason)


SENDGRID: Final = Hook(
    "Verification key",
    "Of the Signed Event Webhook, which must be turned on.",
    "Delivered, Bounced, Dropped, Spam Reports, Unsubscribes, Group Unsubscribes",
    _is_theirs,
    _told,
)
