"""A merchant's stream of mail stops itself before it harms everybody's delivery: too many bounces, or complaints.

Mail providers judge a sender by these two rates (Gmail wants complaints below 0.1 %, Amazon SES reviews at 5 %
bounces); we stop earlier. The window rolls, so that a paused stream opens by itself when the bad days are behind.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db.models import Count

from tideover.messages.models import Message, MessageEvent
from tideover.tenants.models import Organization

WINDOW: Final = timedelta(days=7)
ENOUGH_TO_JUDGE: Final = 500
BASIS_POINTS: Final = 10_000
MOST: Final = {MessageEvent.Kind.BOUNCED: 400, MessageEvent.Kind.COMPLAINED: 8}  # basis points of what was sent


def pause_of(organization: Organization, now: datetime) -> str | None:
    """`stream-paused:bounced` or `stream-paused:complained` while the rate of the last seven days is too high."""
    since = now - WINDOW
    bad = MessageEvent.objects.filter(organization=organization, kind__in=MOST, at__gt=since)
    for kind, times in bad.values_list("kind").annotate(Count("pk")).order_by("kind"):
        most = MOST[MessageEvent.Kind(kind)]
        # Most merchants have too few of them for any rate to be too high, and are not counted through.
        if times * BASIS_POINTS >= most * ENOUGH_TO_JUDGE and _too_many(organization, times, most, since):
            return f"stream-paused:{kind}"
    return None


def _too_many(organization: Organization, bad: int, most: int, since: datetime) -> bool:
    tried = Message.objects.filter(
        organization=organization, created_at__gt=since, data_started_at__isnull=False
    ).count()
    return tried >= ENOUGH_TO_JUDGE and bad * BASIS_POINTS >= most * tried
