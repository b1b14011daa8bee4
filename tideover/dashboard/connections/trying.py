"""A key that was handed in, tried at Stripe before it is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tideover.flow.tokens import key_of
from tideover.gateways.answers import AccountRead, Busy, LockedOut, Unreachable
from tideover.gateways.kinds import CAPABILITIES, Kind
from tideover.gateways.permissions import KeyPermission
from tideover.gateways.probe import Finding, missing, probe
from tideover.gateways.stripe import Stripe
from tideover.tenants.connecting import where_stripe_is
from tideover.tenants.models import Connection

PATIENCE_SECONDS: Final = 6.0  # with each call: somebody sits before the page


class NotTaken(Exception):  # noqa: N818 - what Stripe says of the key
    """The key opens nothing, or Stripe did not say what; `str()` is for whoever handed it in."""


@dataclass(frozen=True, slots=True)
class Tried:
    """Whose the key is, where, and what it may do."""

    account: AccountRead
    api_base: str
    found: Sequence[Finding]

    @property
    def lacks(self) -> list[KeyPermission]:
        return missing(self.found)


def try_key(api_key: str, *, act: bool, endpoint: bool = False) -> Tried:
    """Ask Stripe whose the key is, and try everything the mode needs; nothing is changed. Raises NotTaken."""
    api_base = where_stripe_is(api_key)
    try:
        account = Stripe(api_key, api_base=api_base, timeout=PATIENCE_SECONDS).account()
        found = probe(api_key, api_base=api_base, act=act, endpoint=endpoint, timeout=PATIENCE_SECONDS)
        return Tried(account, api_base, found)
    except LockedOut as refused:
        raise NotTaken(f"Stripe refuses this key: {refused}") from None
    except (Unreachable, Busy) as silent:
        raise NotTaken(f"Stripe does not answer: {silent}. Nothing was changed; try again.") from None


def try_connection(connection: Connection, *, act: bool, endpoint: bool | None = None) -> Sequence[Finding]:
    """Try everything the mode needs with what opens the account already. Raises NotTaken, or Unreadable.

    endpoint: whether ours is to be made in observe mode, too; None: as it stands.
    """
    try:
        return probe(
            key_of(connection),
            api_base=connection.api_base,
            act=act,
            endpoint=connection.own_endpoint if endpoint is None else endpoint,
            kind=Kind(connection.kind),
            timeout=PATIENCE_SECONDS,
        )
    except LockedOut as refused:
        raise NotTaken(f"Stripe refuses this {connection.can.label}: {refused}") from None
    except (Unreachable, Busy) as silent:
        raise NotTaken(f"Stripe does not answer: {silent}. Nothing was changed; try again.") from None


def problems(lacks: Sequence[KeyPermission], *, act: bool, kind: Kind = Kind.KEY) -> list[str]:
    """Why the mode is not possible, and then everything that is missing; empty where it is possible."""
    if not any(permission.vital for permission in lacks):
        return []
    head = f"{'Act' if act else 'Observe'} mode is not possible {CAPABILITIES[kind].grows}."
    return [head, *map(in_words, lacks)]


def in_words(permission: KeyPermission) -> str:
    """A missing permission: its name, what it is for, and what works without it."""
    named = f"{permission.resource}, {permission.access} ({permission.name})"
    return f"{named} is missing. For: {permission.what_for}. Without it: {permission.without}"
