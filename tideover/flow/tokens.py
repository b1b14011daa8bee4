"""The key that opens an account at this moment. That of a Stripe App lasts an hour and rolls.

What it is refreshed with is good for one exchange, and what comes of it is stored before anybody uses it. One process
at a time exchanges it; another one that wants to goes on with the key that still holds, or waits. What a database that
is away did not take is kept in memory, and stored by the same process once it may be. A process that is killed between
Stripe's answer and the store takes the only copy along: then the account is connected once more by its merchant, what
is due waits, and the next try, within a minute, tells the owners so.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

import structlog
from django.db.models import Q

from tideover import clock
from tideover.flow import refusals
from tideover.flow.database_clock import over
from tideover.flow.models import Lane
from tideover.gateways import app
from tideover.gateways.answers import Busy, LockedOut, NotPossible, Unreachable
from tideover.gateways.app import Publisher, Spent, Tokens
from tideover.gateways.kinds import Kind
from tideover.tenants.connecting import ROLLING
from tideover.tenants.models import Connection
from tideover.tenants.secrets import sealed_field

log = structlog.get_logger(__name__)
SOON: Final = timedelta(minutes=5)  # before a key ends another one is got
LEASE: Final = timedelta(seconds=15)  # for one exchange; gateways.app gives up after six
YOUNG: Final = timedelta(minutes=1)  # a key that is refused at this age is no old one
NO_APP: Final = "the operator's Stripe App is not set up here any more (TIDEOVER_STRIPE_APP_LINK)"
UNDER_WAY: Final = "the app's token is being refreshed"


def key_of(connection: Connection) -> str:
    """What opens the account now. Raises Busy where that is not to be had yet, LockedOut where it never will.

    Raises Unreadable, too, as every secret does.
    """
    now = clock.now()
    if connection.kind != Kind.APP or _lasts(connection, now + SOON):
        return connection.api_key
    connection.refresh_from_db(fields=["kind", "api_key", *ROLLING])
    if connection.kind != Kind.APP or _lasts(connection, now + SOON):
        return connection.api_key
    if not _is_ours_to_roll(connection, now):
        if _lasts(connection, now):
            return connection.api_key
        raise Busy(UNDER_WAY)
    return _rolled(connection, now)


def _lasts(connection: Connection, at: datetime) -> bool:
    return connection.api_key_until is not None and at < connection.api_key_until


def _is_ours_to_roll(connection: Connection, now: datetime) -> bool:
    """Whether this process may: nobody else is at it, and nobody was since the row was read."""
    free = Q(rolling_until__isnull=True) | over("rolling_until", now, LEASE)
    mine = Connection.objects.filter(free, pk=connection.pk, rolls=connection.rolls)
    return bool(mine.update(rolling_until=now + LEASE))


def _rolled(connection: Connection, now: datetime) -> str:
    to = app.publisher()
    if to is None:
        return _locked_out(connection, NO_APP, now)
    try:
        got, since = _unstored_of(connection) or (_exchanged(connection, to), now)
    except Spent as spent:
        return _after_a_lost_race(connection, str(spent), now)
    except NotPossible as refused:  # our own key at Stripe, say: the operator's to mend, and nothing is spent
        return _locked_out(connection, f"Stripe refuses the app: {refused}", now)
    except Unreachable as silent:
        _free(connection)
        raise Busy(f"Stripe gave no new token: {silent}") from None
    _unstored[connection.pk] = Unstored(connection.rolls, got, since)
    is_stored = _stored(connection, got, since)
    del _unstored[connection.pk]
    if not is_stored:
        log.warning("app.superseded", connection=str(connection.pk))
        connection.refresh_from_db(fields=["api_key", *ROLLING])
    return connection.api_key


def _exchanged(connection: Connection, to: Publisher) -> Tokens:
    """Under a key that names this very exchange: if Stripe repeats its answer to it, one that was lost is not."""
    return app.refreshed(to, connection.refresh_token, key=f"refresh_{connection.pk}_{connection.rolls}")


class Unstored(NamedTuple):
    """What Stripe answered and no database has taken yet. rolls: of the row that it is for."""

    rolls: int
    got: Tokens
    since: datetime


_unstored: Final[dict[UUID, Unstored]] = {}


def _unstored_of(connection: Connection) -> tuple[Tokens, datetime] | None:
    kept = _unstored.get(connection.pk)
    return (kept.got, kept.since) if kept is not None and kept.rolls == connection.rolls else None


def _stored(connection: Connection, got: Tokens, now: datetime) -> bool:
    """False where it was connected, or disconnected, meanwhile: then that counts."""
    rolls, until = connection.rolls + 1, now + app.LASTS
    changed = {"rolls": rolls, "api_key_until": until, "rolling_until": None}
    secrets = {"api_key": got.api_key, "refresh_token": got.refresh}
    sealed = {name: sealed_field(Connection, name).sealed(connection.pk, value) for name, value in secrets.items()}
    if not Connection.objects.filter(pk=connection.pk, rolls=connection.rolls).update(**changed, **sealed):
        return False
    for name, value in (changed | secrets).items():
        setattr(connection, name, value)
    return True


def _after_a_lost_race(connection: Connection, why: str, now: datetime) -> str:
    """Who refuses a spent token does not say by whom it was spent: another may have stored the next one."""
    spent = connection.rolls
    connection.refresh_from_db(fields=["api_key", *ROLLING])
    if connection.rolls != spent and _lasts(connection, now):
        return connection.api_key
    return _locked_out(connection, f"Stripe gives no new token for the app: {why}. Install it once more", now)


def _locked_out(connection: Connection, why: str, now: datetime) -> str:
    _free(connection)
    refusals.record(connection, why, now, all_calls=True)
    raise LockedOut(why)


def _free(connection: Connection) -> None:
    Connection.objects.filter(pk=connection.pk, rolls=connection.rolls).update(rolling_until=None)


def is_only_old(connection: Connection, now: datetime) -> bool:
    """Stripe refuses the key: whether that says nothing yet, as one that rolls may have ended early.

    Then it counts as ended, and the account is asked with the next one at once.
    """
    until = connection.api_key_until
    if connection.kind != Kind.APP or (until is not None and until > now + app.LASTS - YOUNG):
        return False
    Connection.objects.filter(pk=connection.pk, rolls=connection.rolls).update(api_key_until=now)
    connection.api_key_until = now
    Lane.objects.filter(pk=connection.pk).update(felt_at=None)
    return True
