"""An invitation's page: who holds its link takes the place, signed in as the person it was written to."""

from __future__ import annotations

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from tideover import clock
from tideover.dashboard.team.forms import JoinForm
from tideover.tenants.access import CHOSEN_ORGANIZATION, CHOSEN_PROJECT
from tideover.tenants.models import Invitation, User
from tideover.tenants.people import invitation_of, join
from tideover.tenants.roles import Role
from tideover.tenants.sessions import enter

PAGE = "dashboard/team/invitation.html"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Opening the link changes nothing; its button does. Whose account there is already must sign in to it first."""
    offer = invitation_of(token, clock.wall())
    if offer is None:
        return render(request, PAGE, {"gone": True}, status=410)
    known = User.objects.filter(email=offer.email).first()
    if known is None:
        return _as_a_new_person(request, offer)
    if request.user.pk != known.pk or request.method != "POST":
        return render(request, PAGE, {**_told(offer), "known": known, "me": request.user.pk == known.pk})
    return _taken(request, offer, known)


def _told(offer: Invitation) -> dict[str, object]:
    return {"offer": offer, "role": Role(offer.role).label.lower()}


def _as_a_new_person(request: HttpRequest, offer: Invitation) -> HttpResponse:
    form = JoinForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return render(request, PAGE, {**_told(offer), "form": form}, status=422 if form.is_bound else 200)
    with transaction.atomic():
        person = User.objects.create_user(offer.email, form.cleaned_data["password"], form.cleaned_data["name"])
        if not join(offer, person, clock.wall()):
            transaction.set_rollback(True)
            return render(request, PAGE, {"gone": True}, status=410)
    enter(request, person, clock.wall())
    return _taken_to(request, offer)


def _taken(request: HttpRequest, offer: Invitation, person: User) -> HttpResponse:
    if not join(offer, person, clock.wall()):
        return render(request, PAGE, {"gone": True}, status=410)
    return _taken_to(request, offer)


def _taken_to(request: HttpRequest, offer: Invitation) -> HttpResponse:
    request.session[CHOSEN_ORGANIZATION] = str(offer.organization_id)
    request.session.pop(CHOSEN_PROJECT, None)
    return redirect("dashboard:home")
