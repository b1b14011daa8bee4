"""The list of messages."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from tideover import clock
from tideover.analytics.period import Period
from tideover.dashboard.frame.drawing import show, today, zone_of
from tideover.dashboard.messages import queries
from tideover.dashboard.paging import Pages
from tideover.dashboard.periods import ALL_TIME, RANGES, read_period
from tideover.dashboard.search import text_of
from tideover.tenants.access import MemberRequest, may, member_required
from tideover.tenants.roles import Permission
from tideover.upkeep.mail import mail


@require_safe
@never_cache
@member_required
@may(Permission.READ)
def page(request: MemberRequest) -> HttpResponse:
    """What was written to customers, what came of it, and what was not sent and why."""
    status = request.GET.get("status", "")
    status = status if status in queries.STATUSES else ""
    search = text_of(request.GET)
    name, period = read_period(request.GET, today(request), zone_of(request), ALL_TIME)
    context = {
        "status": status,
        "statuses": queries.STATUSES,
        "search": search,
        "range": name,
        "ranges": RANGES,
        **_lines(request, status, search, period),
    }
    return show(request, "dashboard/messages/list.html", context)


def _lines(request: MemberRequest, status: str, search: str, period: Period | None) -> dict[str, Any]:
    project = request.project
    if status == "unsent":
        undone = Pages(queries.unsent(project, search, period), queries.steps_of(project), "act").asked_for(request.GET)
        post = mail(clock.now(), request.organization.pk)
        return {"page": undone, "mail": post, "lines": queries.unsent_lines(undone.rows)}
    found = queries.written(project, status, search, period)
    sent = Pages(found, queries.messages_of(project), "msg").asked_for(request.GET)
    return {"page": sent, "lines": queries.written_lines(project, sent.rows)}
