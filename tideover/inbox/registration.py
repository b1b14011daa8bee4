"""Our webhook endpoint at Stripe: made, moved along with the public address, and the only one of ours."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit

from tideover import clock
from tideover.config import public_address
from tideover.gateways.answers import EndpointRead, NotPossible
from tideover.gateways.stripe import Stripe
from tideover.ids import new_id
from tideover.inbox.translate import ENDPOINT_EVENTS
from tideover.inbox.webhook import ADDRESS
from tideover.tenants.connecting import keep_webhook_secret
from tideover.tenants.models import Connection

MOST: Final = 16  # endpoints of an account: https://docs.stripe.com/webhooks#webhook-endpoint-limits


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


class NoRoom(NotPossible):
    """The account has as many endpoints as Stripe allows."""


def hook_of(connection: Connection) -> str:
    """Where this account's events come to."""
    return f"{public_address()}{ADDRESS}{connection.hook_token}"


def leads_elsewhere(connection: Connection) -> bool:
    """Whether the endpoint is known to lead to another address than ours is now."""
    return bool(connection.webhook_url) and connection.webhook_url != hook_of(connection)


def is_ours_to_move(connection: Connection) -> bool:
    """Whether the endpoint was made by us and may be changed by us."""
    return connection.may_make_endpoint and bool(connection.webhook_endpoint_id)


def register(connection: Connection, stripe: Stripe) -> Registered:
    """Have the account's events come to our address. Raises as a write does; what was done by then stays done.

    Every call has a key of its own: under a repeated one Stripe would repeat its answer and not what was asked.
    """
    before, hook = connection.webhook_url, hook_of(connection)
    if not connection.may_make_endpoint:
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
    _make(connection, stripe, hook, ENDPOINT_EVENTS)
    return Did.MADE


def _make(connection: Connection, stripe: Stripe, hook: str, events: Sequence[str]) -> None:
    """Raises NoRoom where one of the account's endpoints must go first."""
    try:
        made = stripe.create_webhook_endpoint(hook, events, key=f"endpoint_{new_id()}")
    except NotPossible:
        if len(stripe.webhook_endpoints()) < MOST:
            raise
        raise NoRoom(f"Stripe allows {MOST} webhook endpoints an account, and all of them are taken") from None
    keep_webhook_secret(connection, made.secret, clock.now(), endpoint_id=made.id, url=hook)


def rotate(connection: Connection, stripe: Stripe) -> None:
    """Have our endpoint sign with a new secret: another one in its place, as Stripe tells a secret at the making alone.

    For a moment both are there and each event comes twice; it counts once. What is under way with the old signature is
    taken for a day, and what the old one was still to be sent is found by catch-up. Raises as a write does: cut off in
    the middle, the next round takes away what has no secret here.
    """
    if not is_ours_to_move(connection):
        raise NotPossible("this endpoint was made by hand: roll its secret at Stripe, and hand in the new one")
    old = connection.webhook_endpoint_id
    events = {event for each in stripe.webhook_endpoints() if each.id == old for event in each.events}
    wanted = ["*"] if "*" in events else sorted(events | set(ENDPOINT_EVENTS))
    _make(connection, stripe, hook_of(connection), wanted)
    with suppress(NotPossible):  # somebody deleted it
        stripe.delete_webhook_endpoint(old)


@dataclass(frozen=True, slots=True)
class Listed:
    """An endpoint of the account. ours: it leads to this connection. left_over: to a Tideover that is not this one."""

    endpoint: EndpointRead
    ours: bool
    left_over: bool

    @property
    def host(self) -> str:
        """Where it leads, without the part that opens it."""
        parts = urlsplit(self.endpoint.url)
        return f"{parts.scheme}://{parts.netloc}{'' if self.ours or self.left_over else parts.path}"


def endpoints_of(connection: Connection, stripe: Stripe) -> list[Listed]:
    """All endpoints of the account, ours first, then what looks like left over by an installation of before."""
    found = stripe.webhook_endpoints()
    ours = _ours(connection, found)
    listed = [Listed(each, each in ours, bool(_token_of(each.url)) and each not in ours) for each in found]
    return sorted(listed, key=lambda each: (not each.ours, not each.left_over, each.endpoint.url))


def take_away(connection: Connection, endpoint_id: str, stripe: Stripe) -> None:
    """Delete an endpoint that was left over. Raises NotPossible for every other one: it is none of Tideover's."""
    for each in endpoints_of(connection, stripe):
        if each.endpoint.id == endpoint_id and each.left_over:
            stripe.delete_webhook_endpoint(endpoint_id)
            return
    raise NotPossible(f"{endpoint_id} is no endpoint that an installation of Tideover has left over")


def _moved(kept: EndpointRead, stripe: Stripe, hook: str) -> Did:
    """An endpoint may ask for more than we need, as the merchant likes, and not for less."""
    all_asked = "*" in kept.events or kept.events >= set(ENDPOINT_EVENTS)
    if kept.url == hook and kept.enabled and all_asked:
        return Did.NOTHING
    wanted = ["*"] if "*" in kept.events else sorted(kept.events | set(ENDPOINT_EVENTS))
    stripe.move_webhook_endpoint(kept.id, hook, wanted, key=f"endpoint_{new_id()}")
    return Did.NOTHING if kept.url == hook else Did.MOVED
