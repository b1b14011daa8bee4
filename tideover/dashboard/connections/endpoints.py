"""The webhook endpoints of an account, read at Stripe: which is ours, what was left over; and a new secret for ours."""

from __future__ import annotations

from django.http import HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from tideover.dashboard.connections.cards import connection_at
from tideover.dashboard.connections.views import ALL
from tideover.dashboard.forms.answers import saved
from tideover.dashboard.frame.drawing import show
from tideover.dashboard.frame.flash import Flash
from tideover.flow.stripe import stripe_for
from tideover.gateways.answers import NotHere, NotNow, Unknown
from tideover.inbox.registration import MOST, Listed, endpoints_of, rotate, take_away
from tideover.tenants.access import MemberRequest, may, member_required
from tideover.tenants.models import Connection
from tideover.tenants.roles import Permission


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@member_required
@may(Permission.CONNECT)
def page(request: MemberRequest, public_id: str) -> HttpResponse:
    """All of them, and a button that deletes one that was left over."""
    connection = connection_at(request, public_id)
    if request.method == "POST":
        return _taken_away(request, connection)
    found, problem = list[Listed](), ""
    try:
        found = endpoints_of(connection, stripe_for(connection))
    except (NotHere, NotNow) as refused:
        problem = str(refused)
    context = {"connection": connection, "found": found, "problem": problem, "most": MOST}
    return show(request, "dashboard/connections/endpoints.html", context)


def _taken_away(request: MemberRequest, connection: Connection) -> HttpResponse:
    try:
        take_away(connection, request.POST.get("endpoint", ""), stripe_for(connection))
    except (NotHere, NotNow, Unknown) as refused:
        return saved(request, request.path, Flash(f"Not possible: {refused}.", bad=True))
    return saved(request, request.path, Flash("The endpoint is deleted."))


@require_POST
@member_required
@may(Permission.CONNECT)
def new_secret(request: MemberRequest, public_id: str) -> HttpResponse:
    """Another signing secret for the endpoint that we made."""
    connection = connection_at(request, public_id)
    try:
        rotate(connection, stripe_for(connection))
    except (NotHere, NotNow, Unknown) as refused:
        return saved(request, ALL, Flash(f"The secret is the one before: {refused}.", bad=True))
    return saved(request, ALL, Flash("Stripe signs with a new secret from now on; the one before holds for a day."))
