"""Who wants which notice: what each person chose, and else what their role has."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from tideover.core.calendars.paces import Pace
from tideover.notices.kinds import KINDS, Kind, usual
from tideover.notices.models import NoticeChoice
from tideover.tenants import audit
from tideover.tenants.ending import merchants
from tideover.tenants.models import Member, Organization, Project
from tideover.tenants.people import NotPossible
from tideover.tenants.roles import Role

LAST_OWNER: Final = "an owner has to be told, and nobody else is. Let another owner turn it on first."


@dataclass(frozen=True, slots=True)
class Taker:
    """A member who is told of a project, and how often."""

    member: Member
    project: Project
    pace: Pace


def paces_of(member: Member, project: Project) -> Mapping[Kind, Pace]:
    """What this member gets about the project, kind by kind."""
    mine = NoticeChoice.objects.filter(organization_id=member.organization_id, member=member)
    chosen = _by_place(mine)
    return {kind: _pace(kind, member, project.pk, chosen) for kind in Kind}


Place = tuple[Kind, UUID, UUID | None]  # of whom it is chosen, and about which project


def _place(kind: Kind, member_id: UUID, project_id: UUID) -> Place:
    """What is chosen of something shared is the same for all projects, also for those that come later."""
    return kind, member_id, None if KINDS[kind].shared else project_id


def _by_place(rows: QuerySet[NoticeChoice]) -> Mapping[Place, str]:
    known = rows.filter(kind__in=list(Kind))  # a newer version of ours may have others
    return {_place(Kind(row.kind), row.member_id, row.project_id): row.pace for row in known}


def _pace(kind: Kind, member: Member, project_id: UUID, chosen: Mapping[Place, str]) -> Pace:
    """What a newer version of ours has written is not known here."""
    pace = chosen.get(_place(kind, member.pk, project_id))
    return Pace(pace) if pace in set(Pace) else usual(kind, member.role)


def takers(kind: Kind, organization_id: UUID | None = None) -> Sequence[Taker]:
    """Everybody who gets it, about every project of one organization, or of all merchants: nobody of a sample shop."""
    whose = merchants() if organization_id is None else merchants().filter(pk=organization_id)
    chosen = _chosen(kind, whose.values_list("pk", flat=True))
    members = defaultdict[UUID, list[Member]](list)
    for member in Member.objects.filter(organization__in=whose, user__is_active=True).select_related("user"):
        members[member.organization_id].append(member)
    projects = Project.objects.filter(organization__in=whose).select_related("organization").order_by("created_at")
    return [
        taker for project in projects for taker in _of_project(kind, project, members[project.organization_id], chosen)
    ]


def _chosen(kind: Kind, whose: Iterable[UUID]) -> Mapping[Place, str]:
    return _by_place(NoticeChoice.objects.filter(kind=kind, organization__in=whose))


def _of_project(
    kind: Kind, project: Project, members: Sequence[Member], chosen: Mapping[Place, str]
) -> Sequence[Taker]:
    """Where no owner is left who wants what an owner has to be told, all owners are."""
    paces = {member: _pace(kind, member, project.pk, chosen) for member in members}
    owners = [member for member in members if member.role == Role.OWNER]
    if KINDS[kind].always and all(paces[owner] == Pace.OFF for owner in owners):
        paces |= {owner: usual(kind, Role.OWNER) for owner in owners}
    return [Taker(member, project, pace) for member, pace in paces.items() if pace != Pace.OFF]


def may_turn_off(kind: Kind, member: Member, project: Project) -> bool:
    """Not where an owner has to be told, and they are the last one who is."""
    if not KINDS[kind].always or member.role != Role.OWNER:
        return True
    others = Member.objects.filter(organization_id=member.organization_id, role=Role.OWNER, user__is_active=True)
    chosen = _chosen(kind, [member.organization_id])
    return any(_pace(kind, other, project.pk, chosen) != Pace.OFF for other in others.exclude(pk=member.pk))


def choose(member: Member, project: Project, wanted: Mapping[Kind, Pace], by: str, now: datetime) -> None:
    """Keep what they chose. Raises NotPossible; then nothing is kept.

    The organization's row is the lock between two owners who turn the same thing off at once.
    """
    with transaction.atomic():
        Organization.objects.select_for_update(no_key=True).get(pk=member.organization_id)
        before = paces_of(member, project)
        changed = {kind: pace for kind, pace in wanted.items() if pace != before[kind]}
        for kind, pace in changed.items():
            _keep(member, project, kind, pace, now)
        if changed:
            was, is_now = ({kind.value: paces[kind].value for kind in changed} for paces in (before, changed))
            deed = audit.Deed(by, "notices chosen", member.user.email, was, is_now)
            audit.write(member.organization_id, deed, now)


def _keep(member: Member, project: Project, kind: Kind, pace: Pace, now: datetime) -> None:
    about = KINDS[kind]
    if pace == Pace.OFF and not may_turn_off(kind, member, project):
        raise NotPossible(f"{about.label}: {LAST_OWNER}")
    here = Project.objects.filter(organization_id=member.organization_id)
    for each in here if about.shared else [project]:
        NoticeChoice.objects.update_or_create(
            member=member, project=each, kind=kind,
            defaults={"organization_id": member.organization_id, "pace": pace, "at": now},
        )  # fmt: skip
