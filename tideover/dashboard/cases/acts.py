"""What a person may do to a case: each a post, each told in one sentence on the next page."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Final

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from tideover import clock
from tideover.dashboard.cases.access import of_mine
from tideover.dashboard.frame import flash
from tideover.dashboard.frame.drawing import zone_of
from tideover.dashboard.frame.flash import Flash
from tideover.dashboard.words import name_of
from tideover.recovery import commands
from tideover.recovery.commands import Refusal
from tideover.recovery.models import Case
from tideover.tenants.access import MemberRequest, member_required

MORNING: Final = time(9)


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
@of_mine
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
@of_mine
def resume(request: MemberRequest, case: Case) -> HttpResponse:
    """The plan goes on now."""
    was = case.paused_until
    refusal = commands.resume(case, by=_who(request), now=clock.now())
    undo = {"until": f"{was.astimezone(zone_of(request)):%Y-%m-%d}"} if was and was > clock.now() else {}
    done = Flash("The case goes on.", undo_url=_url("pause", case) if undo else "", undo_fields=undo)
    return _told(request, case, refusal, done)


@require_POST
@member_required
@of_mine
def retry(request: MemberRequest, case: Case) -> HttpResponse:
    """A charge at once, if the networks' rules leave room for it."""
    refusal = commands.retry_now(case, by=_who(request), now=clock.now())
    return _told(request, case, refusal, Flash(f"A charge for {name_of(case)} is on its way."))


@require_POST
@member_required
@of_mine
def stop(request: MemberRequest, case: Case) -> HttpResponse:
    """End the case for good."""
    if not _confirmed(request, "stop"):
        return _told(request, case, Refusal("Type stop to end the case for good."), Flash(""))
    refusal = commands.stop(case, by=_who(request), now=clock.now())
    return _told(request, case, refusal, Flash("Stopped. Nothing more is charged or sent."))


@require_POST
@member_required
@of_mine
def mark_recovered(request: MemberRequest, case: Case) -> HttpResponse:
    """The money came outside of Stripe."""
    if not _confirmed(request, "paid"):
        return _told(request, case, Refusal("Type paid to mark the case as recovered."), Flash(""))
    refusal = commands.mark_recovered(case, by=_who(request), now=clock.now())
    return _told(request, case, refusal, Flash("Marked as recovered."))


def _confirmed(request: MemberRequest, word: str) -> bool:
    """What cannot be undone asks for its word."""
    return request.POST.get("confirm", "").strip().lower() == word
