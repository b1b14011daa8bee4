"""Home, its parts that are asked for alone, and its chart as a file."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from tideover import clock
from tideover.analytics.activity import activity, glance, happened, waits_for_a_person
from tideover.analytics.queries import new_rules, new_rules_asked
from tideover.analytics.scope import Scope, currencies
from tideover.dashboard import exports
from tideover.dashboard.frame.drawing import counts_of, fragment, show, today, zone_of
from tideover.dashboard.home.build import build, file_of_trend
from tideover.dashboard.home.choice import COMPARISONS, Choice, read_choice
from tideover.dashboard.home.lines import line_of
from tideover.dashboard.periods import RANGES
from tideover.dashboard.progress import rows
from tideover.dashboard.trials import trials_ended
from tideover.flow import refusals
from tideover.messages import pauses
from tideover.messages.own import trials
from tideover.tenants.access import MemberRequest, may, member_required
from tideover.tenants.at_once import at_once, lines
from tideover.tenants.roles import Permission
from tideover.upkeep import mail
from tideover.upkeep.checklist import checklist, is_wanted, wanted_asked

TOLD_FOR: Final = timedelta(days=7)


def _choice(request: MemberRequest) -> tuple[Choice, Scope, tuple[str, ...]]:
    known = currencies(request.project, counts_of(request).standing)
    choice = read_choice(request.GET, today(request), zone_of(request), known)
    return choice, Scope(request.organization.pk, request.project.pk, choice.currency), known


@require_safe
@never_cache
@member_required
@may(Permission.READ)
def page(request: MemberRequest) -> HttpResponse:
    """Home: the four figures, the trend, what brought the money, what needs a person, what just happened."""
    choice, scope, known = _choice(request)
    now, project, organization = clock.now(), request.project, request.organization
    at = at_once(organization.pk, {**mail.asked(now, organization.pk), **wanted_asked(project)})
    told = lines(
        [
            *happened(project),
            waits_for_a_person(project),
            refusals.asked(organization),
            pauses.asked(organization),
            trials.asked(project, now - TOLD_FOR),
            new_rules_asked(scope, choice.period),
        ]
    )
    seen = glance(project, told)
    context = {
        "home": build(scope, choice, now, new_rules(choice.period, told)),
        "choice": choice,
        "currencies": known,
        "ranges": RANGES,
        "comparisons": COMPARISONS,
        "earlier": choice.neighbour(-1, today(request)),
        "later": choice.neighbour(1, today(request)),
        "setup": checklist(project) if is_wanted(project, at) else None,
        "attention": rows(seen.attention),
        "happenings": [line_of(happening) for happening in seen.happenings],
        "mail_trouble": mail.told(at, now).trouble,
        "refused": refusals.told(told),
        "paused": pauses.told(told),
        "trials_ended": trials_ended(trials.ended(told)),
        "uncounted": counts_of(request).uncounted,
        "has_cases": bool(counts_of(request).standing),
    }
    return show(request, "dashboard/home/page.html", context)


@require_safe
@member_required
@may(Permission.READ)
def known_as(request: MemberRequest) -> HttpResponse:
    """Home, under a name that it has elsewhere; what was asked for goes along."""
    query = request.META["QUERY_STRING"]
    return redirect(f"{reverse('dashboard:home')}{f'?{query}' if query else ''}")


@require_safe
@never_cache
@member_required
@may(Permission.READ)
def recent(request: MemberRequest) -> HttpResponse:
    """The activity list alone, for the page that polls it."""
    lines = [line_of(happening) for happening in activity(request.project)]
    return fragment(request, "dashboard/home/activity.html", {"happenings": lines})


@require_safe
@never_cache
@member_required
@may(Permission.READ)
def trend_csv(request: MemberRequest) -> HttpResponseBase:
    """The chart's figures as a file."""
    choice, scope, _ = _choice(request)
    period = f"{choice.period.first_on}-to-{choice.period.last_on}"
    name = f"tideover-{choice.metric.value}-{choice.currency}-{period}.csv"
    return exports.csv_response(name, file_of_trend(scope, choice))
