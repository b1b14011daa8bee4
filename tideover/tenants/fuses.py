"""A fuse per account and per provider: after answers that stayed away in a row, nobody asks for a while; then one does.

An account's fuse blows after five, a provider's after twenty (a provider fails for everybody, one account's network
does not). While it rests nothing is claimed for it. When the rest is over one worker gets one try: an answer closes the
fuse, silence doubles the rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import F, Q, QuerySet

from tideover.tenants.models import Connection, Lane, Provider

EVERYTHING: Final = "everything"
BLOWS_AFTER: Final = {"lane": 5, "provider": 20}
FIRST_REST = timedelta(seconds=30)
LONGEST_REST = timedelta(minutes=10)
PROBE = timedelta(seconds=45)  # how long the one try may take before another worker may have the next


@dataclass(frozen=True, slots=True)
class Shut:
    """What no work may be taken up for at this moment: these accounts, these providers, or everything."""

    connections: frozenset[UUID]
    probing: frozenset[UUID]  # of these a single try may be taken up
    providers: frozenset[str]
    quarantined: frozenset[UUID] = frozenset()  # their news is read, and nothing is done for them

    @property
    def for_effects(self) -> frozenset[UUID]:
        """The accounts for which nothing may be charged or sent."""
        return self.connections | self.quarantined


def shut(now: datetime) -> Shut:
    """Read what is stopped and what rests: three small queries, none of which grows with the work."""
    providers = {row.name for row in Provider.objects.all() if row.stopped_at or _rests(row, now)}
    stopped = Q(stopped_at__isnull=False) | Q(organization__stopped_at__isnull=False)
    halted = Connection.objects.filter(stopped | Q(quarantined_at__isnull=False)).values_list(
        "pk", "stopped_at", "organization__stopped_at", "quarantined_at"
    )
    connections = {pk for pk, account, organization, _ in halted if account or organization}
    quarantined = frozenset(pk for pk, _, _, since in halted if since)
    blown = list(Lane.objects.filter(failures__gte=BLOWS_AFTER["lane"]))
    connections |= {lane.pk for lane in blown if _rests(lane, now)}
    probing = frozenset(lane.pk for lane in blown) - connections
    return Shut(frozenset(connections), probing, frozenset(providers), quarantined)


def _rests(row: Lane | Provider, now: datetime) -> bool:
    return row.rests_until is not None and row.rests_until > now


def probe(connection_id: UUID, now: datetime) -> bool:
    """Whether the caller is the one who may try an account whose rest is over."""
    over = Lane.objects.filter(pk=connection_id, rests_until__lte=now, failures__gte=BLOWS_AFTER["lane"])
    return bool(over.update(rests_until=now + PROBE))


def silent(provider: str, now: datetime, connection: Connection | None = None) -> None:
    """No answer came. Counted for the provider, and for the account where it was asked about one."""
    if connection is not None:
        Lane.objects.get_or_create(
            connection=connection, defaults={"organization_id": connection.organization_id, "next_turn_at": now}
        )
        _count(Lane.objects.filter(pk=connection.pk), BLOWS_AFTER["lane"], now)
    Provider.objects.get_or_create(name=provider)
    _count(Provider.objects.filter(name=provider), BLOWS_AFTER["provider"], now)


def answered(provider: str, connection: Connection | None = None) -> None:
    """An answer came, whatever it says: the fuse is whole again. Writes only where it was not."""
    healed = {"failures": 0, "rests_until": None}
    if connection is not None and Lane.objects.filter(pk=connection.pk, failures__gt=0).exists():
        Lane.objects.filter(pk=connection.pk).update(**healed)
    if Provider.objects.filter(name=provider, failures__gt=0).exists():
        Provider.objects.filter(name=provider).update(**healed)


def _count(rows: QuerySet[Lane] | QuerySet[Provider], limit: int, now: datetime) -> None:
    rows.update(failures=F("failures") + 1)
    failures = rows.values_list("failures", flat=True).first() or 0
    if failures >= limit:
        rest = min(LONGEST_REST, FIRST_REST * 2 ** min(failures - limit, 10))
        rows.update(rests_until=now + rest)
