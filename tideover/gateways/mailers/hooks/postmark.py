"""Postmark signs nothing: https://postmarkapp.com/developer/webhooks/webhooks-overview."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from tideover.gateways.mailers.hooks.hook import Fate, Hook, Told, by_address, inside
from tideover.gateways.mailers.service import TAG

GONE: Final = frozenset({"HardBounce", "BadEmailAddress"})


def _told(said: Mapping[str, Any]) -> Iterator[Told]:
    fate = _fate(said)
    if fate:
        name, detail = said.get("MessageID"), said.get("Description") or said.get("Details")
        yield Told.of(fate, inside(said, "Metadata").get(TAG), name, detail)


def _fate(said: Mapping[str, Any]) -> Fate | None:
    match said.get("RecordType"):
        case "Delivery":
            return Fate.DELIVERED
        case "Bounce":
            return Fate.NO_SUCH_MAILBOX if said.get("Type") in GONE else Fate.CAME_BACK
        case "SpamComplaint":
            return Fate.COMPLAINED
        case "SubscriptionChange" if said.get("SuppressSending") is True and said.get("Origin") == "Recipient":
            return Fate.UNSUBSCRIBED if said.get("SuppressionReason") == "ManualSuppression" else None
    return None


POSTMARK: Final = Hook("", "", "Delivery, Bounce, Spam complaint, Subscription change", by_address, _told)
