"""The list of customers, and the page of one."""

from __future__ import annotations

from django.http import HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from tideover import clock
from tideover.dashboard.customers.listing import SHOWN, lines, read_wanted, segments_of
from tideover.dashboard.customers.showing import CUSTOMER_PAGE, found_of, shown
from tideover.dashboard.frame.drawing import show
from tideover.dashboard.paging import Pages
from tideover.dashboard.search import customers_of
from tideover.mirror.progress import unfinished
from tideover.tenants.access import MemberRequest, may, member_required
from tideover.tenants.roles import Permission


@require_safe
@never_cache
@member_required
@may(Permission.READ)
def page(request: MemberRequest) -> HttpResponse:
    """Everybody who pays, or paid."""
    now, wanted = clock.now(), read_wanted(request.GET)
    everybody = customers_of(request.project)
    found = Pages(wanted.customers(request.project, now), everybody, "customer").asked_for(request.GET)
    context = {
        "wanted": wanted,
        "shown": SHOWN,
        "segments": segments_of(request.project),
        "page": found,
        "lines": lines(found.rows, now),
        "has_customers": bool(found.rows) or everybody.exists(),
        "reading": unfinished(request.project.pk),
    }
    return show(request, "dashboard/customers/list.html", context)


@require_safe
@never_cache
@member_required
@may(Permission.READ)
def customer(request: MemberRequest, public_id: str) -> HttpResponse:
    """One of them."""
    return show(request, CUSTOMER_PAGE, shown(found_of(request, public_id)))
