"""Stored events become facts of cases: read what they are about, hand it to intake, say what became of them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime

import structlog

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
    for group in _groups(events, now):
        _handle(group, stripe_for, now)
    return len(events)


Heard = tuple[StripeEvent, News]


def _groups(events: Sequence[StripeEvent], now: datetime) -> list[list[Heard]]:
    """Events with news, those about one invoice together: one reading serves them all. The rest is settled here."""
    groups: dict[tuple[object, ...], list[Heard]] = defaultdict(list)
    irrelevant = []
    for event in events:
        try:
            news = news_of(json.loads(bytes(event.body)))
        except (KeyError, TypeError, ValueError) as strange:
            queue.put_off(event, now, f"not understood: {type(strange).__name__}")
            continue
        if news is None:
            irrelevant.append(event.pk)
        elif isinstance(news, InvoiceNews):
            groups[event.connection_id, news.invoice_id].append((event, news))
        else:
            groups[event.connection_id, event.pk].append((event, news))
    queue.mark(irrelevant, State.IRRELEVANT, now)
    return list(groups.values())


def _handle(group: Sequence[Heard], stripe_for: StripeFor, now: datetime) -> None:
    events = [event for event, _ in group]
    connection = events[0].connection
    try:
        relevant = _take(connection, [news for _, news in group], stripe_for, now)
    except (Busy, Unreachable, LockedOut) as silent:
        for event in events:
            queue.put_off(event, now, str(silent))
        log.warning("event.put_off", organization=str(connection.organization_id), reason=str(silent))
        return
    state = State.HANDLED if relevant else State.IRRELEVANT
    queue.mark([event.pk for event in events], state, now)


def _take(connection: Connection, news: Sequence[News], stripe_for: StripeFor, now: datetime) -> bool:
    first = news[0]
    if not isinstance(first, InvoiceNews):
        return hearing.hear(connection, first, now)
    opens = any(isinstance(one, InvoiceNews) and one.opens for one in news)
    if not opens and not hearing.is_known(connection, first.invoice_id):
        return False
    read = stripe_for(connection).read_invoice(first.invoice_id)
    if read is None:
        return hearing.invoice_is_gone(connection, first.invoice_id, now)
    return intake.take_reading(connection, read, now) is not None
