"""What no work may be taken up for at this moment, whoever or whatever holds it back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from tideover.flow import circuit_breaker
from tideover.flow.models import Provider
from tideover.flow.stops import EVERYTHING
from tideover.tenants.models import Connection


@dataclass(frozen=True, slots=True)
class Blocked:
    """These accounts, these providers, or everything."""

    connections: frozenset[UUID]
    half_open: frozenset[UUID]  # of these a single try may be taken up
    providers: frozenset[str]
    quarantined: frozenset[UUID] = frozenset()  # their news is read, and nothing is done for them

    @property
    def for_effects(self) -> frozenset[UUID]:
        """The accounts for which nothing may be charged or sent."""
        return self.connections | self.quarantined

    def provider(self, name: str) -> bool:
        """Whether nothing that needs this provider may be done, for anybody."""
        return bool(self.providers & {EVERYTHING, name})


def what_is_blocked(now: datetime) -> Blocked:
    """Read what is stopped and which breakers are open: three small queries, none of which grows with the work."""
    providers = {row.name for row in Provider.objects.all() if row.stopped_at or circuit_breaker.is_open(row, now)}
    stopped = Q(stopped_at__isnull=False) | Q(organization__stopped_at__isnull=False)
    halted = Connection.objects.filter(stopped | Q(quarantined_at__isnull=False)).values_list(
        "pk", "stopped_at", "organization__stopped_at", "quarantined_at"
    )
    connections = {pk for pk, account, organization, _ in halted if account or organization}
    quarantined = frozenset(pk for pk, _, _, since in halted if since)
    tripped = circuit_breaker.tripped()
    connections |= {lane.pk for lane in tripped if circuit_breaker.is_open(lane, now)}
    half_open = frozenset(lane.pk for lane in tripped) - connections
    return Blocked(frozenset(connections), half_open, frozenset(providers), quarantined)
