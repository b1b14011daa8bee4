"""Whose a hook's address is: the connections by their tokens, read together and remembered for a second."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from uuid import UUID

from tideover import clock
from tideover.inbox.batching import ANSWERED_WITHIN_SECONDS, Batcher
from tideover.inbox.store import steady
from tideover.tenants.connecting import SECRETS
from tideover.tenants.models import Connection
from tideover.tenants.secrets import Unreadable

REMEMBERED_SECONDS = 1.0
MOST_REMEMBERED = 10_000
LONGEST_TOKEN = 64


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What the webhook must know of a connection. `secrets`: one, or two while one is rolled."""

    connection_id: UUID
    organization_id: UUID
    account_id: str
    livemode: bool
    secrets: tuple[str, ...] = field(repr=False)


def endpoint_at(token: str) -> Endpoint | None:
    """The active connection behind `token`. Raises django.db.Error, or Unreadable where its secret does not open."""
    if not _is_a_token(token):
        return None
    connection = Connection.objects.filter(hook_token=token, state=Connection.State.ACTIVE).first()
    return None if connection is None else endpoint_of(connection)


def _is_a_token(text: str) -> bool:
    """Whether it could be one: anything else is no question for a database."""
    return len(text) <= LONGEST_TOKEN and text.isascii() and text.isprintable()


def endpoint_of(connection: Connection) -> Endpoint:
    """What the webhook must know of it. Raises Unreadable where none of its secrets opens."""
    return Endpoint(
        connection.pk,
        connection.organization_id,
        connection.account_id,
        connection.livemode,
        _secrets(connection),
    )


def _secrets(connection: Connection) -> tuple[str, ...]:
    """Those that hold and open: one from before a roll may be sealed with a key that is gone.

    Raises Unreadable if none opens.
    """
    found: list[str] = []
    closed: Unreadable | None = None
    until = connection.webhook_secret_previous_until
    for name in SECRETS if until is not None and clock.now() < until else SECRETS[:1]:
        try:
            found.append(getattr(connection, name))
        except Unreadable as unreadable:
            closed = unreadable
    secrets = tuple(secret for secret in found if secret)
    if closed and not secrets:
        raise closed
    return secrets


def _together(tokens: Sequence[str]) -> list[Endpoint | None]:
    active = Connection.objects.filter(hook_token__in=set(tokens), state=Connection.State.ACTIVE)
    found = {connection.hook_token: endpoint_of(connection) for connection in active}
    return [found.get(token) for token in tokens]


def _one(token: str) -> Endpoint | Unreadable | None:
    try:
        return endpoint_at(token)
    except Unreadable as closed:
        return closed


def find(tokens: Sequence[str]) -> Sequence[Endpoint | Exception | None]:
    """The endpoints of `tokens` in one query. One merchant's unreadable secret is no other's trouble."""
    try:
        return steady(lambda: _together(tokens))
    except Unreadable:
        return [_one(token) for token in tokens]


class Endpoints:
    """The endpoints of one process. However many strangers post at once, they cost one query together."""

    def __init__(self, executor: Executor | None = None, within: float = ANSWERED_WITHIN_SECONDS) -> None:
        self._remembered: dict[str, tuple[float, Endpoint]] = {}
        self._asking = Batcher(find, name="webhook-reader", executor=executor, within=within)

    def remembered(self, token: str) -> Endpoint | None:
        """What was read of `token` less than a second ago."""
        read_at, endpoint = self._remembered.get(token, (0.0, None))
        return endpoint if clock.monotonic() - read_at < REMEMBERED_SECONDS else None

    async def read(self, token: str) -> Endpoint | None:
        """What the database says of `token` now. Raises as `endpoint_at` and `Batcher.add`."""
        if not _is_a_token(token):
            return None
        endpoint = await self._asking.add(token)
        if len(self._remembered) >= MOST_REMEMBERED:
            self._remembered.clear()
        if endpoint is None:
            self._remembered.pop(token, None)
        else:
            self._remembered[token] = (clock.monotonic(), endpoint)
        return endpoint

    async def close(self) -> None:
        await self._asking.close()
