"""A letter to everybody who owns a merchant."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from tideover.messages.letters import Letter
from tideover.tenants.models import Member
from tideover.tenants.roles import Role

Write = Callable[[str, Letter, datetime], bool]


def to_owners(organization_id: UUID, letter: Letter, now: datetime, write: Write) -> list[bool]:
    """Of each owner whether a mail server took the letter to them."""
    owners = Member.objects.filter(organization_id=organization_id, role=Role.OWNER).select_related("user")
    return [write(owner.user.email, letter, now) for owner in owners]
