"""The page of who has left: which letters each of them gets or got, who has come back, and what each letter brought."""

from __future__ import annotations

from django.http import HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from tideover import clock
from tideover.analytics.letters import brought
from tideover.core import measures
from tideover.core.ahead.kinds import KINDS, WINBACKS
from tideover.core.ahead.offers import offers_in
from tideover.dashboard.customers.scanning import Told, told_by
from tideover.dashboard.frame.drawing import show
from tideover.dashboard.paging import Pages
from tideover.mirror.models import Subscription
from tideover.predunning.asked import Leaver, left, told
from tideover.tenants.access import MemberRequest, may, member_required
from tideover.tenants.roles import Permission


@require_safe
@never_cache
@member_required
@may(Permission.READ)
def page(request: MemberRequest) -> HttpResponse:
    """What ended lately, and the letters about each."""
    now, project = clock.now(), request.project
    letters = brought(project, now)
    mine = Subscription.objects.filter(connection__project=project)
    found = Pages(left(project, now), mine, "subscription").asked_for(request.GET)
    context = {
        "by_letter": [(KINDS[kind].after, each) for kind, each in letters.by_letter.items()],
        "by_offer": letters.by_offer.items(),
        "formula": measures.BACK_BY,
        "days": [KINDS[kind].after for kind in WINBACKS],
        "page": found,
        "lines": [(each, _letters(each)) for each in told(project, found.rows, now)],
        "offers": [str(offer) for offer in offers_in(project.winback_offers)],
        "project": project,
    }
    return show(request, "dashboard/customers/winback.html", context)


def _letters(leaver: Leaver) -> list[tuple[int, Told | None]]:
    """Each by its day."""
    return [(KINDS[kind].after, told_by(each) if each else None) for kind, each in leaver.letters.items()]
