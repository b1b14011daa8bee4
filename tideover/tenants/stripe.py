"""A connection's Stripe: the gateway with its key, allowed to write only in act mode and while nothing is stopped."""

from __future__ import annotations

from collections.abc import Callable

from tideover.gateways.stripe import Stripe
from tideover.tenants.models import Connection
from tideover.tenants.pace import PacedLine, never
from tideover.tenants.stopping import why_stopped


def stripe_for(connection: Connection) -> Stripe:
    """The account behind `connection`. Writes raise ReadOnly unless the connection is active and in act mode.

    In quarantine nothing is written either: what a restored database believes was not held against Stripe yet.
    """
    return Stripe(connection.api_key, api_base=connection.api_base, may_write=_may_write(connection))


def paced_stripe_for(connection: Connection, ended: Callable[[], bool] = never) -> Stripe:
    """The same for workers: calls wait for their turn, and silence is counted. People are not kept waiting.

    Once the worker was told to end (`ended`), calls raise Busy: a long round of them ends between two.
    """
    return Stripe(
        connection.api_key,
        api_base=connection.api_base,
        may_write=_may_write(connection),
        line=PacedLine(connection, ended),
    )


def _may_write(connection: Connection) -> bool:
    return connection.may_write and connection.quarantined_at is None and not why_stopped(connection)
