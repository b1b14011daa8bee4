"""Our webhook endpoint at Stripe: made, moved along with the public address, and the only one of ours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from tideover import clock
from tideover.config import public_address
from tideover.gateways.answers import EndpointRead
from tideover.gateways.stripe import Stripe
from tideover.ids import new_id
from tideover.inbox.translate import ENDPOINT_EVENTS
from tideover.inbox.webhook import ADDRESS
from tideover.tenants.connecting import keep_webhook_secret
from tideover.tenants.models import Connection


class Did(StrEnum):
    """What became of an account's endpoint."""

    NOTHING = "nothing"  # it leads here
    MADE = "made"
    MOVED = "moved"
    LEFT = "left"  # it is made and moved by hand: we may not write, or the events come by a way of the merchant's own


@dataclass(frozen=True, slots=True)
class Registered:
    """What was done, where the endpoint led before (empty: not known), and how many others of ours were taken away."""

    did: Did
    before: str = ""
    removed: int = 0


def hook_of(connection: Connection) -> str:
    """Where this account's events come to."""
    return f"{public_address()}{ADDRESS}{connection.hook_token}"


def leads_elsewhere(connection: Connection) -> bool:
    """Whether the endpoint is known to lead to another address than ours is now."""
    return bool(connection.webhook_url) and connection.webhook_url != hook_of(connection)


def is_ours_to_move(connection: Connection) -> bool:
    """Whether the endpoint was made by us and may be changed by us."""
    return connection.may_write and bool(connection.webhook_endpoint_id)


def register(connection: Connection, stripe: Stripe) -> Registered:
    """Have the account's events come to our address. Raises as a write does; what was done by then stays done.

    Every call has a key of its own: under a repeated one Stripe would repeat its answer and not what was asked.
    """
    before, hook = connection.webhook_url, hook_of(connection)
    if not connection.may_write:
        return Registered(Did.LEFT, before)
    ours = _ours(connection, stripe.webhook_endpoints())
    kept = _kept(connection, ours)
    did = _moved(kept, stripe, hook) if kept else _made(connection, stripe, hook)
    others = [endpoint for endpoint in ours if endpoint != kept]
    for endpoint in others:
        stripe.delete_webhook_endpoint(endpoint.id)
    if did != Did.LEFT and connection.webhook_url != hook:
        connection.webhook_url = hook
        connection.save(update_fields=["webhook_url"])
    return Registered(did, kept.url if kept else before, len(others))


def _ours(connection: Connection, found: Sequence[EndpointRead]) -> list[EndpointRead]:
    """Those that lead to this account's connection, or to one it had before. Nobody else knows these tokens."""
    same = Connection.objects.filter(account_id=connection.account_id, livemode=connection.livemode)
    tokens = set(same.values_list("hook_token", flat=True))
    return [endpoint for endpoint in found if _token_of(endpoint.url) in tokens]


def _token_of(url: str) -> str:
    path = urlsplit(url).path
    return path.removeprefix(ADDRESS) if path.startswith(ADDRESS) else ""


def _kept(connection: Connection, ours: Sequence[EndpointRead]) -> EndpointRead | None:
    """The one whose secret we have. A secret is told once: an endpoint without it is of no use to us."""
    if not connection.webhook_secret:
        return None
    by_id = [endpoint for endpoint in ours if endpoint.id == connection.webhook_endpoint_id]
    if by_id or connection.webhook_endpoint_id:
        return next(iter(by_id), None)
    mine = [endpoint for endpoint in ours if _token_of(endpoint.url) == connection.hook_token]
    return next(iter(mine), None)  # made by hand, with the secret that we were told


def _made(connection: Connection, stripe: Stripe, hook: str) -> Did:
    if connection.webhook_secret and not connection.webhook_endpoint_id:
        return Did.LEFT  # the merchant told us the secret of one that is none of the account's: a forwarder, say
    made = stripe.create_webhook_endpoint(hook, ENDPOINT_EVENTS, key=f"endpoint_{new_id()}")
    keep_webhook_secret(connection, made.secret, clock.now(), endpoint_id=made.id, url=hook)
    return Did.MADE


def _moved(kept: EndpointRead, stripe: Stripe, hook: str) -> Did:
    """An endpoint may ask for more than we need, as the merchant likes, and not for less."""
    all_asked = "*" in kept.events or kept.events >= set(ENDPOINT_EVENTS)
    if kept.url == hook and kept.enabled and all_asked:
        return Did.NOTHING
    wanted = ["*"] if "*" in kept.events else sorted(kept.events | set(ENDPOINT_EVENTS))
    stripe.move_webhook_endpoint(kept.id, hook, wanted, key=f"endpoint_{new_id()}")
    return Did.NOTHING if kept.url == hook else Did.MOVED
