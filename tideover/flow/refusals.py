"""An account whose calls Stripe refuses: its key is dead or may not, or our question is not one Stripe answers.

What is due waits meanwhile. Somebody must mend it, so it is logged once, and shown wherever the account is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog
from django.db.models import Q, Value
from django.db.models.functions import Coalesce, NullIf

from tideover.flow.models import Lane
from tideover.tenants.at_once import Line, Question, line
from tideover.tenants.models import Connection, Organization

log = structlog.get_logger(__name__)
# One kind of call may be refused while others are answered. Then an answer ends it once none was refused for so long.
STANDS_FOR: Final = timedelta(minutes=20)
# Whoever asks in the name of each account (upkeep.pulse) does so more often than this. Then nobody else need ask.
WATCHED_FOR: Final = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Since when Stripe refuses the account's calls, and in which words."""

    account: str
    since: datetime
    why: str


def record(connection: Connection, why: str, now: datetime, *, all_calls: bool) -> None:
    """Stripe refused a call of this account, as it would all of them with a dead key."""
    begun = {"organization_id": connection.organization_id, "next_turn_at": now}
    Lane.objects.get_or_create(connection=connection, defaults=begun)
    told = {"refused_until": now if all_calls else now + STANDS_FOR, "refused_why": why[:200]}
    lane = Lane.objects.filter(pk=connection.pk)
    if lane.filter(refused_at__isnull=True).update(refused_at=now, **told):
        log.error(
            "stripe.refuses", organization=str(connection.organization_id), account=connection.account_id, why=why
        )
    else:
        lane.update(**told)


def waits_for_the_watch(
    now: datetime, refused_at: datetime | None, refused_until: datetime | None, felt_at: datetime | None
) -> bool:
    """Whether an account's key is dead and somebody tries it again and again: all else waits until it is let in.

    By its lane's columns. Where nobody does, as in an installation without a worker, each step goes on asking for
    itself.
    """
    if refused_at is None or refused_until is None or refused_until > now:
        return False
    return felt_at is not None and now - WATCHED_FOR < felt_at <= now


def ends_by_an_answer(now: datetime) -> Q:
    """The lanes whose refusal an answer at this moment ends."""
    return Q(refused_at__isnull=False, refused_until__lte=now)


def end(connection: Connection, now: datetime) -> None:
    """An answer came."""
    ended = Lane.objects.filter(ends_by_an_answer(now), pk=connection.pk)
    if ended.update(refused_at=None, refused_until=None, let_in_at=now):
        log.info("stripe.lets_us_in", organization=str(connection.organization_id), account=connection.account_id)


def refusal_of(connection: Connection) -> Refusal | None:
    """What Stripe refuses at this moment, or None."""
    return next(iter(_told(Q(pk=connection.pk))), None)


def known_of(connection: Connection) -> Refusal | None:
    """The same of a connection that was read with its lane."""
    lane = _lane(connection)
    if lane is None or lane.refused_at is None or connection.state != Connection.State.ACTIVE:
        return None
    return Refusal(_named(connection), lane.refused_at, _sentence(lane.refused_why))


def last_of(connection: Connection) -> Refusal | None:
    """The latest refusal that is over, if there ever was one; since: until when it lasted."""
    lane = _lane(connection)
    if lane is None or lane.refused_at is not None or lane.let_in_at is None:
        return None
    return Refusal(_named(connection), lane.let_in_at, _sentence(lane.refused_why))


def _lane(connection: Connection) -> Lane | None:
    return getattr(connection, "lane", None)  # there is none before the first call


def _named(connection: Connection) -> str:
    return connection.account_name or connection.account_id


REFUSED: Final = "refused"


def asked(organization: Organization) -> Question:
    """For `lines`: the same for all its accounts."""
    lanes = Lane.objects.filter(organization=organization, connection__state=Connection.State.ACTIVE)
    named = Coalesce(NullIf("connection__account_name", Value("")), "connection__account_id")
    return line(REFUSED, lanes.filter(refused_at__isnull=False), "pk", "refused_at", "refused_why", named)


def told(found: Iterable[Line]) -> list[Refusal]:
    """Of lines, those that are refused longest first."""
    refused = sorted((each.at, each.id, each) for each in found if each.of == REFUSED)
    return [Refusal(each.second, each.at, _sentence(each.first)) for _, _, each in refused]


def _told(which: Q) -> list[Refusal]:
    active = Q(connection__state=Connection.State.ACTIVE)
    lanes = Lane.objects.filter(which, active, refused_at__isnull=False).select_related("connection")
    return [
        Refusal(_named(lane.connection), lane.refused_at, _sentence(lane.refused_why))
        for lane in lanes.order_by("refused_at", "pk")
        if lane.refused_at
    ]


def _sentence(why: str) -> str:
    return why if why.endswith((".", "!", "?")) else f"{why}."
