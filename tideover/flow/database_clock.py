"""The one clock that all workers share is the database's: leases, turns and rests hold by it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from django.db import connection
from django.db.models import Q

from tideover import clock

NONE: Final = timedelta(0)
ASKED: Final = {
    "postgresql": "SELECT clock_timestamp()",
    "sqlite": "SELECT strftime('%Y-%m-%d %H:%M:%f', 'now')",
}
WORKERS_DIFFER_BY: Final = timedelta(minutes=1)  # at the very most: from five seconds on they do nothing


def told() -> datetime:
    """The present instant by the database's clock."""
    with connection.cursor() as cursor:
        cursor.execute(ASKED[connection.vendor])
        (found,) = cursor.fetchone()
    real = datetime.fromisoformat(found).replace(tzinfo=UTC) if isinstance(found, str) else found.astimezone(UTC)
    return clock.moved(real)


def ahead(now: Callable[[], datetime] = clock.now, there: Callable[[], datetime] = told) -> timedelta:
    """By how much ours is ahead of it at the least, negative where it is behind: a slow answer accuses no clock."""
    asked, written, answered = now(), there(), now()
    return asked - written if asked > written else min(answered - written, NONE)


def over(column: str, now: datetime, longest: timedelta) -> Q:
    """Whether the instant of a column has come; or is farther ahead than anybody sets it, so that a clock was wrong."""
    return Q(**{f"{column}__lte": now}) | Q(**{f"{column}__gt": now + longest + WORKERS_DIFFER_BY})
