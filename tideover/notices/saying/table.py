"""Who words each kind of notice, and what every one of them ends with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from tideover.gateways.answers import NotNow
from tideover.messages.letters import Letter
from tideover.notices.choosing import may_turn_off
from tideover.notices.kinds import SUMMED_UP, Kind
from tideover.notices.models import Notice
from tideover.notices.saying.cases import attend, opens, recovered
from tideover.notices.saying.troubles import dead_key, paused
from tideover.notices.saying.week import the_week
from tideover.notices.way_out import way_out_of
from tideover.tenants.models import Connection, Project

# What there is to say at this moment; None: nothing, or nothing any more; NotNow: nobody can tell yet. Total by test.
SAYS: Final[Mapping[Kind, Callable[[Notice, datetime], Letter | None]]] = {
    Kind.RECOVERED: recovered,
    Kind.ATTENTION: attend,
    Kind.DEAD_KEY: dead_key,
    Kind.PAUSED: paused,
    Kind.DIGEST: the_week,
}


def letter_of(notice: Notice, now: datetime) -> Letter | None:
    """The whole letter: why it came, where to choose what comes, and a way out where there is one. Raises NotNow."""
    kind, member = Kind(notice.kind), notice.member
    if kind in SUMMED_UP and _is_in_quarantine(notice.project):
        raise NotNow("it was restored from a backup: first each open case is read from Stripe")
    letter = SAYS[kind](notice, now)
    if letter is None:
        return None
    out = way_out_of(member, notice.project, kind) if may_turn_off(kind, member, notice.project) else ""
    return replace(
        letter,
        why=f"You get this as {member.role} of {notice.project.organization.name}, from Tideover.",
        choose_url=opens(notice.project, "/account/notices/"),
        out_url=out,
        key=notice.pk,
    )


def _is_in_quarantine(project: Project) -> bool:
    """Whether its cases stand as a backup has them. A refused key and a paused channel are true all the same."""
    active = Connection.objects.filter(project=project, state=Connection.State.ACTIVE)
    return active.filter(organization_id=project.organization_id, quarantined_at__isnull=False).exists()
