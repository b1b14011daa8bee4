"""Stored events become facts of cases: read what they are about, hand it to intake, say what became of them."""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from uuid import UUID

import structlog
from django.db import InterfaceError, OperationalError
from django.db.models import prefetch_related_objects

from tideover.failpoints import failpoint
from tideover.gateways.answers import Busy, InvoiceRead, LockedOut, Unreachable
from tideover.gateways.stripe import Stripe
from tideover.inbox import queue
from tideover.inbox.models import StripeEvent
from tideover.inbox.translate import InvoiceNews, News, news_of
from tideover.recovery import hearing, intake
from tideover.tenants.fuses import shut
from tideover.tenants.models import Connection

log = structlog.get_logger(__name__)
State = StripeEvent.State
StripeFor = Callable[[Connection], Stripe]
READS_FOR_SECONDS = queue.LEASE.total_seconds() / 3


Heard = tuple[StripeEvent, News]
Group = list[Heard]
Known = set[tuple[UUID, str]]  # connection and invoice of every case
Taken = dict[State, list[UUID]]
Told = InvoiceRead | None | Exception
Map = Callable[[Callable[[Group], Told], Sequence[Group]], Iterable[Told]]


def handle_stored(stripe_for: StripeFor, now: datetime, *, limit: int = 100, side_by_side: Map = map) -> int:
    """Understand up to `limit` stored events; returns how many were taken up.

    Stripe is read `side_by_side`, as that is waiting; what was read is taken in one after the other. What could not be
    read well before the leases end is given back untouched.
    """
    closed = shut(now)
    if closed.providers & {"stripe"}:
        return 0
    events = queue.claim_stored(now, closed, limit=limit)
    concerned, irrelevant, known = _sorted_out(events, now)
    queue.mark([event.pk for event in irrelevant], State.IRRELEVANT, now)
    prefetch_related_objects([group[0][0].connection for group in concerned], "project__rulesets")
    reader = _Reader(stripe_for)
    readings = side_by_side(reader.read, concerned)
    taken: Taken = defaultdict(list)
    for group, read in zip(concerned, readings, strict=True):
        _handle(group, read, now, taken, known)
    for state, ids in taken.items():
        queue.mark(ids, state, now)
    return len(events)


def _sorted_out(events: Sequence[StripeEvent], now: datetime) -> tuple[list[Group], list[StripeEvent], Known]:
    """Events with news for some case, those about one invoice together as one reading serves them; the rest; and the
    invoices that have a case.
    """
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
    return list(groups.values()), irrelevant, known


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
        except Busy as busy:
            self._busy.add(event.connection_id)
            return busy
        except (Unreachable, LockedOut) as silent:
            return silent


def _handle(group: Group, read: Told, now: datetime, taken: Taken, known: Known) -> None:
    """Take in what was read. Marking the events comes after all of the batch: to take a thing in twice is harmless."""
    events = [event for event, _ in group]
    if isinstance(read, Exception):
        _put_off(events, read, now)
        return
    try:
        relevant = _take(events[0].connection, group[0][1], read, now, known)
    except (InterfaceError, OperationalError):
        raise  # the database is away: that says nothing of the event
    except Exception as bug:  # one event must not stop the others; it is told, and counted
        log.exception("event.not_handled", event_id=events[0].event_id)
        for event in events:
            queue.put_off(event, now, f"{type(bug).__name__} while it was handled")
        return
    failpoint("news.before_mark")
    taken[State.HANDLED if relevant else State.IRRELEVANT] += [event.pk for event in events]


def _put_off(events: Sequence[StripeEvent], silent: Exception, now: datetime) -> None:
    for event in events:
        if isinstance(silent, LockedOut):
            queue.put_off(event, now, str(silent))
        else:
            queue.release(event, now, str(silent))
    log.warning("event.put_off", organization=str(events[0].organization_id), reason=str(silent))


def _take(connection: Connection, news: News, read: InvoiceRead | None, now: datetime, known: Known) -> bool:
    if not isinstance(news, InvoiceNews):
        return hearing.hear(connection, news, now)
    if read is None:
        return hearing.invoice_is_gone(connection, news.invoice_id, now)
    has_case = (connection.pk, read.id) in known
    return intake.take_reading(connection, read, now, known=has_case) is not None
