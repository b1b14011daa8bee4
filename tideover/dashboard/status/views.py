"""The status page: what must never be and is not, what waits and since when, and how each Stripe account stands."""

from __future__ import annotations

from django.http import HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from tideover import clock
from tideover.dashboard.frame.drawing import show
from tideover.dashboard.status.gauges import accounts, gauges
from tideover.tenants.access import MemberRequest, may, member_required
from tideover.tenants.roles import Permission
from tideover.upkeep.invariants import look


@require_safe
@never_cache
@member_required
@may(Permission.READ)
def page(request: MemberRequest) -> HttpResponse:
    """How this organization's recovery runs, at this moment."""
    now, organization = clock.now(), request.organization
    rules = look(now, organization.pk)
    context = {
        "rules": rules,
        "broken": sum(not rule.fine for rule in rules),
        "gauges": gauges(organization, now),
        "accounts": accounts(organization, now),
        "stopped_at": organization.stopped_at,
    }
    return show(request, "dashboard/status/page.html", context)
