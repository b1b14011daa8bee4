"""Catch up: what Stripe's list of events has and our table has not, after an outage or a webhook that never came.

The list is read from well before the place we had come to. An event that is known already changes nothing, so reading
too much is harmless; an event that became visible late, or shares its second with the last one seen, is not missed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog

from tideover.gateways.shape import Odd, flag, given, made_at
from tideover.gateways.stripe import Stripe
from tideover.inbox.models import StripeEvent
from tideover.inbox.translate import ENDPOINT_EVENTS
from tideover.inbox.verify import LONGEST_TYPE, about
from tideover.tenants.models import Connection

log = structlog.get_logger("inbox")

EVERY = timedelta(minutes=5)
OVERLAP = timedelta(hours=2, minutes=30)
STRIPE_KEEPS = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Caught:
    """How many events Stripe's list had, and how many of them nobody had told us."""

    listed: int = 0
    new: int = 0


def catch_up(connection: Connection, stripe: Stripe, now: datetime) -> Caught:
    """Store every event that is missing since the last time. Raises Busy, Unreachable or LockedOut as Stripe does.

    The cursor moves only after the last page is stored: cut off in the middle, the next time reads it all again.
    """
    caught = Caught()
    for page in stripe.list_events(since(connection, now), ENDPOINT_EVENTS):
        caught = Caught(caught.listed + len(page), caught.new + _store(connection, page, now))
    Connection.objects.filter(pk=connection.pk).update(events_seen_to=now)
    connection.events_seen_to = now
    return caught


def since(connection: Connection, now: datetime) -> datetime:
    """From when on the list is read: before where we had come to, and never before Stripe's own memory."""
    seen_to = connection.events_seen_to or connection.since
    return max(min(seen_to, now) - OVERLAP, now - STRIPE_KEEPS)


def is_due(connection: Connection, now: datetime) -> bool:
    """Whether the list was not read for a while (or a clock was set back)."""
    seen_to = connection.events_seen_to
    return seen_to is None or not now - EVERY < seen_to <= now


def _store(connection: Connection, page: Sequence[Mapping[str, Any]], now: datetime) -> int:
    listed = {str(event["id"]): event for event in page if _has_an_id(event)}
    stored = StripeEvent.objects.filter(connection=connection, event_id__in=listed)
    known = set(stored.values_list("event_id", flat=True))
    fresh = [_row(connection, event, now) for name, event in listed.items() if name not in known]
    StripeEvent.objects.bulk_create(fresh, ignore_conflicts=True)  # the webhook may be storing the same one right now
    return len(fresh)


def _has_an_id(event: Mapping[str, Any]) -> bool:
    try:
        return bool(given(event, "id"))
    except Odd as odd:  # without its name nothing can be kept of it
        log.error("event.set_aside", reason=str(odd))  # noqa: TRY400 - the place in our code says nothing of it
        return False


def _row(connection: Connection, event: Mapping[str, Any], now: datetime) -> StripeEvent:
    kind, happened_at, state, reason = _judged(connection, event, now)
    return StripeEvent(
        organization_id=connection.organization_id,
        connection=connection,
        event_id=event["id"],
        type=kind,
        object_id=about(event),
        happened_at=happened_at,
        received_at=now,
        try_at=now,
        body=json.dumps(event, default=str).encode(),
        state=state,
        reason=reason,
    )


def _judged(
    connection: Connection, event: Mapping[str, Any], now: datetime
) -> tuple[str, datetime, StripeEvent.State, str]:
    """The event's type and instant, and its state and the reason of that. One that is odd stops none of its page."""
    try:
        kind, happened_at = given(event, "type", LONGEST_TYPE), made_at(event)
        if flag(event, "livemode") != connection.livemode:
            return kind, happened_at, StripeEvent.State.REFUSED, "an event of the other mode"
    except Odd as odd:
        return "", now, StripeEvent.State.FAILED, f"not understood: {odd}"
    return kind, happened_at, StripeEvent.State.STORED, ""
