"""The stored events as work: claim some, say what became of each, and bring back what a person wants tried again."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, QuerySet

from tideover.core.backoff import backoff
from tideover.failpoints import failpoint
from tideover.flow.blocked import Blocked
from tideover.flow.database_clock import over
from tideover.inbox.models import StripeEvent
from tideover.tenants.models import Connection

LEASE = timedelta(seconds=30)
LONGEST_WAIT = timedelta(minutes=10)
MOST_TRIES = 5
# How many are claimed together, by how many tries of theirs came to nothing: those above suspicion are all as one.
TOGETHER = {0: 1000, 1: 1000, 2: 10, 3: 3}
ALONE = 1
ABOVE_SUSPICION = frozenset({0, 1})
State = StripeEvent.State


def has_stored(now: datetime) -> bool:
    """Whether any event waits to be understood: an idle look asks no more, and takes no lock."""
    return _waiting(now).exists()


def claim_stored(now: datetime, blocked: Blocked, *, limit: int = 100) -> list[StripeEvent]:
    """Up to `limit` events to understand, ours for 30 s; the try is counted before anything can go wrong.

    Accounts share the limit alike; those that are `blocked` wait. An event under which five workers died goes to a
    person. The more died under events, the fewer of these are claimed together and none with others, so that the guilty
    one does not take the innocent of its batch along: the last try of each is one of its own.
    """
    waiting = _waiting(now)
    lanes = _lanes(waiting.exclude(connection_id__in=blocked.connections))
    with transaction.atomic():
        found: list[StripeEvent] = []
        for position, lane in enumerate(lanes[:limit]):
            share = -(-(limit - len(found)) // (len(lanes[:limit]) - position))
            share = 1 if lane in blocked.half_open else share
            found += _take(waiting.filter(connection_id=lane).order_by("try_at", "id"), share)
        found = _few_suspects(found)
        mine = StripeEvent.objects.filter(id__in=[event.pk for event in found], state=State.STORED)
        mine.update(try_at=now + LEASE, tries=F("tries") + 1)
    failpoint("news.claimed")
    poison = [event.pk for event in found if event.tries >= MOST_TRIES]
    mark(poison, State.FAILED, now, f"{MOST_TRIES} workers died holding it")
    events = [event for event in found if event.pk not in set(poison)]
    connections = Connection.objects.select_related("organization", "project").in_bulk(lanes[:limit])
    for event in events:  # one reading of an account serves all of its events
        event.tries, event.connection = event.tries + 1, connections[event.connection_id]
    return sorted(events, key=lambda event: (event.received_at, event.pk))


def _waiting(now: datetime) -> QuerySet[StripeEvent]:
    return StripeEvent.objects.filter(over("try_at", now, LONGEST_WAIT), state=State.STORED)


def _few_suspects(events: Sequence[StripeEvent]) -> list[StripeEvent]:
    """Those that have waited longest, and only as many and such as may be claimed with them."""
    ordered = sorted(events, key=lambda event: (event.try_at, event.pk))
    alike = [event for event in ordered if _suspicion(event) == _suspicion(ordered[0])]
    if not alike or ordered[0].tries >= MOST_TRIES:
        return alike
    return alike[: TOGETHER.get(ordered[0].tries, ALONE)]


def _suspicion(event: StripeEvent) -> int:
    return 0 if event.tries in ABOVE_SUSPICION else min(event.tries, MOST_TRIES)


def waiting_about(connection_id: OuterRef, object_id: OuterRef) -> Exists:
    """Whether an event about a thing of an account is stored and not yet understood: a column of whatever is read."""
    return Exists(StripeEvent.objects.filter(connection_id=connection_id, object_id=object_id, state=State.STORED))


def _lanes(waiting: QuerySet[StripeEvent]) -> list[UUID]:
    """The accounts for which an event waits."""
    concerned = Connection.objects.filter(Exists(waiting.filter(connection_id=OuterRef("pk"))))
    return list(concerned.values_list("pk", flat=True))


def _take(wanted: QuerySet[StripeEvent], number: int) -> list[StripeEvent]:
    if connection.features.has_select_for_update_skip_locked:
        wanted = wanted.select_for_update(skip_locked=True, of=("self",))
    return list(wanted[:number])


def mark(ids: Collection[UUID], state: StripeEvent.State, now: datetime, reason: str = "") -> None:
    """Settle events. One that is settled already stays as it is."""
    if ids:
        StripeEvent.objects.filter(id__in=ids, state=State.STORED).update(
            state=state, handled_at=now, reason=reason[:300]
        )


def set_aside(event: StripeEvent, now: datetime, reason: str) -> None:
    """What says the same however often it is read waits for a person at once, and nothing waits for it."""
    mark([event.pk], State.FAILED, now, reason)


def put_off(event: StripeEvent, now: datetime, reason: str) -> None:
    """Try an event that was not understood again later; after five tries it waits for a person."""
    if event.tries >= MOST_TRIES:
        mark([event.pk], State.FAILED, now, f"{MOST_TRIES} tries: {reason}")
        return
    wait = backoff(event.pk, event.tries, first=LEASE, most=LONGEST_WAIT)
    StripeEvent.objects.filter(pk=event.pk, state=State.STORED).update(try_at=now + wait, reason=reason[:300])


def release(event: StripeEvent, now: datetime, reason: str) -> None:
    """Stripe was silent, the event is fine: its try does not count, so that no outage makes it a dead letter."""
    wait = LEASE + backoff(event.pk, int(now.timestamp()) % 1000, first=LEASE, most=LEASE)
    StripeEvent.objects.filter(pk=event.pk, state=State.STORED).update(
        try_at=now + wait, reason=reason[:300], tries=F("tries") - 1
    )


def replay(event_id: UUID, now: datetime) -> bool:
    """Let a failed event be tried again from the start, now. False where there is no failed event of this id."""
    failed = StripeEvent.objects.filter(pk=event_id, state=State.FAILED)
    return bool(failed.update(state=State.STORED, tries=0, try_at=now, handled_at=None, reason="replayed by a person"))
