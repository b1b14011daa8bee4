"""Who belongs to an organization: invited, with another role, removed. Each change is in the audit log."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from tideover.config import public_address
from tideover.tenants import audit
from tideover.tenants.access import token_hash
from tideover.tenants.models import Invitation, Member, Organization, User
from tideover.tenants.roles import Permission, Role

INVITATION_LASTS: Final = timedelta(days=7)
ONLY_OWNERS: Final = "Only an owner can make owners, or change what one may do."
NOT_THIS_ONE: Final = "This is a sample shop: nobody else can be in it. Close it to be rid of it."
LAST_OWNER: Final = "An organization needs an owner: make somebody else one first."


class NotPossible(Exception):  # noqa: N818 - it names what was asked for
    """What was asked for may not be; `str()` says why."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who changes something, as the audit log names them, and what they may do."""

    name: str
    may: frozenset[Permission]


OPERATOR: Final = Actor("operator", frozenset(Permission))


def actor(member: Member) -> Actor:
    """A person, with the permissions they have at this moment."""
    return Actor(member.user.email, member.permissions)


def invitation_link(token: str) -> str:
    """Where the invited person takes their place."""
    return f"{public_address()}/invitations/{token}/"


def invite(organization: Organization, email: str, role: Role, by: Actor, now: datetime) -> str:
    """Offer a place to `email`; the token of the offer. An offer that was made before ends. Raises NotPossible."""
    email = _address(email)
    _must_be_ones_own(organization)
    _must_rank(by, role)
    if organization.members.filter(user__email=email).exists():
        raise NotPossible(f"{email} belongs to {organization.name} already.")
    token = secrets.token_urlsafe(32)
    offer = {"role": role, "token_hash": token_hash(token), "invited_by": by.name, "expires_at": now + INVITATION_LASTS}
    with transaction.atomic():
        Invitation.objects.update_or_create(organization=organization, email=email, defaults=offer)
        audit.write(organization.pk, audit.Deed(by.name, "person invited", email, after={"role": role.value}), now)
    return token


def invitation_of(token: str, now: datetime) -> Invitation | None:
    """The offer a token stands for; None where there is none, or none any more."""
    found = Invitation.objects.filter(token_hash=token_hash(token), expires_at__gt=now)
    return found.select_related("organization").first()


def join(invitation: Invitation, user: User, now: datetime) -> bool:
    """Take the place; False where the offer was taken or withdrawn meanwhile. It must be this person's."""
    if user.email != invitation.email:
        raise NotPossible(f"The invitation is for {invitation.email}.")
    with transaction.atomic():
        gone, _ = Invitation.objects.filter(pk=invitation.pk, token_hash=invitation.token_hash).delete()
        if gone:
            Member.objects.get_or_create(
                organization=invitation.organization, user=user, defaults={"role": invitation.role}
            )
            deed = audit.Deed(
                user.email, "member added", user.email, after={"role": invitation.role, "by": invitation.invited_by}
            )
            audit.write(invitation.organization_id, deed, now)
    return bool(gone)


def withdraw(invitation: Invitation, by: Actor, now: datetime) -> None:
    """The offer stands no more. Raises NotPossible."""
    _must_rank(by, Role(invitation.role))
    with transaction.atomic():
        invitation.delete()
        audit.write(invitation.organization_id, audit.Deed(by.name, "invitation withdrawn", invitation.email), now)


def give_role(member: Member, role: Role, by: Actor, now: datetime) -> None:
    """Another role, from the person's next click on. Raises NotPossible."""
    with transaction.atomic():
        member = _locked(member)
        if member.role == role:
            return
        _must_be_ones_own(member.organization)
        _must_rank(by, role)
        _must_rank(by, member.role)
        _must_leave_an_owner(member)
        before, member.role = member.role, role
        member.save(update_fields=["role"])
        deed = audit.Deed(by.name, "role changed", member.user.email, {"role": before}, {"role": role.value})
        audit.write(member.organization_id, deed, now)


def hand_on(owner: Member, to: Member, now: datetime) -> None:
    """`to` becomes an owner, and the owner who says so an admin. Raises NotPossible."""
    by = actor(owner)
    with transaction.atomic():
        give_role(to, Role.OWNER, by, now)
        give_role(owner, Role.ADMIN, by, now)


def remove(member: Member, by: Actor, now: datetime) -> None:
    """Out with their next click; also how one leaves. Raises NotPossible."""
    with transaction.atomic():
        member = _locked(member)
        _must_be_ones_own(member.organization)
        if by.name != member.user.email:
            _must_rank(by, member.role)
        _must_leave_an_owner(member)
        member.delete()
        deed = audit.Deed(by.name, "member removed", member.user.email, before={"role": member.role})
        audit.write(member.organization_id, deed, now)


def _address(email: str) -> str:
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError as wrong:
        raise NotPossible(f"{email!r} is no email address.") from wrong
    return email


def _must_be_ones_own(organization: Organization) -> None:
    """A sample shop is one person's, who looks at it."""
    if organization.is_sample:
        raise NotPossible(NOT_THIS_ONE)


def _must_rank(by: Actor, role: str) -> None:
    """Owners are made and unmade by owners alone."""
    if (Permission.OWN if role == Role.OWNER else Permission.PEOPLE) not in by.may:
        raise NotPossible(ONLY_OWNERS)


def _locked(member: Member) -> Member:
    """As the row is now. The organization's row is the lock: of two last owners who leave at once one stays."""
    Organization.objects.select_for_update().get(pk=member.organization_id)
    found = Member.objects.select_related("user", "organization").filter(pk=member.pk).first()
    if found is None:
        raise NotPossible("That person was removed meanwhile.")
    return found


def _must_leave_an_owner(member: Member) -> None:
    others = Member.objects.filter(organization=member.organization_id, role=Role.OWNER).exclude(pk=member.pk)
    if member.role == Role.OWNER and not others.exists():
        raise NotPossible(LAST_OWNER)


def tell_all(person: User, what: str, now: datetime) -> None:
    """In the audit log of each organization of this person: something that protects their account was changed."""
    for organization in person.organizations.all():
        audit.write(organization.pk, audit.Deed(person.email, what, person.email), now)
