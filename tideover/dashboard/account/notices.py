"""What a person is told by mail about a project: chosen on a page, or turned off by the link in a mail."""

from __future__ import annotations

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from tideover import clock
from tideover.dashboard.account.forms import NoticesForm
from tideover.dashboard.account.views import looked_at
from tideover.dashboard.forms.answers import page_with, saved
from tideover.dashboard.frame.flash import Flash
from tideover.notices.choosing import choose, paces_of
from tideover.notices.kinds import KINDS
from tideover.notices.way_out import way_out
from tideover.tenants.access import MemberRequest, may, member_required
from tideover.tenants.people import NotPossible
from tideover.tenants.roles import Permission

PAGE: Final = "dashboard/account/notices.html"
OUT: Final = "dashboard/account/notices_out.html"


@looked_at
@never_cache
@member_required
@may(Permission.READ)
def page(request: MemberRequest) -> HttpResponse:
    """Each kind of notice with how often it comes; of the project that is looked at."""
    member, project = request.member, request.project
    form = NoticesForm(request.POST if request.method == "POST" else None, paces_of(member, project))
    if form.is_valid():
        try:
            choose(member, project, form.chosen, member.user.email, clock.wall())
            return saved(request, "dashboard:account-notices", Flash("Saved. It holds for what happens from now on."))
        except NotPossible as refused:
            form.add_error(None, str(refused))
    return page_with(request, PAGE, form)


@csrf_exempt  # RFC 8058: mail programs post here without cookies; the sealed link is the right to opt out
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def let_out(request: HttpRequest, token: str) -> HttpResponse:
    """GET asks and changes nothing, since mail scanners open every link; POST acts at once."""
    found = way_out(token)
    if found is None:
        return render(request, OUT, {"gone": True}, status=404)
    told = {"about": KINDS[found.kind], "project": found.project, "email": found.member.user.email}
    if request.method != "POST":
        return render(request, OUT, told)
    try:
        found.take(clock.wall())
    except NotPossible as refused:
        return render(request, OUT, {**told, "refused": str(refused)}, status=409)
    return render(request, OUT, {**told, "done": True})
