"""Stored events become facts of cases: read what they are about, hand it to intake, say what became of them."""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import groupby, islice
from uuid import UUID

import structlog
from django.db import InterfaceError, OperationalError
from django.db.models import prefetch_related_objects

from tideover.failpoints import failpoint
from tideover.flow.blocked import what_is_blocked
from tideover.gateways.answers import Busy, InvoiceRead, NotHere, NotNow
from tideover.gateways.stripe import Stripe
from tideover.inbox import queue
from tideover.inbox.models import StripeEvent
from tideover.inbox.translate import InvoiceNews, News, news_of
from tideover.recovery import hearing, intake
from tideover.tenants.models import Connection

log = structlog.get_logger(__name__)
State = StripeEvent.State
StripeFor = Callable[[Connection], Stripe]
READS_FOR_SECONDS = queue.LEASE.total_seconds() / 3
TOGETHER = 20  # invoices in one transaction: few commits, and no case is held for long

Heard = tuple[StripeEvent, News]
Group = list[Heard]
Told = InvoiceRead | NotNow | NotHere | None
Batch = list[tuple[Group, Told]]
Map = Callable[[Callable[[Group], Told], Sequence[Group]], Iterable[Told]]


def handle_stored(stripe_for: StripeFor, now: datetime, *, limit: int = 100, side_by_side: Map = map) -> int:
    """Understand up to `limit` stored events; returns how many were taken up.

    Stripe is read `side_by_side`, as that is waiting; what was read is taken in batch by batch. What could not be read
    well before the leases end is given back untouched.
    """
    blocked = what_is_blocked(now)
    if "stripe" in blocked.providers:
        return 0
    events = queue.claim_stored(now, blocked, limit=limit)
    concerned, irrelevant = _sorted_out(events, now)
    queue.mark([event.pk for event in irrelevant], State.IRRELEVANT, now)
    prefetch_related_objects([group[0][0].connection for group in concerned], "project__rulesets")
    reader = _Reader(stripe_for)
    readings = side_by_side(reader.read, concerned)
    for batch in _batches(zip(concerned, readings, strict=True)):
        _handle(batch, now)
    return len(events)


def _sorted_out(events: Sequence[StripeEvent], now: datetime) -> tuple[list[Group], list[StripeEvent]]:
    """Events with news for some case, those about one invoice together as one reading serves them; and the rest."""
    groups: dict[tuple[UUID, object], Group] = defaultdict(list)
    irrelevant: list[StripeEvent] = []
    for event in events:
        try:
            news = news_of(json.loads(bytes(event.body)))
        except (KeyError, TypeError, ValueError) as strange:
            queue.put_off(event, now, f"not understood: {type(strange).__name__}")
            continue
        if news is None:
            irrelevant.append(event)
        else:
            about = news.invoice_id if isinstance(news, InvoiceNews) else event.pk
            groups[event.connection_id, about].append((event, news))
    known = hearing.known_invoices(about for _, about in groups if isinstance(about, str))
    for key in [key for key, group in groups.items() if _is_nothing_new(group) and key not in known]:
        irrelevant += [event for event, _ in groups.pop(key)]
    return list(groups.values()), irrelevant


def _is_nothing_new(group: Group) -> bool:
    """Whether it matters only for an invoice that has a case already: most of all, one that was simply paid."""
    return all(isinstance(news, InvoiceNews) and not news.opens for _, news in group)


class _Reader:
    """Reads invoices for one batch, for as long as the batch may take. Used by many threads at once."""

    def __init__(self, stripe_for: StripeFor) -> None:
        self._stripe_for = stripe_for
        self._until = time.monotonic() + READS_FOR_SECONDS
        self._busy: set[UUID] = set()  # accounts that said so: nobody else of the batch stands in their line

    def read(self, group: Group) -> Told:
        """What Stripe says of the group's invoice, or why it says nothing."""
        event, news = group[0]
        if not isinstance(news, InvoiceNews):
            return None
        if event.connection_id in self._busy or time.monotonic() > self._until:
            return Busy("too many events of this account are waiting to be read")
        try:
            return self._stripe_for(event.connection).read_invoice(news.invoice_id)
        except (NotNow, NotHere) as silent:
            if isinstance(silent, Busy):
                self._busy.add(event.connection_id)
            return silent


def _batches(read: Iterable[tuple[Group, Told]]) -> Iterator[Batch]:
    """In the order of arrival, neighbours among the invoices together; all else is by itself."""
    for are_invoices, alike in groupby(read, key=lambda one: isinstance(one[1], InvoiceRead)):
        most = TOGETHER if are_invoices else 1
        while batch := list(islice(alike, most)):
            yield batch


def _handle(batch: Batch, now: datetime) -> None:
    """Take in what was read, then mark the events: to take a thing in twice is harmless."""
    group, told = batch[0]
    if isinstance(told, NotNow | NotHere):
        _put_off([event for event, _ in group], told, now)
        return
    try:
        relevant = _take(batch, now)
    except Exception as bug:
        if len(batch) > 1:  # none of it was taken in: each by itself, so that one event takes no other along
            log.warning("events.one_by_one", reason=type(bug).__name__)
            for one in batch:
                _handle([one], now)
        elif isinstance(bug, InterfaceError | OperationalError):
            raise  # the database is away: that says nothing of the event
        else:
            log.exception("event.not_handled", event_id=group[0][0].event_id)
            for event, _ in group:
                queue.put_off(event, now, f"{type(bug).__name__} while it was handled")
        return
    failpoint("news.before_mark")
    taken: dict[State, list[UUID]] = defaultdict(list)
    for (group, _), was_news in zip(batch, relevant, strict=True):
        taken[State.HANDLED if was_news else State.IRRELEVANT] += [event.pk for event, _ in group]
    for state, ids in taken.items():
        queue.mark(ids, state, now)


def _put_off(events: Sequence[StripeEvent], silent: NotNow | NotHere, now: datetime) -> None:
    for event in events:
        if isinstance(silent, NotHere):
            queue.put_off(event, now, str(silent))
        else:
            queue.release(event, now, str(silent))
    log.warning("event.put_off", organization=str(events[0].organization_id), reason=str(silent))


def _take(batch: Batch, now: datetime) -> list[bool]:
    """Whether each of the batch was news for a case."""
    readings = [(group[0][0].connection, told) for group, told in batch if isinstance(told, InvoiceRead)]
    if readings:
        return [case is not None for case in intake.take_readings(readings, now)]
    [([(event, news), *_], _)] = batch
    if isinstance(news, InvoiceNews):
        return [hearing.invoice_is_gone(event.connection, news.invoice_id, now)]
    return [hearing.hear(event.connection, news, now)]
