"""The page of a text's trial: begun with another version, both beside each other, their figures, and how it ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from tideover import clock
from tideover.dashboard.forms.answers import saved
from tideover.dashboard.frame.drawing import show
from tideover.dashboard.frame.flash import Flash
from tideover.dashboard.texts.drafts import Place, asked_for, is_number
from tideover.dashboard.trials import told, version_label
from tideover.messages.models import TextVersion
from tideover.messages.own.content import Content
from tideover.messages.own.rows import Overtaken, Which, versions
from tideover.messages.own.saying import OURS
from tideover.messages.own.trials import (
    MOST_DAYS,
    WITHIN_DAYS,
    End,
    NoTrial,
    Plan,
    begin,
    can_be_measured,
    end,
    of_one_text,
    running,
)
from tideover.tenants.access import MemberRequest, may, member_required
from tideover.tenants.roles import Permission

BEGUN: Final = "The trial has begun, for cases that begin from now on; open ones keep their text."
ENDED: Final[Mapping[str, tuple[End, str]]] = {
    "b": (End.B, "B is live for new cases; open ones keep theirs."),
    "a": (End.A, "A stays in use for new cases; open ones keep theirs."),
    "stop": (End.STOPPED, "The trial is stopped, and A stays in use; open cases keep theirs."),
}
MOST_ENDED: Final = 10


@require_http_methods(["GET", "HEAD", "POST"])
@member_required
@may(Permission.READ, send=Permission.SET)
def page(request: MemberRequest) -> HttpResponse:
    """The trial that runs, or how to begin one; and those that ended."""
    which = asked_for(request.GET)
    if request.method == "POST":
        return saved(request, trial_address(which), _done(request, which))
    rows = of_one_text(request.project, which)[: MOST_ENDED + 1]
    each = told(request.project, list(rows), clock.now())
    now_on = next((trial for trial in each if trial.trial.ended_at is None), None)
    texts = versions(request.project, which)
    live = next((row for row in texts if not row.for_trial), None)
    context = {
        "place": Place(which),
        "running": now_on,
        "ended": [trial for trial in each if trial is not now_on],
        "halves": [(line, _preview(which, line.version)) for line in now_on.lines] if now_on else (),
        "others": _others(texts, live),
        "live": version_label(live.number if live else OURS),
        "base": live.number if live else OURS,
        "can_try": can_be_measured(which.template),
        "days": WITHIN_DAYS,
        "most_days": MOST_DAYS,
        "next_number": texts[0].number + 1 if texts else 1,
    }
    return show(request, "dashboard/texts/trial.html", context)


def _others(texts: Sequence[TextVersion], live: TextVersion | None) -> Sequence[tuple[str, str]]:
    """What may be the other half: every version but the one in use, and ours."""
    found = [(str(row.number), f"Version {row.number}{f': {row.note}' if row.note else ''}") for row in texts]
    mine = [each for each, row in zip(found, texts, strict=True) if row != live and row.content is not None]
    return [*mine, *([("ours", "Ours")] if live and live.content is not None else [])]


def _preview(which: Which, number: int) -> str:
    return f"{reverse('dashboard:text-preview')}?{Place(which).query}&from={number or 'ours'}"


def _done(request: MemberRequest, which: Which) -> Flash:
    """What the button did, to what its page has shown."""
    do = request.POST.get("do", "")
    if do == "begin":
        return _begun_with_a_version(request, which)
    trial = running(request.project, which)
    if trial is None or str(trial.pk) != request.POST.get("trial") or do not in ENDED:
        return Flash("Nothing was changed: that trial is not running any more.", bad=True)
    how, said = ENDED[do]
    try:
        end(trial, how, request.member.user.email, clock.now())
    except NoTrial as over:
        return Flash(str(over), bad=True)
    return Flash(said)


def _begun_with_a_version(request: MemberRequest, which: Which) -> Flash:
    b, base = request.POST.get("b", ""), request.POST.get("base", "")
    if b != "ours" and not is_number(b):
        return Flash("Choose the version that is tried.", bad=True)
    try:
        problem = begun(request, which, OURS if b == "ours" else int(b), int(base) if is_number(base) else OURS)
    except Overtaken as overtaken:
        return Flash(str(overtaken), bad=True)
    return Flash(problem or BEGUN, bad=bool(problem))


def begun(request: MemberRequest, which: Which, b: int | Content, base: int) -> str:
    """Begin a trial as the form says; why it was not, or nothing. Raises Overtaken."""
    days = request.POST.get("within_days", "")
    plan = Plan(
        b,
        request.member.user.email,
        within_days=int(days) if is_number(days) else 0,
        ends_by_itself=request.POST.get("ends_by_itself", "") == "on",
        base=base,
    )
    try:
        begin(request.project, which, plan, clock.now())
    except NoTrial as refused:
        return str(refused)
    return ""


def trial_address(which: Which) -> str:
    """The page."""
    return f"{reverse('dashboard:text-trial')}?{Place(which).query}"
