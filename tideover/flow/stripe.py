"""A connection's Stripe: the gateway with its key, allowed to write only in act mode and while nothing is stopped."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import Q

from tideover import clock
from tideover.flow import circuit_breaker, rate_limit, refusals
from tideover.flow.models import Lane
from tideover.flow.stops import why_not_set_up, why_stopped
from tideover.gateways.answers import Busy
from tideover.gateways.line import FreeLine, Line
from tideover.gateways.stripe import Stripe
from tideover.tenants.disconnecting import is_leaving
from tideover.tenants.models import Connection
from tideover.tenants.secrets import Unreadable


def stripe_for(connection: Connection) -> Stripe:
    """The account behind `connection`. Writes raise ReadOnly unless the connection is active and in act mode.

    In quarantine nothing is written either: what a restored database believes was not held against Stripe yet.
    """
    return _stripe(connection, FreeLine(), *_within_limits(connection))


def never() -> bool:
    """Whether a worker that goes on for ever was told to end."""
    return False


def stripe_for_workers(connection: Connection, ended: Callable[[], bool] = never) -> Stripe:
    """The same for workers: calls wait for their turn, and silence is counted. People are not kept waiting.

    Once the worker was told to end (`ended`), calls raise Busy: a long round of them ends between two.
    """
    return _stripe(connection, WorkersLine(connection, ended), *_within_limits(connection))


def stripe_for_leaving(connection: Connection, ended: Callable[[], bool] = never) -> Stripe:
    """For giving back what is held in an account that is disconnected, and nothing else: as long as that lasts.

    In observe mode nothing is written here either.
    """
    line, may_write = WorkersLine(connection, ended), connection.mode == Connection.Mode.ACT
    return _stripe(connection, line, may_write, lambda: not is_leaving(connection))


def _stripe(
    connection: Connection,
    line: Line,
    may_write: bool,  # noqa: FBT001
    stopped: Callable[[], bool],
    set_up_stopped: Callable[[], bool] | None = None,
) -> Stripe:
    """The gateway. Where the key cannot be read, each call raises Busy: it may be made once the key is back."""
    try:
        key = connection.api_key
    except Unreadable as closed:
        key, line = "", ClosedLine(str(closed))
    return Stripe(
        key,
        api_base=connection.api_base,
        may_write=may_write,
        stopped=stopped,
        set_up_stopped=set_up_stopped or stopped,
        line=line,
    )


def _within_limits(connection: Connection) -> tuple[bool, Callable[[], bool], Callable[[], bool]]:
    """Whether the account may be written to, and whether it, or its webhook endpoints, may not after all right then."""
    may_write = connection.may_write and connection.quarantined_at is None
    return may_write, lambda: bool(why_stopped(connection)), lambda: bool(why_not_set_up(connection))


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
        refusals.record(self.connection, why, clock.now(), all_calls=all_calls)
