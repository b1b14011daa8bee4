"""A merchant's stream of messages stops itself before it harms everybody's delivery: too many bounces, or complaints.

Mail providers judge a sender by these two rates (Gmail wants complaints below 0.1 %, Amazon SES reviews at 5 %
bounces); we stop earlier. The window rolls, so that a paused stream opens by itself when the bad days are behind; and
since somebody lifted its pause (`messages.pauses`), what was sent before counts no more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Count, Exists, OuterRef, Subquery

from tideover.core.catalogue import Channel
from tideover.core.outcomes import Unsent
from tideover.messages.models import Message, MessageEvent, StreamPause
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


@dataclass(frozen=True, slots=True)
class TooMany:
    """Why a stream is paused: of so many messages that left lately, so many came back or annoyed."""

    why: Unsent
    bad: int
    left: int


def bad_events(channel: Channel, now: datetime) -> Iterator[Subquery]:
    """For each kind with a limit how many there were lately: columns of the organization that is read."""
    since = now - WINDOW
    for kind in LIMITS:
        bad = MessageEvent.objects.filter(
            ~_lifted_since("message__created_at", channel),
            organization=OuterRef("pk"),
            kind=kind,
            at__gt=since,
            message__channel=channel,
        )
        yield Subquery(bad.order_by().values("organization").annotate(times=Count("pk")).values("times"))


def _lifted_since(made: str, channel: Channel) -> Exists:
    """Of a row: whether somebody has lifted a pause of the channel after its message was made."""
    lifted = StreamPause.objects.exclude(lifted_by="").filter(channel=channel, ended_at__gte=OuterRef(made))
    return Exists(lifted.filter(organization=OuterRef("organization")))


def pause_of(organization: Organization, channel: Channel, bad: Sequence[int | None], now: datetime) -> TooMany | None:
    """Why nothing is sent by this channel while the rate of the last seven days is too high; None where it may be.

    bad: what `bad_events` counted.
    """
    for limit, times in zip(LIMITS.values(), bad, strict=True):
        # Most merchants have too few of them for any rate to be too high, and are not counted through.
        if (times or 0) * BASIS_POINTS < limit.most * ENOUGH_TO_JUDGE:
            continue
        left = _left(organization, channel, now - WINDOW)
        if left >= ENOUGH_TO_JUDGE and (times or 0) * BASIS_POINTS >= limit.most * left:
            return TooMany(limit.pause, times or 0, left)
    return None


def _left(organization: Organization, channel: Channel, since: datetime) -> int:
    left = Message.objects.filter(
        ~_lifted_since("created_at", channel),
        organization=organization,
        channel=channel,
        created_at__gt=since,
        data_started_at__isnull=False,
    )
    return left.exclude(state=Message.State.PREVIEWED).count()
