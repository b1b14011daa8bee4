"""Billing periods: calendar arithmetic from an anchor, as Stripe does it (31 January, 28 February, 31 March).

Sources: https://docs.stripe.com/billing/subscriptions/billing-cycle.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, datetime

SECONDS = {"day": 86400, "week": 7 * 86400}
MONTHS = {"month": 1, "year": 12}


def step(anchor: int, interval: str, count: int, times: int) -> int:
    """The instant `times` intervals of `count` days, weeks, months or years after `anchor` (unix seconds, UTC)."""
    if interval in SECONDS:
        return anchor + SECONDS[interval] * count * times
    start = datetime.fromtimestamp(anchor, UTC)
    months = start.month - 1 + MONTHS[interval] * count * times
    year, month = start.year + months // 12, months % 12 + 1
    day = min(start.day, monthrange(year, month)[1])
    return int(start.replace(year=year, month=month, day=day).timestamp())


def end_of(anchor: int, interval: str, count: int, start: int) -> int:
    """The end of the period that begins at `start`: the first step from the anchor that lies after it."""
    length = SECONDS.get(interval, 28 * 86400 * MONTHS.get(interval, 1)) * count
    times = max(0, (start - anchor) // (length + 4 * 86400 * (interval in MONTHS) * count * MONTHS.get(interval, 1)))
    while step(anchor, interval, count, times) <= start:
        times += 1
    return step(anchor, interval, count, times)
