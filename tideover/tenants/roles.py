"""What each role of an organization may do: one table, from which pages, buttons, docs and tests are made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from django.db.models import TextChoices


class Permission(StrEnum):
    """Something that one may do or not; each page and each act names the one it needs (`tenants.access.may`)."""

    READ = "read"  # see cases, customers, messages, figures and settings
    ACT = "act"  # retry, pause and end a case, write to its customer
    SET = "set"  # rules, brand and every other setting
    CONNECT = "connect"  # connect Stripe accounts, change what they allow, disconnect them
    PEOPLE = "people"  # invite, give a role, remove
    OWN = "own"  # hand the organization on, make owners, erase everything


class Role(TextChoices):
    """A person's role in an organization."""

    OWNER = "owner"
    ADMIN = "admin"
    SUPPORT = "support"
    ANALYST = "analyst"


@dataclass(frozen=True, slots=True)
class Grant:
    """What a role is for, in a sentence, and what it may do."""

    words: str
    may: frozenset[Permission]


_READS: Final = frozenset({Permission.READ})
_ACTS: Final = _READS | {Permission.ACT}
_RUNS: Final = _ACTS | {Permission.SET, Permission.CONNECT, Permission.PEOPLE}
GRANTS: Final[Mapping[Role, Grant]] = {
    Role.OWNER: Grant("Everything, also handing the organization on and erasing it", _RUNS | {Permission.OWN}),
    Role.ADMIN: Grant("Settings, Stripe accounts and people, but no owner", _RUNS),
    Role.SUPPORT: Grant("Sees everything and acts on cases", _ACTS),
    Role.ANALYST: Grant("Sees everything and changes nothing", _READS),
}
# What a version before the roles wrote: its members saw everything and acted on cases.
OLDER_NAMES: Final[Mapping[str, Role]] = {"member": Role.SUPPORT}


def permissions_of(role: str) -> frozenset[Permission]:
    """What the role in a member's row may do; a role that nobody knows may do nothing."""
    known = OLDER_NAMES.get(role) or (Role(role) if role in Role.values else None)
    return GRANTS[known].may if known else frozenset()
