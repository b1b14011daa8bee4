"""What stands around an account: its lane, and what all accounts share; read in one go for whoever tells of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tideover.flow.models import Lane, Provider
from tideover.tenants.models import Connection


@dataclass(frozen=True, slots=True)
class Around:
    """An account as it was just read, with its lane, and the providers by their names."""

    account: Connection
    providers: Mapping[str, Provider]

    @property
    def lane(self) -> Lane | None:
        """None before its first call."""
        return getattr(self.account, "lane", None)


def around(account: Connection) -> Around:
    """Of an account that was just read with its lane, its organization and its project."""
    return Around(account, {row.name: row for row in Provider.objects.all()})


def around_afresh(account: Connection) -> Around:
    """Of one that may have been read a while ago."""
    return around(Connection.objects.select_related("lane", "organization", "project").get(pk=account.pk))
