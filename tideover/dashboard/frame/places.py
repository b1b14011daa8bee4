"""Where else a person can go: the projects of this organization, and their other organizations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tideover.tenants.access import MemberRequest
from tideover.tenants.founding import members_may
from tideover.tenants.models import Organization, Project


@dataclass(frozen=True, slots=True)
class Places:
    """What the switcher offers. Organizations without a project have nothing to show."""

    projects: Sequence[Project]
    organizations: Sequence[Organization]
    may_begin: bool  # another organization

    @property
    def own(self) -> Organization | None:
        """The first that is no sample."""
        return next((each for each in self.organizations if not each.is_sample), None)

    @property
    def has_sample(self) -> bool:
        return any(each.is_sample for each in self.organizations)

    @property
    def has_choice(self) -> bool:
        return len(self.projects) > 1 or len(self.organizations) > 1


def places(request: MemberRequest) -> Places:
    """All of a person's organizations, by name, and the projects of the one that is shown, the oldest first."""
    organizations = {project.organization_id: project.organization for project in request.projects}
    here = [project for project in request.projects if project.organization_id == request.organization.pk]
    return Places(here, list(organizations.values()), members_may())
