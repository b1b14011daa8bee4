"""Brevo signs nothing: https://developers.brevo.com/docs/transactional-webhooks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from tideover.gateways.mailers.brevo import CUSTOM
from tideover.gateways.mailers.hooks.hook import MESSAGE_ID, Fate, Hook, Told, by_address

FATES: Final[Mapping[str, Fate]] = {
    "delivered": Fate.DELIVERED,
    "hard_bounce": Fate.NO_SUCH_MAILBOX,
    "invalid_email": Fate.NO_SUCH_MAILBOX,
    "soft_bounce": Fate.CAME_BACK,
    "blocked": Fate.CAME_BACK,
    "error": Fate.CAME_BACK,
    "spam": Fate.COMPLAINED,
    "complaint": Fate.COMPLAINED,
    "unsubscribed": Fate.UNSUBSCRIBED,
}


def _told(said: Mapping[str, Any]) -> Iterator[Told]:
    fate = FATES.get(str(said.get("event")))
    if fate:
        yield Told.of(fate, said.get(CUSTOM), said.get(MESSAGE_ID), said.get("reason"))


BREVO: Final = Hook(
    "", "", "Delivered, Hard bounce, Soft bounce, Blocked, Invalid email, Complaint, Unsubscribed", by_address, _told
)
