"""The demo's clock, moved from the page."""

from __future__ import annotations

from datetime import timedelta

from django.core.exceptions import BadRequest
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from tideover.tenants.access import MemberRequest, may, member_required
from tideover.tenants.roles import Permission
from tideover.worker.timemachine import installed

STEPS = {"day": timedelta(days=1), "week": timedelta(weeks=1)}


@require_POST
@member_required
@may(Permission.ACT)
def move_time(request: MemberRequest) -> HttpResponse:
    """Let a day or a week pass in the simulated shop."""
    machine = installed()
    if machine is None or not request.organization.is_demo:
        raise Http404
    step = STEPS.get(request.POST.get("by", ""))
    if step is None:
        raise BadRequest("Time moves by a day or by a week.")
    machine.move(machine.now + step)
    back = request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()})
    return redirect(back if ours else "dashboard:home")
