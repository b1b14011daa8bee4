"""Analytics: every figure of a period with its formula, and the way from ours to Stripe's own."""

from __future__ import annotations

from django.http import HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from tideover import clock
from tideover.analytics.scope import Scope, currencies
from tideover.dashboard.figures.bridge import bridge
from tideover.dashboard.figures.lines import headlines, lines, read
from tideover.dashboard.frame.drawing import counts_of, show, today, zone_of
from tideover.dashboard.periods import RANGES, currency_of, read_days
from tideover.tenants.access import MemberRequest, may, member_required
from tideover.tenants.roles import Permission


@require_safe
@never_cache
@member_required
@may(Permission.READ)
def page(request: MemberRequest) -> HttpResponse:
    """The figures of some days, in one currency."""
    known = currencies(request.project, counts_of(request).standing)
    choice = read_days(request.GET, today(request), zone_of(request))
    scope = Scope(request.organization.pk, request.project.pk, currency_of(request.GET, known))
    figures = read(scope, choice.period, clock.now())
    context = {
        "choice": choice,
        "currency": scope.currency,
        "currencies": known,
        "ranges": RANGES,
        "earlier": choice.neighbour(-1, today(request)),
        "later": choice.neighbour(1, today(request)),
        "headlines": headlines(figures),
        "lines": lines(figures),
        "proceeds": figures.proceeds,
        "bridge": bridge(figures.kinds, figures.proceeds),
        "uncounted": counts_of(request).uncounted,
        "has_cases": bool(counts_of(request).standing),
    }
    return show(request, "dashboard/figures/page.html", context)
