"""The list of cases, one case with its story, and its mails as they were sent."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from django.http import Http404, HttpResponse, HttpResponseBase
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from tideover import clock
from tideover.core.catalogue import Channel
from tideover.dashboard.cases.access import of_mine
from tideover.dashboard.cases.asked import asked_of
from tideover.dashboard.cases.calendar import LANES, plan_of
from tideover.dashboard.cases.export import case_lines
from tideover.dashboard.cases.filters import Beside, CaseFilter, beside_in, read_filter
from tideover.dashboard.cases.forms import offered
from tideover.dashboard.cases.read import asked as asked_for_story
from tideover.dashboard.cases.tabs import families, tabs_of
from tideover.dashboard.cases.timeline import story_of
from tideover.dashboard.exports import csv_response
from tideover.dashboard.frame.drawing import fragment, show, today, zone_of
from tideover.dashboard.paging import Pages
from tideover.dashboard.periods import RANGES
from tideover.dashboard.progress import row_of, rows
from tideover.dashboard.search import cases_of
from tideover.dashboard.stripe_pages import customer_page, invoice_page
from tideover.dashboard.words import name_of
from tideover.flow.around import around
from tideover.ids import private, public
from tideover.messages import suppression
from tideover.messages.models import Message
from tideover.messages.suppression import suppressed_asked
from tideover.recovery.commands import why_no_retry
from tideover.recovery.models import Action, Case
from tideover.recovery.places import zone
from tideover.recovery.plans.offering import by_hand
from tideover.recovery.telling.holds import news_asked
from tideover.recovery.telling.plans import plans_shown
from tideover.recovery.telling.under_way import under_way
from tideover.recovery.telling.whole import whole_of
from tideover.recovery.telling.why import why_of
from tideover.recovery.test_clocks.moving import lived_by
from tideover.recovery.test_clocks.rows import now_by
from tideover.recovery.ways.accessing import access_by
from tideover.tenants.access import MemberRequest, may, member_required
from tideover.tenants.at_once import lines
from tideover.tenants.models import Connection
from tideover.tenants.roles import Permission
from tideover.upkeep.skew import clocks_of

CASE_PAGE: Final = "dashboard/cases/case.html"
# A mail is shown as it was sent, styles and all, in a frame that may run nothing and fetch nothing:
# looking at it must not count as the customer opening it.
MAIL_POLICY: Final = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"


def _filter(request: MemberRequest) -> CaseFilter:
    return read_filter(request.GET, today(request), zone_of(request))


@require_safe
@never_cache
@member_required
@may(Permission.READ)
def cases(request: MemberRequest) -> HttpResponse:
    """The list of cases."""
    wanted = _filter(request)
    tabs = tabs_of(request.project, wanted)
    listed = next(tab for tab in tabs if tab.chosen)
    found = wanted.cases(request.project).select_related("connection")
    shown = Pages(found, cases_of(request.project), "case", listed.is_few).asked_for(request.GET)
    context = {
        "filter": wanted,
        "chips": wanted.chips(),
        "tabs": tabs,
        "page": shown,
        "listed": listed,
        "rows": rows(shown.rows),
        "families": families(),
        "ranges": RANGES,
        "has_cases": bool(shown.rows) or cases_of(request.project).exists(),
        "way_back": f"?{request.GET.urlencode()}" if request.GET else "",
    }
    return show(request, "dashboard/cases/list.html", context)


@require_safe
@never_cache
@member_required
@may(Permission.READ)
def cases_csv(request: MemberRequest) -> HttpResponseBase:
    """The list as a file: the same filter and order, every page of it."""
    return csv_response("tideover-cases.csv", case_lines(_filter(request).cases(request.project)))


@require_safe
@never_cache
@member_required
@may(Permission.READ)
@of_mine
def page(request: MemberRequest, case: Case) -> HttpResponse:
    """The whole story of a case, the steps still to come, and what may be asked for."""
    now = clock.now()
    beside = beside_in(_filter(request), request.project, case) if request.GET else Beside()
    forms = offered(case, now_by(case.clock, now), zone_of(request))
    context = {**told(case, now), "forms": forms, "beside": beside}
    return show(request, CASE_PAGE, context)


def _may_have_a_plan(case: Case) -> bool:
    return case.state == Case.State.FAILING and case.project.plans_enabled


def told(case: Case, now: datetime) -> dict[str, Any]:
    """What the page says of the case."""
    here = now_by(case.clock, now)
    whole, there = whole_of(case, here), around(_account(case))
    kept_out = suppressed_asked(case.organization_id, Channel.EMAIL, case.customer_email)
    noted = lines([*asked_for_story(case), *news_asked(case), kept_out])
    story = story_of(whole, noted)
    return {
        "case": case,
        "name": name_of(case),
        "kept_out": suppression.kept_out(noted),
        "row": row_of(case, whole.kept_actions),
        "story": story,
        "plan": plan_of(story, case.opened_at, here, zone(case.project.time_zone)),
        "lanes": LANES,
        "asked": asked_of(whole.actions, here),
        "stands": why_of(whole, there, noted, now, wrong_clock=clocks_of(there.providers.values(), now).trouble),
        "invoice_page": invoice_page(case),
        "customer_page": customer_page(case),
        "customer": public("customer", whose) if (whose := getattr(case, "customer_row", None)) else "",
        "paused": case.is_paused(here),
        "access": access_by(case, here),
        "in_parts": plans_shown(case, here),
        "offer": by_hand(case, here) if _may_have_a_plan(case) else None,
        "no_retry": why_no_retry(case, here, whole.known),
        "under_way": under_way(case),
        "on_clock": lived_by(case),
    }


def _account(case: Case) -> Connection:
    """The case's account, which was read with it, whose it is."""
    account = case.connection
    account.organization, account.project = case.organization, case.project
    return account


@require_safe
@never_cache
@member_required
@may(Permission.READ)
@of_mine
def asked(request: MemberRequest, case: Case) -> HttpResponse:
    """What came of the charge a person asked for, by itself; once it is known the whole page is drawn anew."""
    told = asked_of(Action.objects.filter(case=case), now_by(case.clock, clock.now()))
    response = fragment(request, "dashboard/cases/asked.html", {"case": case, "asked": told})
    if told is None or not told.waits:
        response["HX-Refresh"] = "true"
    return response


@require_safe
@never_cache
@xframe_options_sameorigin
@member_required
@may(Permission.READ)
@of_mine
def mail(request: MemberRequest, case: Case, message_id: str) -> HttpResponse:
    """A mail about the case, for the frame on its page."""
    wanted = private("msg", message_id)
    mine = Message.objects.filter(organization=request.organization, about=case.pk)
    message = mine.filter(pk=wanted).first() if wanted else None
    if message is None or not message.html:
        raise Http404("There is no such message, or its words are no longer kept.")
    response = HttpResponse(message.html)
    response["Content-Security-Policy"] = MAIL_POLICY  # the middleware leaves a policy that is there alone
    return response
