"""The sample shop: opened, made anew and closed by whoever wants to look around in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from django.http import HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from tideover import clock
from tideover.dashboard.forms.answers import saved
from tideover.dashboard.frame.drawing import show
from tideover.dashboard.frame.flash import Flash
from tideover.flow.throttle import Throttle
from tideover.tenants.access import CHOSEN_ORGANIZATION, CHOSEN_PROJECT, MemberRequest, may, member_required
from tideover.tenants.roles import Permission
from tideover.upkeep.sample import shop

MAKING: Final = Throttle("samples", limit=10, seconds=3600)
TOO_OFTEN: Final = "It was made ten times within an hour. Wait a while."


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@member_required
@may(Permission.READ)
def page(request: MemberRequest) -> HttpResponse:
    """What it is, and its buttons: everybody has one of their own, whatever their role elsewhere."""
    if request.method == "POST":
        return DOES.get(request.POST.get("do", ""), _nothing)(request)
    return show(request, "dashboard/onboarding/sample.html", {"sample": shop.sample_of(request.member.user)})


def _nothing(request: MemberRequest) -> HttpResponse:
    return saved(request, "dashboard:sample", Flash("Say what is to be done with it.", bad=True))


def _open(request: MemberRequest) -> HttpResponse:
    person, now = request.member.user, clock.now()
    if shop.sample_of(person) is None and not _may_make(request):
        return saved(request, "dashboard:sample", Flash(TOO_OFTEN, bad=True))
    request.session[CHOSEN_ORGANIZATION] = str(shop.open_for(person, now).pk)
    request.session.pop(CHOSEN_PROJECT, None)
    return saved(request, "dashboard:home", Flash("This is the sample shop. Look around: nothing can go wrong here."))


def _make_anew(request: MemberRequest) -> HttpResponse:
    if not _may_make(request):
        return saved(request, "dashboard:sample", Flash(TOO_OFTEN, bad=True))
    request.session[CHOSEN_ORGANIZATION] = str(shop.make_anew(request.member.user, clock.now()).pk)
    request.session.pop(CHOSEN_PROJECT, None)
    return saved(request, "dashboard:home", Flash("The sample shop was made anew."))


def _close(request: MemberRequest) -> HttpResponse:
    said = "The sample shop is closed." if shop.close(request.member.user, clock.now()) else "It was not open."
    if request.organization.is_sample:
        request.session.pop(CHOSEN_ORGANIZATION, None)
        request.session.pop(CHOSEN_PROJECT, None)
    return saved(request, "dashboard:home", Flash(said))


def _may_make(request: MemberRequest) -> bool:
    """Each is a thousand rows."""
    return MAKING.allows(str(request.member.user.pk), clock.wall())


DOES: Final[Mapping[str, Callable[[MemberRequest], HttpResponse]]] = {
    "open": _open,
    "reset": _make_anew,
    "close": _close,
}
