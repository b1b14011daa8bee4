"""What a person may do to a case: each a post, each told in one sentence on the next page."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.http import HttpResponse
from django.views.decorators.http import require_POST

from tideover import clock
from tideover.dashboard.cases.access import of_mine
from tideover.dashboard.cases.forms import (
    MarkRecoveredForm,
    PauseForm,
    PromiseForm,
    ReplyForm,
    StopForm,
    offered,
    url,
)
from tideover.dashboard.cases.views import CASE_PAGE, told
from tideover.dashboard.forms.answers import page_of, page_with, saved
from tideover.dashboard.forms.form import Form
from tideover.dashboard.frame.drawing import zone_of
from tideover.dashboard.frame.flash import Flash
from tideover.dashboard.words import name_of
from tideover.recovery import commands
from tideover.recovery.commands import Refusal
from tideover.recovery.models import Case
from tideover.recovery.plans import offering
from tideover.recovery.test_clocks.rows import now_by
from tideover.recovery.ways import promises
from tideover.tenants.access import MemberRequest, may, member_required
from tideover.tenants.roles import Permission


def _back(request: MemberRequest, case: Case) -> str:
    """The page the form was on, which is one of ours, or the case, in the list it was looked at from."""
    if wanted := page_of(request):
        return wanted
    page, came_from = url("case", case), urlsplit(request.headers.get("Referer", ""))
    return f"{page}?{came_from.query}" if came_from.query and came_from.path == page else page


def done(request: MemberRequest, case: Case, refusal: Refusal | None, said: Flash) -> HttpResponse:
    """On to where it was asked for, with what was done or why it was not."""
    return saved(request, _back(request, case), Flash(refusal.why, bad=True) if refusal else said)


def _wrong(request: MemberRequest, case: Case, form: Form) -> HttpResponse:
    """Beside its field, where the form stands on the case's page; else in a sentence on the page it came from."""
    forms = offered(case, now_by(case.clock, clock.now()), zone_of(request))
    if "next" in request.POST or form.form_id not in forms:
        return done(request, case, Refusal(form.problems[0].text), Flash(""))
    return page_with(request, CASE_PAGE, form, {**told(case, clock.now()), "forms": {**forms, form.form_id: form}})


def who(request: MemberRequest) -> str:
    """Whoever asks, as it is kept with what was done."""
    return request.member.user.email


@require_POST
@member_required
@may(Permission.ACT)
@of_mine
def pause(request: MemberRequest, case: Case) -> HttpResponse:
    """Nothing is charged or sent before the morning of the chosen day."""
    now, zone = now_by(case.clock, clock.now()), zone_of(request)
    form = PauseForm(request.POST, sent_to=url("pause", case), now=now, zone=zone)
    if not form.is_valid():
        return _wrong(request, case, form)
    until = form.cleaned_data["until"]
    refusal = commands.pause(case, until=until, by=who(request), now=now)
    paused = Flash(f"Paused until {until:%b} {until.day}.", undo_url=url("resume", case))
    return done(request, case, refusal, paused)


@require_POST
@member_required
@may(Permission.ACT)
@of_mine
def they_replied(request: MemberRequest, case: Case) -> HttpResponse:
    """All their cases wait for a person's answer."""
    now, zone = now_by(case.clock, clock.now()), zone_of(request)
    form = ReplyForm(request.POST, sent_to=url("they-replied", case), now=now, zone=zone)
    if not form.is_valid():
        return _wrong(request, case, form)
    until = form.cleaned_data["until"]
    answer = commands.they_replied(case, until=until, by=who(request), now=clock.now())
    if isinstance(answer, Refusal):
        return done(request, case, answer, Flash(""))
    day = f"{until:%b} {until.day}"
    if len(answer) > 1:  # to resume one of them would not undo it
        return done(request, case, None, Flash(f"All {len(answer)} cases of theirs wait until {day}."))
    return done(request, case, None, Flash(f"The case waits until {day}.", undo_url=url("resume", case)))


@require_POST
@member_required
@may(Permission.ACT)
@of_mine
def resume(request: MemberRequest, case: Case) -> HttpResponse:
    """The plan goes on now."""
    was = case.paused_until
    refusal = commands.resume(case, by=who(request), now=clock.now())
    lasts = was is not None and was > now_by(case.clock, clock.now())
    undo = {"until": f"{was.astimezone(zone_of(request)):%Y-%m-%d}"} if was and lasts else {}
    resumed = Flash("The case goes on.", undo_url=url("pause", case) if undo else "", undo_fields=undo)
    return done(request, case, refusal, resumed)


@require_POST
@member_required
@may(Permission.ACT)
@of_mine
def promise(request: MemberRequest, case: Case) -> HttpResponse:
    """The charge moves to the day the customer promised."""
    now = now_by(case.clock, clock.now())
    form = PromiseForm(request.POST, case=case, sent_to=url("promise", case), now=now)
    if not form.is_valid():
        return _wrong(request, case, form)
    day = form.cleaned_data["day"]
    answer = promises.promise(case, day, promises.Whose(by=who(request)), now)
    if isinstance(answer, Refusal):
        form.add_error("day", answer.why)
        return _wrong(request, case, form)
    others = f" It is for {len(answer)} invoices." if len(answer) > 1 else ""
    said = f"Promised for {day:%b} {day.day}. Nothing is charged before.{others}"
    return done(request, case, None, Flash(said, undo_url=url("call-off", case)))


@require_POST
@member_required
@may(Permission.ACT)
@of_mine
def call_off(request: MemberRequest, case: Case) -> HttpResponse:
    """The promise stands no more."""
    refusal = promises.call_off(case, by=who(request), now=clock.now())
    return done(request, case, refusal, Flash("The promise is off. The plan goes on."))


@require_POST
@member_required
@may(Permission.ACT)
@of_mine
def retry(request: MemberRequest, case: Case) -> HttpResponse:
    """A charge at once, if the networks' rules leave room for it."""
    refusal = commands.retry_now(case, by=who(request), now=clock.now())
    return done(request, case, refusal, Flash(f"A charge for {name_of(case)} is on its way."))


@require_POST
@member_required
@may(Permission.ACT)
@of_mine
def send_link(request: MemberRequest, case: Case) -> HttpResponse:
    """The next message, with its link to confirm the payment, at once."""
    refusal = commands.send_link(case, by=who(request), now=clock.now())
    return done(request, case, refusal, Flash(f"The message to {name_of(case)} is on its way."))


@require_POST
@member_required
@may(Permission.ACT)
@of_mine
def offer_plan(request: MemberRequest, case: Case) -> HttpResponse:
    """The customer may pay in parts, whatever the day."""
    no = offering.offer(case, by=who(request), now=clock.now())
    return done(request, case, Refusal(no) if no else None, Flash("Offered: the pay page has it from now on."))


@require_POST
@member_required
@may(Permission.ACT)
@of_mine
def end_plan(request: MemberRequest, case: Case) -> HttpResponse:
    """What is left of the plan goes on by the rules."""
    no = offering.end_plan(case, by=who(request), now=clock.now())
    return done(request, case, Refusal(no) if no else None, Flash("The plan has ended. The rules go on."))


@require_POST
@member_required
@may(Permission.ACT)
@of_mine
def stop(request: MemberRequest, case: Case) -> HttpResponse:
    """End the case for good."""
    form = StopForm(request.POST, sent_to=url("stop", case))
    if not form.is_valid():
        return _wrong(request, case, form)
    refusal = commands.stop(case, by=who(request), now=clock.now())
    return done(request, case, refusal, Flash("Stopped. Nothing more is charged or sent."))


@require_POST
@member_required
@may(Permission.ACT)
@of_mine
def mark_recovered(request: MemberRequest, case: Case) -> HttpResponse:
    """The money came outside of Stripe."""
    form = MarkRecoveredForm(request.POST, sent_to=url("mark-recovered", case))
    if not form.is_valid():
        return _wrong(request, case, form)
    refusal = commands.mark_recovered(case, by=who(request), now=clock.now())
    return done(request, case, refusal, Flash("Marked as recovered."))
