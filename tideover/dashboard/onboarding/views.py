"""What going live would do, counted and drawn day by day; the messages it would send; and the switch."""

from __future__ import annotations

from typing import Final

from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_http_methods, require_safe

from tideover import clock
from tideover.dashboard.exports import csv_response
from tideover.dashboard.forms.answers import saved
from tideover.dashboard.frame.drawing import show, zone_of
from tideover.dashboard.frame.flash import Flash
from tideover.dashboard.onboarding.days import calendar
from tideover.dashboard.onboarding.file import rehearsal_lines
from tideover.dashboard.words import REASONS
from tideover.recovery.earlier.leaving import leave
from tideover.recovery.telling.earlier import earlier
from tideover.recovery.telling.rehearsal import Rehearsal, first_messages, rehearse, rehearsed_all, rendered
from tideover.tenants.access import MemberRequest, may, member_required
from tideover.tenants.roles import Permission
from tideover.tenants.settings import turn_recovery
from tideover.upkeep.checklist import Name, passed

PAGE: Final = "dashboard/onboarding/go_live.html"
FIRST: Final = 3
# The mail draws itself and its picture, in a frame that runs nothing.
POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; sandbox; frame-ancestors 'self'"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@member_required
@may(Permission.READ, send=Permission.SET)
def page(request: MemberRequest) -> HttpResponse:
    """What would happen with each open failure, and the button that lets it."""
    if request.method == "POST":
        return _turned(request)
    passed(request.project, Name.REHEARSAL, request.member.user.email, clock.now())
    found = rehearse(request.project, clock.now())
    context = {
        "found": found,
        "open": len(found.rows) + found.left_out,
        "earlier": earlier(request.project),
        "calendar": calendar(found, zone_of(request)),
        "charges_soon": found.soon(found.charges),
        "messages_soon": found.soon(found.messages),
        "refused": [row for row in found.rows if row.refused],
        "silent": [(REASONS[why], number) for why, number in found.silent.items()],
        "first": [(row, step, rendered(row, step).subject) for row, step in first_messages(found, FIRST)],
        "observes": not any(row.case.connection.may_write for row in found.rows),
    }
    return show(request, PAGE, context)


def _turned(request: MemberRequest) -> HttpResponse:
    on = request.POST.get("live") == "on"
    if on and request.POST.get("take") == "new":
        left = leave(request.project, request.member.user.email, clock.now())
        if left:
            said = f"Not closed yet: {left}. Recovery is off still; try again in a moment."
            return saved(request, "dashboard:go-live", Flash(said, bad=True))
    turn_recovery(request.project, on=on, by=request.member.user.email, now=clock.now())
    said = (
        "is live: it charges and writes by its rules." if on else "is off: it watches, and charges and sends nothing."
    )
    return saved(request, "dashboard:go-live", Flash(f"{request.project.name} {said}"))


@require_safe
@never_cache
@member_required
@may(Permission.READ)
def rehearsal_file(request: MemberRequest) -> StreamingHttpResponse:
    """The same as a table for a spreadsheet: a line for each step that would come."""
    name = f"rehearsal-{request.project.slug}-{clock.now():%Y-%m-%d}.csv"
    return csv_response(name, rehearsal_lines(rehearsed_all(request.project, clock.now())))


@require_safe
@never_cache
@xframe_options_sameorigin
@member_required
@may(Permission.READ)
def message(request: MemberRequest, public_id: str) -> HttpResponse:
    """The next message about a case, as it would go out. It is for nobody and is not kept."""
    html = _next_message(rehearse(request.project, clock.now()), public_id)
    if html is None:
        raise Http404
    response = HttpResponse(html)
    response["Content-Security-Policy"] = POLICY  # the middleware leaves a policy that is there alone
    return response


def _next_message(found: Rehearsal, public_id: str) -> str | None:
    row = next((row for row in found.rows if row.case.public_id == public_id and row.messages), None)
    return rendered(row, row.messages[0]).html if row else None
