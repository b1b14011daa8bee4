"""A connection's Stripe: the gateway with its key, allowed to write only in act mode and while nothing is stopped."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from django.db.models import Q

from tideover import clock
from tideover.flow import circuit_breaker, rate_limit, refusals, tokens
from tideover.flow.models import Lane
from tideover.flow.stops import why_not_set_up, why_stopped
from tideover.gateways.answers import Busy
from tideover.gateways.kinds import Kind
from tideover.gateways.line import FreeLine, Line
from tideover.gateways.stripe import Stripe
from tideover.tenants.disconnecting import is_leaving
from tideover.tenants.models import Connection
from tideover.tenants.secrets import Unreadable


def stripe_for(connection: Connection) -> Stripe:
    """The account behind `connection`. Writes raise ReadOnly unless the connection is active and in act mode.

    In quarantine nothing is written either: what a restored database believes was not held against Stripe yet.
    """
    return _stripe(connection, FreeLine(), _limits_of(connection))


def never() -> bool:
    """Whether a worker that goes on for ever was told to end."""
    return False


def stripe_for_workers(connection: Connection, ended: Callable[[], bool] = never) -> Stripe:
    """The same for workers: calls wait for their turn, and silence is counted. People are not kept waiting.

    Once the worker was told to end (`ended`), calls raise Busy: a long round of them ends between two.
    """
    return _stripe(connection, WorkersLine(connection, ended), _limits_of(connection))


def stripe_for_leaving(connection: Connection, ended: Callable[[], bool] = never) -> Stripe:
    """For giving back what is held in an account that is disconnected, and nothing else: as long as that lasts.

    In observe mode nothing is written here either, but that our endpoint is deleted where it was ours to make.
    """
    acts = connection.mode == Connection.Mode.ACT

    def stays() -> bool:
        return not is_leaving(connection)

    limits = Limits(acts, acts or connection.own_endpoint, stays, stays)
    return _stripe(connection, WorkersLine(connection, ended), limits)


def stripe_for_giving_back(connection: Connection, ended: Callable[[], bool] = never) -> Stripe:
    """The same while it is connected, also where recovery is off for the project: that is when it is given back."""
    free = connection.quarantined_at is None

    def is_set_down() -> bool:
        return bool(why_not_set_up(connection))

    limits = Limits(free and connection.may_write, False, is_set_down, is_set_down)
    return _stripe(connection, WorkersLine(connection, ended), limits)


class Limits(NamedTuple):
    """What may be written to an account, and whether nothing may after all at the moment of each write.

    set_up_stopped: the same of its webhook endpoints.
    """

    may_write: bool
    may_make_endpoint: bool
    stopped: Callable[[], bool]
    set_up_stopped: Callable[[], bool]


def _stripe(connection: Connection, line: Line, limits: Limits) -> Stripe:
    """The gateway. Where the key cannot be read, each call raises Busy: it may be made once the key is back."""
    key: str | Callable[[], str] = ""
    try:
        held = connection.api_key
        key = partial(tokens.key_of, connection) if connection.kind == Kind.APP else held
    except Unreadable as closed:
        line = ClosedLine(str(closed))
    return Stripe(
        key,
        kind=Kind(connection.kind),
        api_base=connection.api_base,
        may_write=limits.may_write,
        may_make_endpoint=limits.may_make_endpoint,
        stopped=limits.stopped,
        set_up_stopped=limits.set_up_stopped,
        line=line,
    )


def _limits_of(connection: Connection) -> Limits:
    """While it is connected: nothing in quarantine, and nothing while it is stopped."""
    free = connection.quarantined_at is None
    return Limits(
        free and connection.may_write,
        free and connection.may_make_endpoint,
        lambda: bool(why_stopped(connection)),
        lambda: bool(why_not_set_up(connection)),
    )


@dataclass(frozen=True, slots=True)
class ClosedLine(FreeLine):
    """A line on which nothing goes out, for the reason `why`."""

    why: str

    def turn(self) -> None:
        raise Busy(self.why)


@dataclass(frozen=True, slots=True)
class WorkersLine:
    """A connection's line to Stripe as workers use it: rate limited, and watched by its circuit breaker."""

    connection: Connection
    ended: Callable[[], bool] = never

    def turn(self) -> None:
        """Wait for the next free turn. Raises Busy where that takes too long, or the worker was told to end."""
        if self.ended():
            raise Busy("this worker was told to end")
        time.sleep(rate_limit.take_turn(self.connection, clock.now()).total_seconds())

    def answered(self) -> None:
        now = clock.now()
        troubled = Q(failures__gt=0) | refusals.ends_by_an_answer(now)
        if Lane.objects.filter(troubled, pk=self.connection.pk).exists():
            refusals.end(self.connection, now)
            circuit_breaker.record_success("stripe", self.connection)
        else:
            circuit_breaker.record_success("stripe")

    def silent(self) -> None:
        circuit_breaker.record_failure("stripe", clock.now(), self.connection)

    def refused(self, why: str, *, all_calls: bool) -> None:
        now = clock.now()
        if not (all_calls and tokens.is_only_old(self.connection, now)):
            refusals.record(self.connection, why, now, all_calls=all_calls)
