"""Mailgun signs a moment and a token, not what it tells: https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks.

So an old signature is worth nothing to who has seen one. How long Mailgun repeats the same one is not confirmed.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, Final

from tideover.gateways.mailers.hooks.hook import MESSAGE_ID, Fate, Hook, Request, Told, inside, the_object_in
from tideover.gateways.mailers.service import TAG

FRESH: Final = timedelta(minutes=15)
PERMANENT: Final = "permanent"
GONE: Final = frozenset({"bounce", "suppress-bounce"})
FATES: Final[Mapping[str, Fate]] = {
    "delivered": Fate.DELIVERED,
    "failed": Fate.CAME_BACK,
    "complained": Fate.COMPLAINED,
    "unsubscribed": Fate.UNSUBSCRIBED,
}


def _is_theirs(request: Request) -> bool:
    signed = inside(the_object_in(request.body), "signature")
    stamp, token, given = (str(signed.get(name, "")) for name in ("timestamp", "token", "signature"))
    wanted = hmac.digest(request.key.encode(), f"{stamp}{token}".encode(), "sha256").hex()
    return request.within(stamp, FRESH) and hmac.compare_digest(wanted.encode(), given.encode("utf-8", "replace"))


def _told(said: Mapping[str, Any]) -> Iterator[Told]:
    data = inside(said, "event-data")
    fate = FATES.get(str(data.get("event")))
    if fate == Fate.CAME_BACK and data.get("severity") == PERMANENT and data.get("reason") in GONE:
        fate = Fate.NO_SUCH_MAILBOX
    if fate:
        status = inside(data, "delivery-status")
        name = inside(data, "message", "headers").get(MESSAGE_ID)
        tag = inside(data, "user-variables").get(TAG)
        yield Told.of(fate, tag, name, status.get("message") or status.get("description"))


MAILGUN: Final = Hook(
    "HTTP webhook signing key",
    "From API Security, beside the keys.",
    "delivered, permanent_fail, temporary_fail, complained, unsubscribed",
    _is_theirs,
    _told,
)
