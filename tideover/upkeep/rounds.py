"""What is due every few minutes and every day, for every connection; each job looks whether its time has come."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog

from tideover.flow.stripe import never
from tideover.flow.throttle import clear_ended
from tideover.gateways.answers import NotHere, NotNow
from tideover.gateways.stripe import Stripe
from tideover.inbox import catchup
from tideover.recovery import quarantine, sweep
from tideover.tenants.models import Connection
from tideover.upkeep import invariants, skew
from tideover.upkeep.sealing import seal

log = structlog.get_logger("upkeep")
StripeFor = Callable[[Connection], Stripe]


@dataclass(frozen=True, slots=True)
class Kept:
    """What one round did."""

    caught: int = 0  # events nobody had told us
    opened: int = 0  # cases nobody had told us
    reread: int = 0
    silent: int = 0  # connections whose Stripe did not answer

    def __add__(self, other: Kept) -> Kept:
        return Kept(
            self.caught + other.caught,
            self.opened + other.opened,
            self.reread + other.reread,
            self.silent + other.silent,
        )


def keep_up(stripe_for: StripeFor, now: datetime, ended: Callable[[], bool] = never) -> Kept:
    """One round over all connections, then the clock and the audit log. One account's trouble holds up no other.

    A round of a worker that was told to end (`ended`) is cut short: the next one begins with who has waited longest.
    """
    kept = Kept()
    active = Connection.objects.filter(state=Connection.State.ACTIVE).select_related("organization", "project")
    for connection in active.order_by("events_seen_to", "id"):
        if ended():
            break
        with structlog.contextvars.bound_contextvars(
            organization=str(connection.organization_id), connection=str(connection.pk)
        ):
            kept += _one(connection, stripe_for, now)
    skew.keep(now)
    clear_ended(now)
    seal(now)
    return kept


def _one(connection: Connection, stripe_for: StripeFor, now: datetime) -> Kept:
    try:
        return _kept(connection, stripe_for(connection), now)
    except (NotNow, NotHere) as silent:
        log.warning("upkeep.put_off", reason=str(silent))
        return Kept(silent=1)
    except (KeyError, TypeError, ValueError) as strange:
        log.exception("upkeep.not_understood", kind=type(strange).__name__)  # Stripe sent a shape nobody thought of
        return Kept(silent=1)


def _kept(connection: Connection, stripe: Stripe, now: datetime) -> Kept:
    if connection.quarantined_at is not None:
        over = quarantine.lift(connection, stripe, now)
        log.info("quarantine.lifted" if over else "quarantine.waits", unread="" if over else "news")
        return Kept()
    caught = catchup.catch_up(connection, stripe, now).new if catchup.is_due(connection, now) else 0
    swept = sweep.sweep(connection, stripe, now).opened if sweep.is_due(connection, now) else 0
    reread = sweep.reread_stale(connection, stripe, now)
    if caught or swept:
        log.info("upkeep.caught_up", events=caught, cases=swept, reread=reread)
    return Kept(caught, swept, reread)


def watch(now: datetime) -> int:
    """Look for what must never be and log each finding; returns how many there are."""
    broken = [found for found in invariants.look(now) if not found.fine]
    for found in broken:
        log.error("invariant.broken", name=found.name, count=found.count, examples=list(found.examples))
    return len(broken)
