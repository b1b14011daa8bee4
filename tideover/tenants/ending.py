"""How an organization ends: from one commit on nobody belongs to it, nothing is done for it, and it has no name.

What is left of it are rows, which go afterwards (upkeep/privacy/organization.py).
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Q, QuerySet

from tideover.tenants.disconnecting import disconnect
from tideover.tenants.models import Connection, Organization, User
from tideover.tenants.ways_in import SignedIn


def lasting() -> QuerySet[Organization]:
    """The organizations that are not being erased."""
    return Organization.objects.filter(ended_at=None)


def merchants() -> QuerySet[Organization]:
    """Those of them that are somebody's business: no sample shops."""
    return lasting().filter(is_sample=False)


def of_whom(organization_id: UUID | None) -> Q:
    """Rows of this organization, or of all merchants: what is invented is no figure of an operator's."""
    return Q(organization_id=organization_id) if organization_id else Q(organization__is_sample=False)


def end(organization: Organization, by: str, now: datetime) -> bool:
    """Stop everything for it and let everybody out; False where that was done already."""
    with transaction.atomic():
        held = Organization.objects.select_for_update().get(pk=organization.pk)
        if held.ended_at is not None:
            return False
        shut(held, by, now)
        held.name, held.slug = "", f"ended-{held.pk.hex}"  # both are free for who comes next
        held.ended_at = held.stopped_at = now
        held.save(update_fields=["name", "slug", "ended_at", "stopped_at"])
    return True


def shut(organization: Organization, by: str, now: datetime) -> None:
    """Disconnect its accounts and let everybody out. Again later: somebody may have been just on the way in."""
    for connection in Connection.objects.filter(organization=organization, state=Connection.State.ACTIVE):
        disconnect(connection, by=by, now=now)
    everybody = set(organization.members.values_list("user_id", flat=True))
    organization.members.all().delete()
    organization.invitations.all().delete()
    if not organization.is_sample:  # who closes theirs stays
        _erase_who_is_nowhere(everybody)


def _erase_who_is_nowhere(people: set[UUID]) -> None:
    """Whoever belongs to no other organization goes, with all by which they signed in."""
    nowhere = list(User.objects.filter(pk__in=people, memberships=None).values_list("pk", flat=True))
    browsers = SignedIn.objects.filter(user__in=nowhere).values_list("session_key", flat=True)
    Session.objects.filter(session_key__in=list(browsers)).delete()
    User.objects.filter(pk__in=nowhere).delete()
