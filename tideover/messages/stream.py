"""A merchant's stream of messages stops itself before it harms everybody's delivery: too many bounces, or complaints.

Mail providers judge a sender by these two rates (Gmail wants complaints below 0.1 %, Amazon SES reviews at 5 %
bounces); we stop earlier. The window rolls, so that a paused stream opens by itself when the bad days are behind.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Count, OuterRef, Subquery

from tideover.core.catalogue import Channel
from tideover.core.outcomes import Unsent
from tideover.messages.models import Message, MessageEvent
from tideover.tenants.models import Organization

WINDOW: Final = timedelta(days=7)
ENOUGH_TO_JUDGE: Final = 500
BASIS_POINTS: Final = 10_000


@dataclass(frozen=True, slots=True)
class Limit:
    """How many events of a kind a stream bears, in basis points of what was sent; and why it is paused beyond."""

    most: int
    pause: Unsent


LIMITS: Final[Mapping[str, Limit]] = {
    MessageEvent.Kind.BOUNCED: Limit(400, Unsent.TOO_MANY_BOUNCES),
    MessageEvent.Kind.COMPLAINED: Limit(8, Unsent.TOO_MANY_COMPLAINTS),
}


def bad_events(channel: Channel, now: datetime) -> Iterator[Subquery]:
    """For each kind with a limit how many there were lately: columns of the organization that is read."""
    since = now - WINDOW
    for kind in LIMITS:
        bad = MessageEvent.objects.filter(
            organization=OuterRef("pk"), kind=kind, at__gt=since, message__channel=channel
        )
        yield Subquery(bad.order_by().values("organization").annotate(times=Count("pk")).values("times"))


def pause_of(organization: Organization, channel: Channel, bad: Sequence[int | None], now: datetime) -> Unsent | None:
    """Why nothing is sent by this channel while the rate of the last seven days is too high; None where it may be.

    bad: what `bad_events` counted.
    """
    for limit, times in zip(LIMITS.values(), bad, strict=True):
        # Most merchants have too few of them for any rate to be too high, and are not counted through.
        if (times or 0) * BASIS_POINTS < limit.most * ENOUGH_TO_JUDGE:
            continue
        if _too_many(organization, channel, times or 0, limit.most, now - WINDOW):
            return limit.pause
    return None


def _too_many(organization: Organization, channel: Channel, bad: int, most: int, since: datetime) -> bool:
    left = Message.objects.filter(
        organization=organization, channel=channel, created_at__gt=since, data_started_at__isnull=False
    )
    tried = left.exclude(state=Message.State.PREVIEWED).count()
    return tried >= ENOUGH_TO_JUDGE and bad * BASIS_POINTS >= most * tried
