"""Puts the signed-in person's organization and project on the request."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from django.http import HttpRequest, HttpResponse

from tideover.tenants.access import CHOSEN_ORGANIZATION, CHOSEN_PROJECT
from tideover.tenants.models import Member, Project, User


class TenantMiddleware:
    """Sets `request.member`, `.organization` and `.project`; all None for strangers."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        member = _member(request)
        organization = member.organization if member else None
        request.member, request.organization = member, organization  # type: ignore[attr-defined]
        request.projects = projects = _projects(member)  # type: ignore[attr-defined]
        request.project = _chosen(request, member, projects)  # type: ignore[attr-defined]
        if organization and request.project is None:  # type: ignore[attr-defined]
            request.member = None  # type: ignore[attr-defined]
        return self.get_response(request)


def _member(request: HttpRequest) -> Member | None:
    if "_auth_user_id" not in request.session:  # a stranger costs no query
        return None
    user = request.user  # Django's own judgment: a changed password or a closed account ends the session
    if not isinstance(user, User):
        return None
    memberships = Member.objects.filter(user=user).select_related("organization")
    chosen = request.session.get(CHOSEN_ORGANIZATION)
    member = memberships.filter(organization_id=chosen).first() if chosen else None
    member = member or memberships.order_by("organization__is_sample", "pk").first()
    if member is not None:
        member.user = user
    return member


def _projects(member: Member | None) -> Sequence[Project]:
    """All that a person may see, with their organizations, by its name; of each the oldest first."""
    if member is None:
        return []
    mine = Project.objects.filter(organization__members__user=member.user_id).select_related("organization")
    return list(mine.order_by("organization__name", "organization_id", "created_at", "pk"))


def _chosen(request: HttpRequest, member: Member | None, projects: Sequence[Project]) -> Project | None:
    here = [project for project in projects if member and project.organization_id == member.organization_id]
    chosen = str(request.session.get(CHOSEN_PROJECT)) if here else ""
    return next((project for project in here if str(project.pk) == chosen), here[0] if here else None)
