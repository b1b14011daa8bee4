"""Whether a message may be sent to an address, and the opt-outs, bounces and complaints that forbid it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from tideover.core.catalogue import Channel
from tideover.core.outcomes import Unsent
from tideover.messages import optouts
from tideover.messages.channels import WAYS
from tideover.messages.keyed import address_hash
from tideover.messages.models import Message, Suppression
from tideover.messages.stream import pause_of
from tideover.tenants.models import Organization, Project

# One message a day per person, over all cases of the merchant: several failed invoices are one conversation.
CAP = timedelta(hours=24)
MAY_HAVE_LEFT = (Message.State.DATA_STARTED, Message.State.SENT, Message.State.UNKNOWN)
SUPPRESSED: Final[Mapping[str, Unsent]] = {
    Suppression.Reason.UNSUBSCRIBED: Unsent.UNSUBSCRIBED,
    Suppression.Reason.BOUNCED: Unsent.BOUNCED,
    Suppression.Reason.COMPLAINED: Unsent.COMPLAINED,
}


def refusal(project: Project, channel: Channel, address: str, now: datetime) -> Unsent | None:
    """Why nothing may be sent to `address` by this channel now, or None."""
    if not address.strip():
        return Unsent.NO_ADDRESS
    if not WAYS[channel].deliverable(address):
        return Unsent.INVALID_ADDRESS
    organization = project.organization
    if organization.stopped_at is not None:
        return Unsent.STOPPED
    found = suppression_of(organization, channel, address)
    if found is not None:
        return SUPPRESSED[found.reason]
    paused = pause_of(organization, channel, now)
    return paused or (Unsent.ONE_A_DAY if free_at(organization, address, now) else None)


def free_at(organization: Organization, address: str, now: datetime) -> datetime | None:
    """When the cap lets the next message go to `address`; None if it may go now. Doubtful ones count as sent."""
    last = (
        Message.objects.filter(
            organization=organization,
            to_hash=address_hash(address),
            data_started_at__gt=now - CAP,
            state__in=MAY_HAVE_LEFT,
        )
        .order_by("-data_started_at")
        .values_list("data_started_at", flat=True)
        .first()
    )
    return last + CAP if last else None


def suppression_of(organization: Organization, channel: Channel, address: str) -> Suppression | None:
    return Suppression.objects.filter(
        organization=organization, address_hash=address_hash(address), channel=channel
    ).first()


def suppress(organization: Organization, channel: str, address: str, reason: Suppression.Reason, now: datetime) -> None:
    """Send nothing more to `address` by this channel for this merchant, from this commit on. The first reason stays."""
    suppress_hash(organization, channel, address_hash(address), reason, now)


def suppress_hash(
    organization: Organization, channel: str, hashed: str, reason: Suppression.Reason, now: datetime
) -> None:
    """The same where only the hash of the address is still known, because the person was erased."""
    _, made = Suppression.objects.get_or_create(
        organization=organization, address_hash=hashed, channel=channel, defaults={"reason": reason, "at": now}
    )
    if made:
        optouts.keep(organization.pk, channel, hashed, reason, now)
