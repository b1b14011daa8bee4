"""The stored events as work: claim some, and say what became of each."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F

from tideover.failpoints import failpoint
from tideover.inbox.models import StripeEvent

LEASE = timedelta(seconds=30)
MOST_TRIES = 5


def claim_stored(now: datetime, *, limit: int = 100) -> list[StripeEvent]:
    """Up to `limit` events to understand, ours for 30 s; the try is counted before anything can go wrong."""
    waiting = StripeEvent.objects.filter(state=StripeEvent.State.STORED, try_at__lte=now).order_by("try_at", "id")
    if not waiting.exists():  # an idle look takes no lock
        return []
    with transaction.atomic():
        if connection.features.has_select_for_update_skip_locked:
            waiting = waiting.select_for_update(skip_locked=True, of=("self",))
        ids = list(waiting.values_list("id", flat=True)[:limit])
        mine = StripeEvent.objects.filter(id__in=ids, state=StripeEvent.State.STORED)
        mine.update(try_at=now + LEASE, tries=F("tries") + 1)
    failpoint("news.claimed")
    events = StripeEvent.objects.filter(id__in=ids).select_related("connection__organization", "connection__project")
    return list(events.order_by("received_at", "id"))


def mark(ids: Collection[UUID], state: StripeEvent.State, now: datetime, reason: str = "") -> None:
    """Settle events. One that is settled already stays as it is."""
    StripeEvent.objects.filter(id__in=ids, state=StripeEvent.State.STORED).update(
        state=state, handled_at=now, reason=reason[:300]
    )


def put_off(event: StripeEvent, now: datetime, reason: str) -> None:
    """Try the event again later, a little later each time; after five tries it waits for a person."""
    if event.tries >= MOST_TRIES:
        mark([event.pk], StripeEvent.State.FAILED, now, f"{MOST_TRIES} tries: {reason}")
        return
    StripeEvent.objects.filter(pk=event.pk).update(try_at=now + LEASE * 2**event.tries, reason=reason[:300])


def release(event: StripeEvent, now: datetime, reason: str) -> None:
    """Stripe was silent, the event is fine: its try does not count, so that no outage makes it a dead letter."""
    StripeEvent.objects.filter(pk=event.pk, state=StripeEvent.State.STORED).update(
        try_at=now + 2 * LEASE, reason=reason[:300], tries=F("tries") - 1
    )
