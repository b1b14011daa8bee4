"""A circuit breaker per account and per provider: after answers that stayed away in a row, nobody asks for a while.

An account's opens after five, a provider's after twenty (a provider fails for everybody, one account's network does
not). While it is open nothing is claimed for it. Then it is half open: one worker gets one try. An answer closes it,
silence opens it for twice as long.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db.models import F, Q, QuerySet

from tideover.flow.around import Around
from tideover.flow.database_clock import WORKERS_DIFFER_BY, over
from tideover.flow.models import Lane, Provider
from tideover.tenants.models import Connection

OPENS_AFTER: Final = {"lane": 5, "provider": 20}
OPEN_AT_FIRST = timedelta(seconds=30)
OPEN_AT_MOST = timedelta(minutes=10)
PROBE = timedelta(seconds=45)  # how long the one try may take before another worker may have the next


def is_open(open_until: datetime | None, now: datetime) -> bool:
    """Whether nobody may ask at this moment. A breaker that would be open longer than any is met a wrong clock."""
    return open_until is not None and now < open_until <= now + OPEN_AT_MOST + WORKERS_DIFFER_BY


def open_at(now: datetime) -> Q:
    """The same of many, as their rows stand."""
    return Q(open_until__isnull=False) & ~over("open_until", now, OPEN_AT_MOST)


@dataclass(frozen=True, slots=True)
class Tripped:
    """A breaker that is open or half open. `whose`: a provider's name, or empty for the account itself."""

    whose: str
    failures: int
    open_until: datetime


def tripped_for(there: Around, providers: Collection[str]) -> list[Tripped]:
    """The breakers that stand between an account and these providers."""
    lane = there.lane
    rows: list[tuple[str, Lane | Provider, int]] = [("", lane, OPENS_AFTER["lane"])] if lane else []
    shared = [
        (name, there.providers[name], OPENS_AFTER["provider"]) for name in sorted({*providers} & {*there.providers})
    ]
    return [
        Tripped(whose, row.failures, row.open_until)
        for whose, row, limit in [*rows, *shared]
        if row.open_until and row.failures >= limit
    ]


def probe(connection_id: UUID, now: datetime) -> bool:
    """Whether the caller is the one who may try an account whose breaker is half open."""
    may_be_tried = over("open_until", now, OPEN_AT_MOST)
    half_open = Lane.objects.filter(may_be_tried, pk=connection_id, failures__gte=OPENS_AFTER["lane"])
    return bool(half_open.update(open_until=now + PROBE))


def record_failure(provider: str, now: datetime, connection: Connection | None = None) -> None:
    """No answer came. Counted for the provider, and for the account where it was asked about one."""
    if connection is not None:
        Lane.objects.get_or_create(
            connection=connection, defaults={"organization_id": connection.organization_id, "next_turn_at": now}
        )
        _count(Lane.objects.filter(pk=connection.pk), OPENS_AFTER["lane"], now)
    Provider.objects.get_or_create(name=provider)
    _count(Provider.objects.filter(name=provider), OPENS_AFTER["provider"], now)


def record_success(provider: str, connection: Connection | None = None) -> None:
    """An answer came, whatever it says: the breaker is closed. Writes only where it was not."""
    closed = {"failures": 0, "open_until": None}
    if connection is not None and Lane.objects.filter(pk=connection.pk, failures__gt=0).exists():
        Lane.objects.filter(pk=connection.pk).update(**closed)
    if Provider.objects.filter(name=provider, failures__gt=0).exists():
        Provider.objects.filter(name=provider).update(**closed)


def record_failure_of(own: QuerySet[Any], now: datetime) -> None:
    """The same of an account that one project alone sends by: it opens as early as an account's."""
    _count(own, OPENS_AFTER["lane"], now)


def record_success_of(own: QuerySet[Any]) -> None:
    """An answer came by it."""
    if own.filter(failures__gt=0).exists():
        own.update(failures=0, open_until=None)


def _count(rows: QuerySet[Any], limit: int, now: datetime) -> None:
    rows.update(failures=F("failures") + 1)
    failures = rows.values_list("failures", flat=True).first() or 0
    if failures >= limit:
        open_for = min(OPEN_AT_MOST, OPEN_AT_FIRST * 2 ** min(failures - limit, 10))
        rows.update(open_until=now + open_for)
