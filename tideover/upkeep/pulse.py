"""Whether Stripe still lets us in: each account is asked once a minute, and a dead key is mailed to its owners."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

import structlog
from django.db.models import F, Q

from tideover.config import public_address
from tideover.flow.alone import alone
from tideover.flow.blocked import what_is_blocked
from tideover.flow.circuit_breaker import open_at
from tideover.flow.models import Lane
from tideover.flow.refusals import refusal_of
from tideover.flow.stripe import never
from tideover.gateways.answers import NotHere, NotNow
from tideover.gateways.stripe import Stripe
from tideover.messages.letters import Letter, write_to
from tideover.recovery.claims import STRIPE, wake
from tideover.recovery.models import Action
from tideover.tenants.models import Connection
from tideover.upkeep.owners import Write, to_owners

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


# ── told to the owners ──


def tell(now: datetime, write: Write = write_to) -> int:
    """Mail each dead key to the owners of its merchant, once; returns how many keys were told.

    What no mail server took is told in the next round.
    """
    untold = Q(told_at__isnull=True) | Q(told_at__lt=F("refused_at"))
    dead = Lane.objects.filter(untold, refused_at__isnull=False, refused_until__lte=now)
    lanes = dead.filter(connection__state=Connection.State.ACTIVE).select_related("connection__organization")
    told = 0
    for lane in lanes:
        with alone("pulse.not_told", connection=str(lane.pk)):
            told += _told(lane, now, write)
    return told


def _told(lane: Lane, now: datetime, write: Write) -> bool:
    taken = to_owners(lane.organization_id, _letter(lane, now), now, write)
    if taken and not any(taken):
        log.warning("pulse.not_told", connection=str(lane.pk))
        return False
    Lane.objects.filter(pk=lane.pk).update(told_at=now)
    return bool(taken)


def _letter(lane: Lane, now: datetime) -> Letter:
    connection = lane.connection
    named, waiting = connection.account_name or connection.account_id, what_waits(connection, now)
    since = f"{lane.refused_at:%B %-d, %H:%M} UTC"
    return Letter(
        subject=f"Stripe refuses the key of {named}",
        heading=f"Stripe refuses the key of {named}",
        paragraphs=[
            f"Since {since} Stripe lets us in no more. It says: {lane.refused_why.rstrip('.')}.",
            f"Nothing is lost and nothing goes out: what comes due waits for a key that works. {waiting}",
        ],
        closing="Connect it again, and each case is read anew before anything is done.",
        label="Connect again",
        url=f"{public_address()}/connections/",
    )


def what_waits(connection: Connection, now: datetime) -> str:
    """How much has come due, in a sentence."""
    planned = Action.objects.filter(connection=connection, state=Action.State.PLANNED)
    due = planned.filter(clock=None, due_at__lte=now).count()
    return f"{due} step{'' if due == 1 else 's'} wait{'s' if due == 1 else ''} at this moment."
