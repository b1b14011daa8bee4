"""The list of customers, and the page of one."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from tideover import clock
from tideover.dashboard.customers.listing import SHOWN, lines, read_wanted
from tideover.dashboard.customers.one import known_of
from tideover.dashboard.frame.drawing import show
from tideover.dashboard.paging import Pages
from tideover.dashboard.search import customers_of
from tideover.dashboard.stripe_pages import page_of_customer
from tideover.ids import private
from tideover.mirror.progress import unfinished, was_imported
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
    """One of them. Another merchant's customer is as absent as one that never was."""
    pk = private("customer", public_id)
    mine = customers_of(request.project).select_related("connection", "project__organization")
    found = mine.annotate(all_read=was_imported("connection_id")).filter(pk=pk).first() if pk else None
    if found is None:
        raise Http404("There is no such customer.")
    name = found.name or found.email or found.stripe_id
    known = known_of(found, clock.now())
    context = {
        "known": known,
        "name": name,
        "all_read": bool(known.open) or found.all_read,
        "at_stripe": page_of_customer(found.connection, found.stripe_id),
    }
    return show(request, "dashboard/customers/customer.html", context)
