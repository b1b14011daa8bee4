"""What is told of test clocks is kept, and what is told of payments on one is dated by it.

Stripe dates invoices and subscriptions by the clock of their customer, and payments by real time
(https://github.com/stripe/stripe-python/issues/1183). By real time alone a case would open weeks before or after its
invoice was made.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from tideover.clock import now as by_the_wall
from tideover.gateways.answers import ClockRead, InvoiceRead
from tideover.recovery.models import Action, Attempt, Case, Clock
from tideover.tenants.models import Connection

State = Clock.State
STATES: Final[Mapping[str, Clock.State]] = {
    "ready": State.READY,
    "advancing": State.ADVANCING,
    "internal_failure": State.FAILED,
    "deleted": State.DELETED,
}
JUST_ASKED: Final = timedelta(minutes=1)  # a reading that does not know of it yet was begun before
Reading = tuple[Connection, InvoiceRead]


def keep(connection: Connection, told: ClockRead, *, at_least: datetime | None = None) -> Clock | None:
    """The clock's row, as it is told of; one that shows less than is known was read before.

    at_least: what it surely shows, where our key may not read it. None where nobody knows of it at all.
    """
    shows = told.shows or at_least
    clock = Clock.objects.filter(connection=connection, clock_id=told.id).first()
    if clock is None:
        return _made(connection, told, shows) if shows else None
    if _is_older(clock, told):
        return clock
    as_read = Clock.objects.filter(pk=clock.pk, state=clock.state, shows=clock.shows)
    values = _values(told, max(clock.shows, shows or clock.shows), clock.target)
    as_read.update(**values)  # unless somebody else was faster
    clock.refresh_from_db()
    return clock


def _made(connection: Connection, told: ClockRead, shows: datetime) -> Clock:
    whose = {"organization_id": connection.organization_id}
    made, _ = Clock.objects.get_or_create(
        connection=connection, clock_id=told.id, defaults={**whose, **_values(told, shows)}
    )
    return made


def _values(told: ClockRead, shows: datetime, asked: datetime | None = None) -> dict[str, Any]:
    """asked: where it was asked to go, should Stripe not say."""
    state = State.CLOSED if told.closed else STATES.get(told.status, State.CLOSED)
    target = (told.target or asked or shows) if state == State.ADVANCING else None
    unknown = "" if told.closed or told.status in STATES else f"Stripe says that it is {told.status}"
    named = {"name": told.name} if told.name else {}
    trouble = told.closed or unknown
    return {"shows": shows, "state": state, "target": target, "trouble": trouble, "read_at": by_the_wall(), **named}


def _is_older(clock: Clock, told: ClockRead) -> bool:
    """Whether the clock was read before it was as it is known: it goes ahead only, and is gone for good."""
    if clock.state == State.DELETED or (told.shows is not None and told.shows < clock.shows):
        return True
    asked = clock.asked_at is not None and by_the_wall() - clock.asked_at < JUST_ASKED
    before = clock.target is not None and told.shows is not None and told.shows < clock.target
    return asked and before and clock.state == State.ADVANCING and told.status == "ready"


def clock_of(connection: Connection, read: InvoiceRead) -> Clock | None:
    """The clock that the customer of this invoice hangs on, as it was read with it or is known."""
    if not read.test_clock:
        return None
    if read.clock is not None:
        return keep(connection, read.clock, at_least=read.created_at)
    return Clock.objects.filter(connection=connection, clock_id=read.test_clock).first()


def by_clock(readings: Sequence[Reading]) -> list[tuple[Clock | None, list[Reading]]]:
    """The readings apart by whose time they are taken in at; those of nobody on a clock first."""
    clocks: dict[UUID | None, Clock | None] = {None: None}
    apart: dict[UUID | None, list[Reading]] = defaultdict(list)
    for connection, read in sorted(readings, key=_clock_id):  # in one order for all: rows are written
        clock = clock_of(connection, read)
        clocks[clock.pk if clock else None] = clock
        apart[clock.pk if clock else None].append((connection, read))
    return [(clocks[key], apart[key]) for key in sorted(apart, key=lambda key: (key is not None, str(key)))]


def _clock_id(reading: Reading) -> str:
    return reading[1].test_clock


def hang(case: Case, clock: Clock | None) -> None:
    """From now on the case lives by the clock; nobody is ever taken off one. The caller holds its row."""
    if clock is None:
        return
    is_new = case.clock_id != clock.pk
    case.clock = clock
    if is_new and case.is_stored:
        Action.objects.filter(case=case, state=Action.State.PLANNED).update(clock=clock)


def dated_by(clock: Clock | None, connection: Connection, read: InvoiceRead, *, is_new: bool) -> InvoiceRead:
    """The reading, each payment of it dated by the clock: when it is known to have been, else now.

    The first failure of an invoice without a case was when Stripe first tried it: as it was finalized.
    """
    if clock is None:
        return read
    told = _known(connection, [*(each.id for each in read.attempts), *(each.id for each in read.payments)])
    first = min(read.created_at, clock.shows) if is_new else clock.shows
    attempts = tuple(
        replace(each, at=told.get(each.id, clock.shows if place else first), asked_at=each.at, failed_at=None)
        for place, each in enumerate(read.attempts)
    )
    payments = tuple(replace(each, at=told.get(each.id, clock.shows)) for each in read.payments)
    return replace(read, attempts=attempts, payments=payments, failed_at=None)


def _known(connection: Connection, charges: Sequence[str]) -> Mapping[str, datetime]:
    rows = Attempt.objects.filter(connection=connection, charge_id__in=charges)
    return dict(rows.values_list("charge_id", "at"))
