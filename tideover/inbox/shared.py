"""One address for the events of every account: whose an event is, its account and its signature tell.

An event of the operator's Connect application, or Stripe App, names its account, and is signed with a secret of the
application's own. One of an account's own endpoint names none: then its secret alone tells whose it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

import orjson

from tideover.config import config
from tideover.inbox.endpoints import Endpoint, endpoint_of
from tideover.inbox.models import StripeEvent
from tideover.inbox.signature import authentic
from tideover.inbox.store import Row
from tideover.inbox.verify import LARGEST_BODY, verify
from tideover.tenants.models import Connection
from tideover.tenants.secrets import Unreadable

# Each secret that is tried costs its opening and a digest; where there are more accounts an event must name its own.
MOST_TRIED: Final = 50
LONGEST_ACCOUNT: Final = 255


class Nobodys(Exception):  # noqa: N818 - what the event is
    """A signed event of the application, for an account that is connected to nobody here (any more)."""


def row_of(body: bytes, signature: str, now: datetime) -> Row | None:
    """The row of an authentic delivery, for the connection that it is of; None where it is none.

    Raises Nobodys, or Unreadable where the only secrets it could be signed with do not open.
    """
    if not signature or len(body) > LARGEST_BODY:
        return None
    account = _account_named_in(body)
    endpoints, closed = _opened(_candidates(account))
    applications = _of_applications() if account else ()
    endpoints = [replace(each, secrets=(*each.secrets, *applications)) for each in endpoints]
    rows = [row for each in endpoints if (row := verify(each, body, signature, now))]
    if rows:
        return next((row for row in rows if row.state != StripeEvent.State.REFUSED), rows[0])
    if closed:
        raise closed
    if not endpoints and authentic(body, signature, applications, now):
        raise Nobodys
    return None


def _of_applications() -> tuple[str, ...]:
    """The secrets of the endpoints that hear of every account that let us in: Connect's, and the app's."""
    found = config().stripe_webhook_secret, config().stripe_app_webhook_secret
    return tuple(secret for secret in found if secret)


def _account_named_in(body: bytes) -> str:
    """A hint for where to look, believed of nobody: what is looked up must have signed the whole."""
    try:
        event = orjson.loads(body)
    except orjson.JSONDecodeError:
        return ""
    account = event.get("account") if isinstance(event, dict) else None
    fits = isinstance(account, str) and len(account) <= LONGEST_ACCOUNT and account.isascii() and account.isprintable()
    return account if fits and isinstance(account, str) else ""


def _candidates(account: str) -> Sequence[Connection]:
    active = Connection.objects.filter(state=Connection.State.ACTIVE).order_by("created_at", "pk")
    if account:
        return list(active.filter(account_id=account))
    found = list(active[: MOST_TRIED + 1])
    return found if len(found) <= MOST_TRIED else []


def _opened(connections: Iterable[Connection]) -> tuple[list[Endpoint], Unreadable | None]:
    """What of them can be held against a signature, and why not all where some secret does not open."""
    endpoints: list[Endpoint] = []
    closed: Unreadable | None = None
    for connection in connections:
        try:
            endpoints.append(endpoint_of(connection))
        except Unreadable as unreadable:
            closed = unreadable
    return endpoints, closed
