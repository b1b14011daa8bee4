"""Examinations that pages ask for: a worker does them, one after the other, and keeps what it found."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import Case, Q, Value, When

from tideover.flow.database_clock import over
from tideover.gateways.sender_domain import domain_of
from tideover.tenants.at_once import Line, Question, line, lines
from tideover.tenants.models import Organization, Project
from tideover.upkeep.doctor.asking import Outside, sender_of
from tideover.upkeep.doctor.examine import examine
from tideover.upkeep.doctor.findings import Finding, finding
from tideover.upkeep.models import Examination

# Whoever began it and has not ended by then has gone: it takes half a minute at most.
LEASE: Final = timedelta(minutes=2)
WAITS: Final = Q(done_at=None)
EXAMINED, WAITING = "examined", "waiting"


@dataclass(frozen=True, slots=True)
class Kept:
    """What was found, and when (none: not yet). asked_at: since when it is asked for again, and not done yet.

    domains: of the senders that were looked at.
    """

    findings: Sequence[Finding]
    found_at: datetime | None
    asked_at: datetime | None
    domains: Sequence[str] = ()


def kept(organization: Organization) -> Kept:
    """The latest examination of the organization."""
    return told(lines([asked(organization.pk)]))


def asked(organization_id: UUID) -> Question:
    """The same for `lines`, along with other things."""
    mine = Examination.objects.filter(organization_id=organization_id)
    waits = Case(When(WAITS, then=Value(WAITING)), default=Value(""))
    return line(EXAMINED, mine, "pk", "asked_at", "findings", "domains", waits, then="found_at")


def told(found: Sequence[Line]) -> Kept:
    """What they tell."""
    row = next((each for each in found if each.of == EXAMINED), None)
    if row is None:
        return Kept([], None, None)
    asked_at = row.at if row.third == WAITING else None
    return Kept([finding(each) for each in json.loads(row.first)], row.then, asked_at, row.second.split())


def ask(organization: Organization, now: datetime) -> None:
    """Have it looked at again; one that is asked for already is enough. Of a sample shop there is nothing to see."""
    if organization.is_sample:
        return
    Examination.objects.get_or_create(organization=organization, defaults={"asked_at": now})
    done = Examination.objects.filter(organization=organization, done_at__isnull=False)
    done.update(asked_at=now, lease_until=None, done_at=None)


def is_asked() -> bool:
    """Whether a page waits for one."""
    return Examination.objects.filter(WAITS).exists()


def examine_next(now: datetime, outside: Outside | None = None) -> bool:
    """Do the one that waits longest and that nobody has begun; returns whether there was one."""
    free = Q(lease_until=None) | over("lease_until", now, LEASE)
    waiting = Examination.objects.filter(WAITS & free)
    row = waiting.order_by("asked_at").first()
    if row is None or not waiting.filter(pk=row.pk).update(lease_until=now + LEASE):
        return False
    domains = sorted(
        {domain_of(sender_of(each)) for each in Project.objects.filter(organization_id=row.organization_id)}
    )
    found = [each.to_json() for each in examine(row.organization_id, now, outside)]
    mine = Examination.objects.filter(pk=row.pk)
    mine.update(findings=found, domains=" ".join(domains), found_at=now, done_at=now, lease_until=None)
    return True
