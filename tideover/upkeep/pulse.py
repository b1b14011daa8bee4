"""Whether Stripe still lets us in: each account is asked once a minute."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

import structlog
from django.db.models import F

from tideover.flow.alone import alone
from tideover.flow.blocked import what_is_blocked
from tideover.flow.circuit_breaker import open_at
from tideover.flow.models import Lane
from tideover.flow.refusals import refusal_of
from tideover.flow.stripe import never
from tideover.gateways.answers import NotHere, NotNow
from tideover.gateways.stripe import Stripe
from tideover.recovery.claims import STRIPE, wake
from tideover.tenants.models import Connection

log = structlog.get_logger("upkeep")
StripeFor = Callable[[Connection], Stripe]
EVERY: Final = timedelta(seconds=40)


def feel(stripe_for: StripeFor, now: datetime, ended: Callable[[], bool] = never) -> int:
    """Ask for one thing in the name of each account that was not asked lately; returns how many were.

    What Stripe says is kept where each answer is: a refusal, its end, a silence.
    """
    if what_is_blocked(now).provider(STRIPE):
        return 0
    asked = 0
    for connection in _due(now):
        if ended():
            break
        Lane.objects.update_or_create(
            connection=connection,
            defaults={"felt_at": now},
            create_defaults={"felt_at": now, "organization_id": connection.organization_id, "next_turn_at": now},
        )
        _ask(connection, stripe_for, now)
        asked += 1
    return asked


def _due(now: datetime) -> list[Connection]:
    active = Connection.objects.filter(state=Connection.State.ACTIVE)
    lately = Lane.objects.filter(felt_at__gt=now - EVERY, felt_at__lte=now)
    silent = Lane.objects.filter(open_at(now))
    due = active.exclude(pk__in=lately.values("pk")).exclude(pk__in=silent.values("pk"))
    return list(due.select_related("organization").order_by(F("lane__felt_at").asc(nulls_first=True), "pk"))


def _ask(connection: Connection, stripe_for: StripeFor, now: datetime) -> None:
    """What was put off while a key was dead goes on as soon as it is let in."""
    with alone("pulse.broke", connection=str(connection.pk)), suppress(NotNow, NotHere):  # these are kept already
        dead = refusal_of(connection) is not None
        stripe_for(connection).feel()
        if dead and refusal_of(connection) is None:
            wake(connection, now)
