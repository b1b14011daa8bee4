"""The page of what renews and of trials that end: who is told when, and what a law that is known says to that."""

from __future__ import annotations

from typing import Final

from django.http import HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from tideover import clock
from tideover.core.ahead.kinds import NOTICES, Ahead
from tideover.core.ahead.law import LAWS
from tideover.dashboard.customers.scanning import Told, told_by
from tideover.dashboard.frame.drawing import show
from tideover.dashboard.paging import Pages
from tideover.mirror.models import Subscription
from tideover.predunning.announcing import coming, told
from tideover.predunning.telling import Outlook
from tideover.tenants.access import MemberRequest, may, member_required
from tideover.tenants.roles import Permission

TABS: Final = {Ahead.RENEWAL: "Renewals", Ahead.TRIAL: "Trials that end"}


@require_safe
@never_cache
@member_required
@may(Permission.READ)
def page(request: MemberRequest) -> HttpResponse:
    """What is paid within three months, and each message about it."""
    now, project = clock.now(), request.project
    asked = request.GET.get("kind", "")
    kind = Ahead(asked) if asked in NOTICES else Ahead.RENEWAL
    mine = Subscription.objects.filter(connection__project=project)
    found = Pages(coming(project, kind, now), mine, "subscription").asked_for(request.GET)
    lines = [(each, _message(each.outlook)) for each in told(project, kind, found.rows, now)]
    context = {
        "kind": kind,
        "tabs": TABS,
        "page": found,
        "lines": lines,
        "laws": [law for law in LAWS if law.kind == kind],
        "project": project,
    }
    return show(request, "dashboard/customers/renewals.html", context)


def _message(outlook: Outlook | None) -> Told | None:
    return told_by(outlook) if outlook else None
