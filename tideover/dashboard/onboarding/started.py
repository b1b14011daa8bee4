"""The list of what is to be done before going live; every step checks itself, and one may leave and come back."""

from __future__ import annotations

from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import resolve, reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from tideover import clock
from tideover.dashboard.forms.answers import saved
from tideover.dashboard.frame.drawing import show
from tideover.dashboard.frame.flash import Flash
from tideover.messages.arrival import arrived as whose
from tideover.tenants.access import MemberRequest, may, member_required
from tideover.tenants.roles import Permission
from tideover.upkeep import checklist, sender

PAGE: Final = "dashboard/onboarding/get_started.html"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@member_required
@may(Permission.READ, send=Permission.SET)
def page(request: MemberRequest) -> HttpResponse:
    """Each step, and what of it is true; sent to, Home leads here no more, or again."""
    if request.method == "POST":
        return _turned(request)
    sender.have_looked_at(request.project, clock.now())
    found = checklist.checklist(request.project)
    steps = [(step, may_open(request, step.about.page)) for step in found.steps]
    return show(request, PAGE, {"list": found, "steps": steps})


def may_open(request: MemberRequest, page: str) -> bool:
    """Whether this person's role may look at the page of a step."""
    view: Any = resolve(reverse(page)).func if page else None
    return view is not None and view.needs.look in request.member.permissions


@never_cache
@require_safe
def arrived(request: HttpRequest, token: str) -> HttpResponse:
    """The link of a test mail was followed; by whom matters to nobody."""
    project = whose(token)
    if project is None:
        raise Http404("There is no such test message.")
    checklist.arrived(project, clock.now())
    return render(request, "dashboard/onboarding/arrived.html", {"project": project})


def _turned(request: MemberRequest) -> HttpResponse:
    if request.POST.get("do") == "hide":
        checklist.hide(request.project, request.member.user.email, clock.now())
        return saved(request, "dashboard:home", Flash("The set-up is hidden. You find it under Help."))
    checklist.show(request.project)
    return saved(
        request, "dashboard:get-started", Flash("Home leads to the set-up again, as long as a step is missing.")
    )
