"""Signing in by a passkey: no address is typed, and no code asked for, as the device has asked its owner already."""

from __future__ import annotations

from typing import Final

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from tideover import clock
from tideover.dashboard.challenges import Purpose, offered, taken
from tideover.dashboard.sign_in.entering import HALF_IN
from tideover.dashboard.sign_in.forms import SignInForm
from tideover.dashboard.sign_in.views import TOO_OFTEN, ask, page_after
from tideover.flow.throttle import Throttle
from tideover.tenants.passkeys import NotProven, options_to_enter, person_of
from tideover.tenants.requests import place_of
from tideover.tenants.sessions import enter

# Nobody guesses a signature; this keeps a place from making us work.
PLACE: Final = Throttle("passkey place", limit=100, seconds=900)


@require_POST
@never_cache
def options(request: HttpRequest) -> HttpResponse:
    """What the browser is to ask its devices, as JSON."""
    now = clock.wall()
    if not PLACE.allows(place_of(request), now):
        return JsonResponse({"wrong": TOO_OFTEN}, status=429)
    told = offered(request, Purpose.ENTER, options_to_enter(), now)
    return HttpResponse(told, content_type="application/json")


@require_POST
@never_cache
def sign_in(request: HttpRequest) -> HttpResponse:
    """What a device answered."""
    now = clock.wall()
    try:
        person = person_of(request.POST.get("answer", ""), taken(request, Purpose.ENTER, now), now)
    except NotProven as wrong:
        return ask(request, SignInForm({}), str(wrong))
    request.session.pop(HALF_IN, None)
    enter(request, person, now)
    return redirect(page_after(request))
