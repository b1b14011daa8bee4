"""The link in a notice by which who reads it lets no more of its kind come, without signing in.

It names who, what and about which project, sealed by us; no row is needed for it, so it works as long as the person
belongs here.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime

from tideover.config import public_address
from tideover.core.calendars.paces import Pace
from tideover.ids import private, public
from tideover.messages.keyed import way_out_seal
from tideover.notices.choosing import choose
from tideover.notices.kinds import Kind
from tideover.tenants.models import Member, Project


@dataclass(frozen=True, slots=True)
class WayOut:
    """Whom a link lets out of what."""

    member: Member
    project: Project
    kind: Kind

    def take(self, now: datetime) -> None:
        """Let no more of it come. Raises NotPossible where an owner has to be told, and nobody else is."""
        choose(self.member, self.project, {self.kind: Pace.OFF}, self.member.user.email, now)


def way_out_of(member: Member, project: Project, kind: Kind) -> str:
    """The address of the link."""
    words = f"{public('mem', member.pk)}.{public('proj', project.pk)}.{kind}"
    return f"{public_address()}/notices/out/{words}.{way_out_seal(words)}/"


def way_out(token: str) -> WayOut | None:
    """What a link lets out of; None where it is none of ours, or its person belongs here no more."""
    words, _, seal = token.rpartition(".")
    if not hmac.compare_digest(seal.encode(), way_out_seal(words).encode()):
        return None
    who, which, kind = words.split(".")
    member_id, project_id = private("mem", who), private("proj", which)
    if member_id is None or project_id is None:
        return None
    member = Member.objects.filter(pk=member_id).select_related("user", "organization").first()
    project = Project.objects.filter(pk=project_id, organization__members=member_id).first()
    return WayOut(member, project, Kind(kind)) if member and project else None
