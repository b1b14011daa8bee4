"""Analytics: every figure of a period with its formula, and the way from ours to Stripe's own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from django.http import HttpResponse, HttpResponseBase
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from tideover import clock
from tideover.analytics.scope import Scope, currencies
from tideover.dashboard.exports import csv_response
from tideover.dashboard.figures import messages as table
from tideover.dashboard.figures.bridge import bridge
from tideover.dashboard.figures.lines import headlines, lines, read
from tideover.dashboard.frame.drawing import counts_of, show, today, zone_of
from tideover.dashboard.periods import RANGES, currency_of, read_days
from tideover.dashboard.trials import told
from tideover.messages.own.trials import trials as all_trials
from tideover.tenants.access import MemberRequest, may, member_required
from tideover.tenants.roles import Permission

MOST_TRIALS: Final = 50


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


@require_safe
@never_cache
@member_required
@may(Permission.READ)
def messages(request: MemberRequest) -> HttpResponse:
    """How messages do, told apart by what the address asks for."""
    scope, choice, known = _choice(request)
    context = {
        "choice": choice.days,
        "wanted": choice,
        "ways": table.BY,
        "withins": table.WITHIN,
        "formulas": table.FORMULAS,
        "lines": table.lines_of(scope, choice),
        "currency": scope.currency,
        "currencies": known,
        "ranges": RANGES,
        "earlier": choice.days.neighbour(-1, today(request)),
        "later": choice.days.neighbour(1, today(request)),
    }
    return show(request, "dashboard/figures/messages.html", context)


@require_safe
@never_cache
@member_required
@may(Permission.READ)
def messages_csv(request: MemberRequest) -> HttpResponseBase:
    """The same table as a file."""
    scope, choice, _ = _choice(request)
    name = f"tideover-messages-by-{choice.by}-{choice.days.period.first_on}-to-{choice.days.period.last_on}.csv"
    return csv_response(name, table.file_of(table.lines_of(scope, choice), choice))


@require_safe
@never_cache
@member_required
@may(Permission.READ)
def trials(request: MemberRequest) -> HttpResponse:
    """Every trial of two texts, those that run first, with what each half brought."""
    rows = list(all_trials(request.project)[: MOST_TRIALS + 1])
    context = {"trials": told(request.project, rows[:MOST_TRIALS], clock.now()), "more": len(rows) > MOST_TRIALS}
    return show(request, "dashboard/figures/trials.html", context)


def _choice(request: MemberRequest) -> tuple[Scope, table.Choice, Sequence[str]]:
    known = currencies(request.project, counts_of(request).standing)
    scope = Scope(request.organization.pk, request.project.pk, currency_of(request.GET, known))
    return scope, table.read_choice(request.GET, today(request), zone_of(request)), known
