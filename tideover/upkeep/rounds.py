"""What is due every few minutes and every day, for every connection; each job looks whether its time has come."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import astuple, dataclass
from datetime import datetime
from typing import Final

import structlog

from tideover.flow.alone import alone
from tideover.flow.stripe import never
from tideover.flow.throttle import clear_ended
from tideover.gateways.answers import NotHere, NotNow, Unknown
from tideover.gateways.stripe import Stripe
from tideover.inbox import catchup, registration
from tideover.recovery import quarantine, sweep
from tideover.recovery.earlier import reading as earlier
from tideover.recovery.returned.following import follow
from tideover.recovery.test_clocks.moving import look_at_all
from tideover.tenants.disconnecting import leaving
from tideover.tenants.models import Connection
from tideover.upkeep import invariants, restoring, skew, watched
from tideover.upkeep.leaving import wind_up
from tideover.upkeep.sample.aging import tend
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
    broken: int = 0  # parts of a connection's round that an error ended

    def __add__(self, other: Kept) -> Kept:
        return Kept(*(mine + theirs for mine, theirs in zip(astuple(self), astuple(other), strict=True)))


def keep_up(stripe_for: StripeFor, now: datetime, ended: Callable[[], bool] = never) -> Kept:
    """One round over all connections, then the house's own part. One account's trouble holds up no other.

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
    restoring.take_in_waiting()
    clear_ended(now)
    tend(now)
    seal(now)
    return kept


def wind_up_all(stripe_for: StripeFor, now: datetime, ended: Callable[[], bool] = never) -> int:
    """One round over the accounts that were disconnected; returns of how many nothing is left to do."""
    done = 0
    for connection in leaving().select_related("organization", "project").order_by("disconnected_at", "id"):
        if ended():
            break
        told = {"organization": str(connection.organization_id), "connection": str(connection.pk)}
        with structlog.contextvars.bound_contextvars(**told), alone("leaving.broke"):
            done += _wound_up(connection, stripe_for, now)
    return done


def _wound_up(connection: Connection, stripe_for: StripeFor, now: datetime) -> bool:
    try:
        return wind_up(connection, stripe_for(connection), now)
    except (NotNow, NotHere, Unknown) as silent:
        log.warning("leaving.put_off", reason=str(silent))
    return False


def _one(connection: Connection, stripe_for: StripeFor, now: datetime) -> Kept:
    """What is done for one account: part by part, as what breaks in one of them stops no other."""
    kept = Kept()
    for name, part in (PARTS if connection.quarantined_at is None else IN_QUARANTINE).items():
        with alone("upkeep.broke", part=name):
            try:
                kept += part(connection, stripe_for(connection), now)
            except (NotNow, NotHere, Unknown) as silent:
                log.warning("upkeep.put_off", reason=str(silent))
                kept += Kept(silent=1)
                break
            continue
        kept += Kept(broken=1)
    if kept.caught or kept.opened:
        log.info("upkeep.caught_up", events=kept.caught, cases=kept.opened, reread=kept.reread)
    return kept


def _lift(connection: Connection, stripe: Stripe, now: datetime) -> Kept:
    over = quarantine.lift(connection, stripe, now)
    log.info("quarantine.lifted" if over else "quarantine.waits", unread="" if over else "news")
    return Kept()


def _catch_up(connection: Connection, stripe: Stripe, now: datetime) -> Kept:
    due = catchup.is_due(connection, now)
    return Kept(caught=catchup.catch_up(connection, stripe, now).new) if due else Kept()


def _sweep(connection: Connection, stripe: Stripe, now: datetime) -> Kept:
    found_anyway = not connection.project.recovery_enabled and earlier.is_unread(connection)
    due = sweep.is_due(connection, now) and not found_anyway
    return Kept(opened=sweep.sweep(connection, stripe, now).opened) if due else Kept()


def _reread(connection: Connection, stripe: Stripe, now: datetime) -> Kept:
    return Kept(reread=sweep.reread_stale(connection, stripe, now))


def _look_at_clocks(connection: Connection, stripe: Stripe, now: datetime) -> Kept:
    """Only in test mode there are any."""
    if not connection.livemode and look_at_all(connection, stripe, now):
        log.info("upkeep.clocks_moved", connection=str(connection.pk))
    return Kept()


def _move_endpoint(connection: Connection, stripe: Stripe, _now: datetime) -> Kept:
    """What Stripe says against it is no reason to leave out the rest of the round."""
    if registration.leads_elsewhere(connection) and registration.is_ours_to_move(connection):
        try:
            log.info("upkeep.endpoint", did=str(registration.register(connection, stripe).did))
        except (NotNow, NotHere, Unknown) as refused:
            log.warning("upkeep.endpoint_stays", reason=str(refused))
            return Kept(silent=1)
    return Kept()


def _follow(connection: Connection, stripe: Stripe, now: datetime) -> Kept:
    follow(connection, stripe, now)
    return Kept()


Part = Callable[[Connection, Stripe, datetime], Kept]
PARTS: Final[Mapping[str, Part]] = {
    "endpoint": _move_endpoint,  # first: what it missed where it led before is found by those below
    "catch-up": _catch_up,
    "sweep": _sweep,
    "reread": _reread,
    "clocks": _look_at_clocks,
    "returned": _follow,
}
IN_QUARANTINE: Final[Mapping[str, Part]] = {"quarantine": _lift}


def watch(now: datetime) -> int:
    """Look for what must never be, log each finding and keep it for the pages; returns how many there are."""
    places = invariants.broken(now)
    broken = [found for found in invariants.found(places) if not found.fine]
    for found in broken:
        log.error("invariant.broken", name=found.name, count=found.count, examples=list(found.examples))
    watched.keep(places, now)
    return len(broken)
