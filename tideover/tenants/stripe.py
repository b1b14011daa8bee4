"""A connection's Stripe: the gateway with its key, allowed to write only in act mode."""

from tideover.gateways.stripe import Stripe
from tideover.tenants.models import Connection


def stripe_for(connection: Connection) -> Stripe:
    """The account behind `connection`. Writes raise ReadOnly unless the connection is active and in act mode.

    In quarantine nothing is written either: what a restored database believes was not held against Stripe yet.
    """
    calm = connection.organization.stopped_at is None and connection.quarantined_at is None
    may_write = connection.may_write and calm
    return Stripe(connection.api_key, api_base=connection.api_base, may_write=may_write)
