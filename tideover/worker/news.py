"""Stored events become facts of cases: read what they are about, hand it to intake, say what became of them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

import structlog

from tideover.failpoints import failpoint
from tideover.gateways.answers import Busy, LockedOut, Unreachable
from tideover.gateways.stripe import Stripe
from tideover.inbox import queue
from tideover.inbox.models import StripeEvent
from tideover.inbox.translate import InvoiceNews, News, news_of
from tideover.recovery import hearing, intake
from tideover.tenants.models import Connection

log = structlog.get_logger(__name__)
State = StripeEvent.State
StripeFor = Callable[[Connection], Stripe]


def handle_stored(stripe_for: StripeFor, now: datetime, *, limit: int = 100) -> int:
    """Understand up to `limit` stored events; returns how many were taken up."""
    events = queue.claim_stored(now, limit=limit)
    concerned, irrelevant = _sorted_out(events, now)
    queue.mark([event.pk for event in irrelevant], State.IRRELEVANT, now)
    for group in concerned:
        _handle(group, stripe_for, now)
    return len(events)


Heard = tuple[StripeEvent, News]
Group = list[Heard]


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


def _handle(group: Group, stripe_for: StripeFor, now: datetime) -> None:
    events = [event for event, _ in group]
    connection = events[0].connection
    try:
        relevant = _take(connection, group[0][1], stripe_for, now)
    except (Busy, Unreachable, LockedOut) as silent:
        for event in events:
            if isinstance(silent, LockedOut):
                queue.put_off(event, now, str(silent))
            else:
                queue.release(event, now, str(silent))
        log.warning("event.put_off", organization=str(connection.organization_id), reason=str(silent))
        return
    failpoint("news.before_mark")
    queue.mark([event.pk for event in events], State.HANDLED if relevant else State.IRRELEVANT, now)


def _take(connection: Connection, news: News, stripe_for: StripeFor, now: datetime) -> bool:
    if not isinstance(news, InvoiceNews):
        return hearing.hear(connection, news, now)
    read = stripe_for(connection).read_invoice(news.invoice_id)
    if read is None:
        return hearing.invoice_is_gone(connection, news.invoice_id, now)
    return intake.take_reading(connection, read, now) is not None
