"""The people of the tests: Alice owns a merchant, Bob is her colleague, Mallory is another merchant's owner."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from django.test import Client

from tideover import clock
from tideover.tenants.models import Member, Organization, Project, User
from tideover.tenants.roles import Role
from tideover.tenants.sessions import PROVED

PASSWORD = "correct horse battery staple"
JOINED_AT = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Person:
    """Someone who signs in, and the organization and project they see."""

    user: User
    organization: Organization
    project: Project

    def browser(self, *, enforce_csrf_checks: bool = False, lately: bool = True) -> Client:
        """A browser in which this person is signed in; `lately`: within the last minutes, which is a proof."""
        client = Client(enforce_csrf_checks=enforce_csrf_checks)
        client.force_login(self.user)
        if lately:
            session = client.session
            session[PROVED] = clock.wall().timestamp()
            session.save()
        return client


def owner(name: str, merchant: str) -> Person:
    """A person with an organization and a project of their own."""
    slug = merchant.lower().replace(" ", "-")
    organization = Organization.objects.create(name=merchant, slug=slug, created_at=JOINED_AT)
    project = Project.objects.create(
        organization=organization, name=merchant, slug=slug, brand_name=merchant, created_at=JOINED_AT
    )
    return Person(_member(name, organization, Role.OWNER), organization, project)


def colleague(name: str, of: Person, role: Role = Role.ADMIN) -> Person:
    """A person with a role in somebody else's organization."""
    return Person(_member(name, of.organization, role), of.organization, of.project)


def _member(name: str, organization: Organization, role: Role) -> User:
    user = User.objects.create_user(f"{name.lower()}@{organization.slug}.example", PASSWORD, name)
    Member.objects.create(organization=organization, user=user, role=role)
    return user
