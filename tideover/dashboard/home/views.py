"""The merchant's pages: home, the list of cases, one case, and what a person may do to it."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from tideover import clock
from tideover.analytics.activity import activity, attention
from tideover.analytics.period import Period
from tideover.analytics.scope import Scope, currencies
from tideover.dashboard import exports, home, mails, setup
from tideover.dashboard.choices import COMPARISONS, RANGES, Choice, neighbour, read_choice, read_period
from tideover.dashboard.filters import ALL_TIME, CaseFilter, matches, read_filter
from tideover.dashboard.frame import fragment, show, zone_of
from tideover.dashboard.lines import line_of
from tideover.dashboard.progress import rows
from tideover.dashboard.tabs import families, tabs_of
from tideover.recovery.models import Case
from tideover.tenants.access import MemberRequest, member_required

PER_PAGE = 25
FOUND_AT_ONCE = 8


def _today(request: MemberRequest) -> date:
    return clock.now().astimezone(zone_of(request)).date()


def _cases(request: MemberRequest) -> QuerySet[Case]:
    return Case.objects.filter(organization=request.organization, project=request.project)


# ── home ──


def _choice(request: MemberRequest) -> tuple[Choice, Scope, tuple[str, ...]]:
    known = currencies(request.project)
    choice = read_choice(request.GET, _today(request), zone_of(request), known)
    return choice, Scope(request.organization.pk, request.project.pk, choice.currency), known


@require_safe
@never_cache
@member_required
def index(request: MemberRequest) -> HttpResponse:
    """Home: the four figures, the trend, what brought the money, what needs a person, what just happened."""
    now, today = clock.now(), _today(request)
    choice, scope, known = _choice(request)
    context = {
        "page": "home",
        "home": home.build(scope, choice, now),
        "choice": choice,
        "currencies": known,
        "ranges": RANGES,
        "comparisons": COMPARISONS,
        "earlier": neighbour(choice, -1, today),
        "later": neighbour(choice, 1, today),
        "setup": setup.progress(request.project),
        "attention": rows(attention(request.project)),
        "happenings": [line_of(happening) for happening in activity(request.project)],
        "has_cases": _cases(request).exists(),
    }
    return show(request, "dashboard/home.html", context)


@require_safe
@never_cache
@member_required
def recent(request: MemberRequest) -> HttpResponse:
    """The activity list alone, for the page that polls it."""
    lines = [line_of(happening) for happening in activity(request.project)]
    return fragment(request, "dashboard/parts/activity.html", {"happenings": lines})


@require_safe
@never_cache
@member_required
def trend_csv(request: MemberRequest) -> HttpResponseBase:
    """The chart's figures as a file."""
    choice, scope, _ = _choice(request)
    built = home.build(scope, choice, clock.now())
    header = ("from", "to", choice.metric.value, "compared_from", "compared_to", f"{choice.metric.value}_before")
    lines = [home.csv_line(bucket, before, choice) for bucket, _, before, _ in built.rows]
    return exports.csv_response(f"tideover-{choice.metric.value}.csv", [header, *lines])


# ── cases ──


def _filter(request: MemberRequest) -> CaseFilter:
    return read_filter(request.GET, _today(request), zone_of(request))


@require_safe
@never_cache
@member_required
def cases(request: MemberRequest) -> HttpResponse:
    """The list of cases."""
    wanted = _filter(request)
    found = wanted.cases(request.project).select_related("connection")
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": "cases",
        "filter": wanted,
        "chips": wanted.chips(),
        "tabs": tabs_of(request.project, wanted),
        "pager": page,
        "rows": rows(list(page.object_list)),
        "families": families(),
        "ranges": RANGES,
        "has_cases": _cases(request).exists(),
    }
    return show(request, "dashboard/cases.html", context)


@require_safe
@never_cache
@member_required
def cases_csv(request: MemberRequest) -> HttpResponseBase:
    """The list as a file: the same filter and order, every page of it."""
    lines = exports.case_lines(_filter(request).cases(request.project))
    return exports.csv_response("tideover-cases.csv", lines)


@require_safe
@never_cache
@member_required
def find(request: MemberRequest) -> HttpResponse:
    """What the palette offers for a few letters: pages, then cases."""
    text = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    found = _cases(request).filter(matches(text)).order_by("-opened_at")[:FOUND_AT_ONCE] if text else []
    return fragment(request, "dashboard/parts/found.html", {"text": text, "cases": found})


@require_safe
@never_cache
@member_required
def messages(request: MemberRequest) -> HttpResponse:
    """What was written to customers, what came of it, and what was not sent and why."""
    status = request.GET.get("status", "")
    status = status if status in mails.STATUSES else ""
    search = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    name, period = read_period(request.GET, _today(request), zone_of(request), ALL_TIME)
    context = {
        "page": "messages",
        "status": status,
        "statuses": mails.STATUSES,
        "search": search,
        "range": name,
        "ranges": RANGES,
        **_mail_page(request, status, search, period),
    }
    return show(request, "dashboard/messages.html", context)


def _mail_page(request: MemberRequest, status: str, search: str, period: Period | None) -> dict[str, Any]:
    number = request.GET.get("page")
    if status == "unsent":
        undone = Paginator(mails.unsent(request.project, search, period), PER_PAGE).get_page(number)
        return {"pager": undone, "lines": mails.unsent_lines(list(undone.object_list))}
    sent = Paginator(mails.written(request.project, status, search, period), PER_PAGE).get_page(number)
    return {"pager": sent, "lines": mails.written_lines(request.project, list(sent.object_list))}
