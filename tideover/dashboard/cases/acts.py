"""One case: its page, its mails as they were sent, and what a person may do to it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time
from functools import wraps
from typing import Concatenate, Final, ParamSpec

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST, require_safe

from tideover import clock
from tideover.dashboard import flash
from tideover.dashboard.flash import Flash
from tideover.dashboard.frame import show, zone_of
from tideover.dashboard.lines import name_of
from tideover.dashboard.progress import rows
from tideover.dashboard.stripe_pages import customer_page, invoice_page
from tideover.dashboard.timeline import story_of
from tideover.ids import private
from tideover.messages.models import Message
from tideover.recovery import commands
from tideover.recovery.commands import Refusal
from tideover.recovery.models import Case
from tideover.tenants.access import MemberRequest, member_required

P = ParamSpec("P")
MORNING: Final = time(9)
# A mail is shown as it was sent, styles and all, in a frame that may run nothing and fetch nothing:
# looking at it must not count as the customer opening it.
MAIL_POLICY: Final = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"

CaseView = Callable[Concatenate[MemberRequest, Case, P], HttpResponseBase]


def _of_mine(view: CaseView[P]) -> Callable[..., HttpResponseBase]:
    """Hands the view the case behind the public id. Another merchant's case is as absent as one that never was."""

    @wraps(view)
    def found(request: MemberRequest, public_id: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        case_id = private("case", public_id)
        cases = Case.objects.select_related("connection", "project", "ruleset", "organization")
        case = cases.filter(organization=request.organization, pk=case_id).first() if case_id else None
        if case is None:
            raise Http404("There is no such case.")
        return view(request, case, *args, **kwargs)

    return found


@require_safe
@never_cache
@member_required
@_of_mine
def page(request: MemberRequest, case: Case) -> HttpResponse:
    """The whole story of a case, and the steps still to come."""
    story = story_of(case)
    [row] = rows([case])
    context = {
        "page": "cases",
        "case": case,
        "name": name_of(case),
        "row": row,
        "story": story,
        "invoice_page": invoice_page(case),
        "customer_page": customer_page(case),
        "paused": bool(case.paused_until and case.paused_until > clock.now()),
        "tomorrow": _day_from_now(request, 1),
        "week": _day_from_now(request, 7),
    }
    return show(request, "dashboard/case.html", context)


def _day_from_now(request: MemberRequest, days: int) -> date:
    today = clock.now().astimezone(zone_of(request)).date()
    return date.fromordinal(today.toordinal() + days)


@require_safe
@never_cache
@xframe_options_sameorigin
@member_required
@_of_mine
def mail(request: MemberRequest, case: Case, message_id: str) -> HttpResponse:
    """A mail about the case, for the frame on its page."""
    wanted = private("msg", message_id)
    mine = Message.objects.filter(organization=request.organization, about=case.pk)
    message = mine.filter(pk=wanted).first() if wanted else None
    if message is None:
        raise Http404("There is no such message.")
    response = HttpResponse(message.html)
    response["Content-Security-Policy"] = MAIL_POLICY  # the middleware leaves a policy that is there alone
    return response


# ── what a person may do ──


def _back(request: MemberRequest, case: Case) -> HttpResponse:
    """To the page the form was on, which is one of ours, or to the case."""
    wanted = request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()})
    return redirect(wanted if ours else _url("case", case))


def _url(name: str, case: Case) -> str:
    return reverse(f"dashboard:{name}", args=[case.public_id])


def _told(request: MemberRequest, case: Case, refusal: Refusal | None, done: Flash) -> HttpResponse:
    flash.say(request, Flash(refusal.why, bad=True) if refusal else done)
    return _back(request, case)


def _who(request: MemberRequest) -> str:
    return request.member.user.email


@require_POST
@member_required
@_of_mine
def pause(request: MemberRequest, case: Case) -> HttpResponse:
    """Nothing is charged or sent before the morning of the chosen day."""
    until = _morning(request, request.POST.get("until", ""))
    refusal = (
        commands.pause(case, until=until, by=_who(request), now=clock.now())
        if until
        else Refusal("Choose the day on which the case goes on.")
    )
    day = f"{until.astimezone(zone_of(request)):%b} {until.astimezone(zone_of(request)).day}" if until else ""
    return _told(request, case, refusal, Flash(f"Paused until {day}.", undo_url=_url("resume", case)))


def _morning(request: MemberRequest, text: str) -> datetime | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    in_reach = date(2000, 1, 1) <= day <= date(2200, 1, 1)
    return datetime.combine(day, MORNING, zone_of(request)) if in_reach else None


@require_POST
@member_required
@_of_mine
def resume(request: MemberRequest, case: Case) -> HttpResponse:
    """The plan goes on now."""
    was = case.paused_until
    refusal = commands.resume(case, by=_who(request), now=clock.now())
    undo = {"until": f"{was.astimezone(zone_of(request)):%Y-%m-%d}"} if was and was > clock.now() else {}
    done = Flash("The case goes on.", undo_url=_url("pause", case) if undo else "", undo_fields=undo)
    return _told(request, case, refusal, done)


@require_POST
@member_required
@_of_mine
def retry(request: MemberRequest, case: Case) -> HttpResponse:
    """A charge at once, if the networks' rules leave room for it."""
    refusal = commands.retry_now(case, by=_who(request), now=clock.now())
    return _told(request, case, refusal, Flash(f"A charge for {name_of(case)} is on its way."))


@require_POST
@member_required
@_of_mine
def stop(request: MemberRequest, case: Case) -> HttpResponse:
    """End the case for good."""
    if not _confirmed(request, "stop"):
        return _told(request, case, Refusal("Type stop to end the case for good."), Flash(""))
    refusal = commands.stop(case, by=_who(request), now=clock.now())
    return _told(request, case, refusal, Flash("Stopped. Nothing more is charged or sent."))


@require_POST
@member_required
@_of_mine
def mark_recovered(request: MemberRequest, case: Case) -> HttpResponse:
    """The money came outside of Stripe."""
    if not _confirmed(request, "paid"):
        return _told(request, case, Refusal("Type paid to mark the case as recovered."), Flash(""))
    refusal = commands.mark_recovered(case, by=_who(request), now=clock.now())
    return _told(request, case, refusal, Flash("Marked as recovered."))


def _confirmed(request: MemberRequest, word: str) -> bool:
    """What cannot be undone asks for its word."""
    return request.POST.get("confirm", "").strip().lower() == word
