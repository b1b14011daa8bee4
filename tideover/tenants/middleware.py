"""Puts the signed-in person's organization and project on the request."""

from __future__ import annotations

from collections.abc import Callable

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
        request.project = _project(request, member)  # type: ignore[attr-defined]
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
    member = (memberships.filter(organization_id=chosen).first() if chosen else None) or memberships.first()
    if member is not None:
        member.user = user
    return member


def _project(request: HttpRequest, member: Member | None) -> Project | None:
    if member is None:
        return None
    projects = Project.objects.filter(organization_id=member.organization_id).order_by("created_at")
    chosen = request.session.get(CHOSEN_PROJECT)
    return (projects.filter(pk=chosen).first() if chosen else None) or projects.first()
