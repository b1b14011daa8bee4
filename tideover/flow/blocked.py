"""What no work may be taken up for at this moment, whoever or whatever holds it back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from tideover.flow.circuit_breaker import OPENS_AFTER, is_open, open_at
from tideover.flow.models import Provider
from tideover.flow.refusals import waits_for_the_watch
from tideover.flow.stops import EVERYTHING
from tideover.tenants.models import Connection


@dataclass(frozen=True, slots=True)
class Blocked:
    """These accounts, these providers, or everything."""

    connections: frozenset[UUID]
    half_open: frozenset[UUID]  # of these a single try may be taken up
    providers: frozenset[str]
    listening: frozenset[UUID] = frozenset()  # quarantined, or off: their news is read, and nothing is done for them

    @property
    def for_effects(self) -> frozenset[UUID]:
        """The accounts for which nothing may be charged or sent."""
        return self.connections | self.listening

    def provider(self, name: str) -> bool:
        """Whether nothing that needs this provider may be done, for anybody."""
        return bool(self.providers & {EVERYTHING, name})


def what_is_blocked(now: datetime) -> Blocked:
    """Read what is stopped, refused, or behind an open breaker: two queries that do not grow with the work."""
    stopped = Q(stopped_at__isnull=False) | Q(organization__stopped_at__isnull=False)
    halted = stopped | Q(state=Connection.State.DISCONNECTED)
    halted |= Q(quarantined_at__isnull=False) | Q(project__recovery_enabled=False)
    tripped = Q(lane__failures__gte=OPENS_AFTER["lane"]) | Q(lane__refused_at__isnull=False)
    found = standings(Connection.objects.filter(halted | tripped), now)
    return Blocked(
        connections=frozenset(pk for pk, standing in found.items() if standing.shut),
        half_open=frozenset(pk for pk, standing in found.items() if standing.half_open),
        providers=frozenset(providers_away(now).values_list("name", flat=True)),
        listening=frozenset(pk for pk, standing in found.items() if standing.listens),
    )


def providers_away(now: datetime) -> QuerySet[Provider]:
    """The services that are stopped, or behind an open breaker; and whether `everything` is."""
    return Provider.objects.filter(Q(stopped_at__isnull=False) | open_at(now))


@dataclass(frozen=True, slots=True)
class Standing:
    """How an account's way out stands. half_open: a single try may be taken up. listens: nothing else is done.

    testing: it is one in test mode.
    """

    shut: bool
    half_open: bool
    listens: bool
    testing: bool

    @property
    def lets_effects_through(self) -> bool:
        return not (self.shut or self.listens)


def standings(accounts: QuerySet[Connection], now: datetime) -> dict[UUID, Standing]:
    """How each of these accounts stands: one query."""
    rows = accounts.values_list(
        "pk", "livemode", "state", "stopped_at", "organization__stopped_at", "quarantined_at",
        "project__recovery_enabled", "lane__failures", "lane__open_until",
        "lane__refused_at", "lane__refused_until", "lane__felt_at",
    )  # fmt: skip
    found = {}
    for pk, live, state, stopped, organization_stopped, quarantined, on, failures, open_until, *refused in rows:
        tripped = (failures or 0) >= OPENS_AFTER["lane"]
        halted = state == Connection.State.DISCONNECTED or stopped or organization_stopped
        shut = bool(halted or (tripped and is_open(open_until, now)) or waits_for_the_watch(now, *refused))
        found[pk] = Standing(shut, tripped and not shut, quarantined is not None or not on, not live)
    return found
