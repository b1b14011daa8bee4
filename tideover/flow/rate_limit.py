"""Whose turn is it at Stripe: one row per account limits the calls of all workers of all machines together.

Stripe allows 25 calls a second per endpoint and 100 per account (https://docs.stripe.com/rate-limits), and the
merchant's own software needs most of them. So ours are 5 a second, of which 5 may come at once. The row keeps one
instant, the next free turn: a token bucket without a counter.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from tideover.flow.models import Lane
from tideover.gateways.answers import Busy
from tideover.tenants.models import Connection

BETWEEN_CALLS = timedelta(milliseconds=200)
BURST = timedelta(seconds=1)
LONGEST_WAIT = timedelta(seconds=3)  # well under the lease of the action that waits
CLOCK_WAS_SET_BACK = timedelta(minutes=1)  # no turn is ever promised that far ahead


def take_turn(connection: Connection, now: datetime) -> timedelta:
    """How long to wait for the turn that is now ours. Raises Busy, taking none, where too many wait already."""
    begun = {"organization_id": connection.organization_id, "next_turn_at": now - BURST}
    lane, _ = Lane.objects.get_or_create(connection=connection, defaults=begun)
    while True:
        promised = lane.next_turn_at
        free_at = promised if promised < now + CLOCK_WAS_SET_BACK else now
        turn_at = max(free_at, now - BURST) + BETWEEN_CALLS
        if turn_at - now > LONGEST_WAIT:
            raise Busy("this account's own share of Stripe's rate limit is used up")
        if Lane.objects.filter(pk=lane.pk, next_turn_at=promised).update(next_turn_at=turn_at):
            return max(turn_at - now, timedelta(0))
        lane.refresh_from_db(fields=["next_turn_at"])  # somebody else was quicker
