"""Erasing the organization: what goes is counted before it does, its name confirms it, and then nobody is in it."""

from __future__ import annotations

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import HttpResponseClientRedirect

from tideover import clock
from tideover.dashboard.data.forms import EndForm
from tideover.dashboard.forms.answers import page_with, saved
from tideover.dashboard.frame.flash import Flash
from tideover.dashboard.proving import proved
from tideover.tenants.access import CHOSEN_ORGANIZATION, CHOSEN_PROJECT, MemberRequest, may, member_required
from tideover.tenants.models import User
from tideover.tenants.roles import Permission
from tideover.upkeep.privacy.organization import erase_organization, going

PAGE = "dashboard/data/erase_organization.html"


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@member_required
@may(Permission.OWN)
@proved
def page(request: MemberRequest) -> HttpResponse:
    """What erasing does, and the name that does it."""
    organization = request.organization
    form = EndForm(organization, request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return page_with(request, PAGE, form, {"going": going(organization)})
    name = organization.name
    erase_organization(organization, request.member, clock.now())
    if not User.objects.filter(pk=request.member.user_id, memberships__isnull=False).exists():
        logout(request)
        by_script = request.headers.get("HX-Request") == "true"
        to = redirect("dashboard:organization-erased")
        return HttpResponseClientRedirect(to.url) if by_script else to
    for chosen in (CHOSEN_ORGANIZATION, CHOSEN_PROJECT):
        request.session.pop(chosen, None)
    return saved(request, "dashboard:home", Flash(f"{name} is being erased: nothing is done for it any more."))


@require_safe
def erased(request: HttpRequest) -> HttpResponse:
    """What whoever has erased their organization reads last; it says nothing of whose it was."""
    return render(request, "dashboard/data/organization_erased.html")
