"""What the palette offers, and which organization and project are shown."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import resolve
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from tideover.dashboard.frame.drawing import fragment
from tideover.dashboard.frame.navigation import navigation
from tideover.dashboard.search import cases_of, customers_of, is_called, matches, text_of
from tideover.ids import private
from tideover.tenants.access import CHOSEN_ORGANIZATION, CHOSEN_PROJECT, MemberRequest, may, member_required
from tideover.tenants.models import Member, Project
from tideover.tenants.roles import Permission

FOUND_AT_ONCE = 8
CUSTOMERS_AT_ONCE = 4


@require_POST
@member_required
@may(Permission.READ)
def choose_project(request: MemberRequest) -> HttpResponse:
    """Shows another project of the same organization from here on, until the person signs out."""
    slug = request.POST.get("project", "").replace("\x00", "")
    project = Project.objects.filter(organization=request.organization, slug=slug).first()
    if project is None:
        raise Http404("There is no such project.")
    request.session[CHOSEN_PROJECT] = str(project.pk)
    return redirect("dashboard:home")


@require_POST
@member_required
@may(Permission.READ)
def choose_organization(request: MemberRequest) -> HttpResponse:
    """Shows another organization of the same person from here on, until they sign out."""
    slug = request.POST.get("organization", "").replace("\x00", "")
    mine = Member.objects.filter(user=request.member.user, organization__slug=slug).first()
    if mine is None:
        raise Http404("There is no such organization.")
    request.session[CHOSEN_ORGANIZATION] = str(mine.organization_id)
    request.session.pop(CHOSEN_PROJECT, None)
    return redirect("dashboard:home")


@require_safe
@never_cache
@member_required
@may(Permission.READ)
def open_page(request: MemberRequest, project: str, page: str) -> HttpResponse:
    """A page of a project, whichever was shown before: where a letter leads that tells of it."""
    wanted = private("proj", project)
    found = next((each for each in request.projects if each.pk == wanted), None)
    if found is None:
        raise Http404("There is no such project, or it is not yours.")
    resolve(f"/{page}")  # raises a 404 of its own: so it leads nowhere else
    request.session[CHOSEN_ORGANIZATION], request.session[CHOSEN_PROJECT] = str(found.organization_id), str(found.pk)
    query = request.META["QUERY_STRING"]
    return redirect(f"/{page}?{query}" if query else f"/{page}")


@require_safe
@never_cache
@member_required
@may(Permission.READ)
def find(request: MemberRequest) -> HttpResponse:
    """What the palette offers for a few letters: pages, then customers and cases."""
    text = text_of(request.GET)
    found = cases_of(request.project).filter(matches(text)).order_by("-opened_at")[:FOUND_AT_ONCE] if text else []
    people = customers_of(request.project).filter(is_called(text)).order_by("name", "pk")[:CUSTOMERS_AT_ONCE]
    told = {"text": text, "cases": found, "customers": people if text else [], "nav": navigation(request)}
    return fragment(request, "dashboard/frame/found.html", told)
