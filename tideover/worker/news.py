"""Stored events become facts of cases: read what they are about, hand it to intake, say what became of them."""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby, islice
from uuid import UUID

import structlog
from django.db import DataError, InterfaceError, OperationalError
from django.db.models import prefetch_related_objects

from tideover.failpoints import failpoint
from tideover.flow.blocked import what_is_blocked
from tideover.gateways.answers import Busy, ClockRead, Garbled, InvoiceRead, LockedOut, NotHere, NotNow
from tideover.gateways.shape import Odd
from tideover.gateways.stripe import Stripe
from tideover.gateways.words import printable
from tideover.inbox import queue
from tideover.inbox.models import StripeEvent
from tideover.inbox.translate import ClockNews, InvoiceNews, News, NoNews, ReadAgain, news_of
from tideover.messages.erased import erased_among
from tideover.mirror import hearing as mirror
from tideover.recovery import hearing, intake
from tideover.recovery.reading import dated
from tideover.recovery.test_clocks.moving import take_clock
from tideover.redaction import redact
from tideover.tenants.models import Connection
from tideover.tenants.secrets import Unreadable
from tideover.upkeep.privacy.events import blank_of_the_erased, keep_essence_of

log = structlog.get_logger(__name__)
State = StripeEvent.State
StripeFor = Callable[[Connection], Stripe]
READS_FOR_SECONDS = queue.LEASE.total_seconds() / 3
TOGETHER = 20  # invoices in one transaction: few commits, and no case is held for long

DATABASE_IS_AWAY = (InterfaceError, OperationalError)
NO_CASE = "the invoice has no case here"
NO_FAILURE = "the invoice is no failed payment that is recovered here"
ABOUT_NO_CASE = "no case here is about it"

Heard = tuple[StripeEvent, News]
Group = list[Heard]
Again = list[tuple[str, InvoiceRead | None]]  # what was read of each invoice
# An exception says why there is no reading; None: none was needed.
Told = InvoiceRead | ClockRead | Again | Exception | None
Batch = list[tuple[Group, Told]]
Map = Callable[[Callable[[Group], Told], Sequence[Group]], Iterable[Told]]


def handle_stored(stripe_for: StripeFor, now: datetime, *, limit: int = 100, side_by_side: Map = map) -> int:
    """Understand up to `limit` stored events; returns how many were taken up.

    Stripe is read `side_by_side`, as that is waiting; what was read is taken in batch by batch. What could not be read
    well before the leases end is given back untouched.
    """
    if not queue.has_stored(now):
        return 0
    blocked = what_is_blocked(now)
    if "stripe" in blocked.providers:
        return 0
    events = queue.claim_stored(now, blocked, limit=limit)
    mirror.hear(events, erased_among)  # before they are settled: cut off here, they are claimed again
    concerned = _sorted_out(events, now)
    prefetch_related_objects([group[0][0].connection for group in concerned], "project__rulesets")
    reader = _Reader(stripe_for, _to_read_again(concerned))
    readings = side_by_side(reader.read, concerned)
    for batch in _batches(zip(concerned, readings, strict=True)):
        _handle(batch, now)
    blank_of_the_erased(events)
    keep_essence_of(events)
    return len(events)


def _sorted_out(events: Sequence[StripeEvent], now: datetime) -> list[Group]:
    """Events with news for some case, those about one invoice together as one reading serves them.

    The rest is settled: what is none of our business, and what nobody understands. That alone is set aside.
    """
    groups: dict[tuple[UUID, object], Group] = defaultdict(list)
    useless: dict[str, list[StripeEvent]] = defaultdict(list)
    for event in events:
        news = _understood(event, now)
        if isinstance(news, NoNews):
            useless[news.why].append(event)
        elif news is not None:
            about = news.invoice_id if isinstance(news, InvoiceNews) else event.pk
            groups[event.connection_id, about].append((event, news))
    known = hearing.known_invoices(about for _, about in groups if isinstance(about, str))
    for key in [key for key, group in groups.items() if _is_nothing_new(group) and key not in known]:
        useless[NO_CASE] += [event for event, _ in groups.pop(key)]
    for why, found in useless.items():
        queue.mark([event.pk for event in found], State.IRRELEVANT, now, why)
    return list(groups.values())


def _to_read_again(groups: Iterable[Group]) -> dict[UUID, list[str]]:
    """The invoices each event is about that names none; asked here, as the readers' threads ask nothing but Stripe."""
    single = [group[0] for group in groups]
    again = [(event, news) for event, news in single if isinstance(news, ReadAgain)]
    return {event.pk: hearing.invoices_to_read_again(event.connection, news) for event, news in again}


def _understood(event: StripeEvent, now: datetime) -> News | NoNews | None:
    """What the event tells, or None where that cannot be told: it was signed, and says the same for ever."""
    try:
        return news_of(json.loads(bytes(event.body)))
    except Unreadable as closed:  # its key is the operator's to bring back; the event is fine
        queue.release(event, now, str(closed))
        return None
    except (Odd, ValueError, RecursionError) as strange:
        reason = f"not understood: {strange or type(strange).__name__}"
    except Exception as bug:  # whatever is in one event, the others are read
        log.exception("event.not_understood", event_id=event.event_id)
        reason = f"not understood: {type(bug).__name__}"
    log.warning("event.set_aside", event_id=event.event_id, reason=reason)
    queue.set_aside(event, now, reason)
    return None


def _is_nothing_new(group: Group) -> bool:
    """Whether it matters only for an invoice that has a case already: most of all, one that was simply paid."""
    return all(isinstance(news, InvoiceNews) and not news.opens for _, news in group)


class _Reader:
    """Reads invoices for one batch, for as long as the batch may take. Used by many threads at once."""

    def __init__(self, stripe_for: StripeFor, again: Mapping[UUID, Sequence[str]]) -> None:
        self._stripe_for, self._again = stripe_for, again
        self._until = time.monotonic() + READS_FOR_SECONDS
        self._busy: set[UUID] = set()  # accounts that said so: nobody else of the batch stands in their line

    def read(self, group: Group) -> Told:
        """What Stripe says of the group's invoice, or why it says nothing."""
        event, news = group[0]
        if not isinstance(news, InvoiceNews | ReadAgain | ClockNews):
            return None
        if event.connection_id in self._busy or time.monotonic() > self._until:
            return Busy("too many events of this account are waiting to be read")
        try:
            stripe = self._stripe_for(event.connection)
            if isinstance(news, InvoiceNews):
                return stripe.read_invoice(news.invoice_id)
            if isinstance(news, ClockNews):
                return _clock(stripe, news)
            return [(invoice_id, stripe.read_invoice(invoice_id)) for invoice_id in self._again[event.pk]]
        except DATABASE_IS_AWAY:
            raise
        except Exception as silent:  # noqa: BLE001 - of the gateway, or what nobody foresaw: it is this invoice's alone
            if isinstance(silent, Busy):
                self._busy.add(event.connection_id)
            return silent


def _clock(stripe: Stripe, news: ClockNews) -> ClockRead:
    """As it is now; by the event where our key may not ask."""
    try:
        return stripe.read_clock(news.clock.id)
    except LockedOut:
        return news.clock


def _batches(read: Iterable[tuple[Group, Told]]) -> Iterator[Batch]:
    """In the order of arrival, neighbours among the invoices together; all else is by itself."""
    for are_invoices, alike in groupby(read, key=lambda one: isinstance(one[1], InvoiceRead)):
        most = TOGETHER if are_invoices else 1
        while batch := list(islice(alike, most)):
            yield batch


def _handle(batch: Batch, now: datetime) -> None:
    """Take in what was read, then mark the events: to take a thing in twice is harmless."""
    group, told = batch[0]
    if isinstance(told, Exception):
        _put_off([event for event, _ in group], told, now)
        return
    try:
        relevant = _take(batch, now)
    except DATABASE_IS_AWAY:
        raise  # that says nothing of the event
    except Exception as bug:  # noqa: BLE001 - what nobody foresaw concerns these events alone, and is told with them
        if len(batch) == 1:
            _put_off([event for event, _ in group], bug, now)
            return
        log.warning("events.one_by_one", reason=type(bug).__name__)  # none of it was taken in
        for one in batch:
            _handle([one], now)
        return
    failpoint("news.before_mark")
    taken: dict[tuple[State, str], list[UUID]] = defaultdict(list)
    for (group, _), useless in zip(batch, relevant, strict=True):
        taken[State.IRRELEVANT if useless else State.HANDLED, useless] += [event.pk for event, _ in group]
    for (state, why), ids in taken.items():
        queue.mark(ids, state, now, why)


def _put_off(events: Sequence[StripeEvent], why: Exception, now: datetime) -> None:
    """These events, and no other, wait: until Stripe answers, until they were tried five times, or for a person."""
    match why:
        case Garbled() | DataError():
            settle, said = queue.set_aside, _in_words(why)
        case NotNow():
            settle, said = queue.release, str(why)
        case NotHere():
            settle, said = queue.put_off, str(why)
        case _:
            settle, said = queue.put_off, f"{type(why).__name__} while it was handled"
            log.error("event.not_handled", event_id=events[0].event_id, exc_info=why)
    for event in events:
        settle(event, now, said)
    log.warning("event.put_off", organization=str(events[0].organization_id), reason=said)


def _in_words(odd: Garbled | DataError) -> str:
    """What stands in the way of an event for good. A database tells in its first line of a row it does not take."""
    if isinstance(odd, Garbled):
        return str(odd)
    said = printable(next(iter(str(odd).splitlines()), type(odd).__name__))
    return f"the database does not take what was read: {redact(said)}"


def _failures(group: Group) -> list[datetime]:
    """When Stripe heard that payments of the group's invoice failed."""
    return [news.failed_at for _, news in group if isinstance(news, InvoiceNews) and news.failed_at]


def _take(batch: Batch, now: datetime) -> list[str]:
    """Why each of the batch was no news for any case; empty where it was."""
    readings = [
        (group[0][0].connection, dated(told, now, _failures(group)))
        for group, told in batch
        if isinstance(told, InvoiceRead)
    ]
    if readings:
        return ["" if case else NO_FAILURE for case in intake.take_readings(readings, now)]
    [([(event, news), *_], told)] = batch
    if isinstance(told, ClockRead):
        return ["" if take_clock(event.connection, told, now) else ABOUT_NO_CASE]
    if isinstance(told, list):
        hearing.take_again(event.connection, told, now)
        return ["" if told else ABOUT_NO_CASE]
    if isinstance(news, InvoiceNews):
        return ["" if hearing.invoice_is_gone(event.connection, news.invoice_id, now) else NO_CASE]
    return ["" if hearing.hear(event.connection, news, now) else ABOUT_NO_CASE]
