"""What going live would do, counted and drawn day by day; the messages it would send; and the switch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tideover import clock
from tideover.core.outcomes import Unsent
from tideover.dashboard.exports import csv_response
from tideover.dashboard.forms.answers import saved
from tideover.dashboard.frame.drawing import show, zone_of
from tideover.dashboard.frame.flash import Flash
from tideover.dashboard.onboarding.days import calendar
from tideover.dashboard.onboarding.file import rehearsal_lines
from tideover.dashboard.onboarding.started import may_open
from tideover.dashboard.stripe_pages import customer_page
from tideover.dashboard.words import REASONS
from tideover.flow.throttle import Throttle
from tideover.ids import private
from tideover.messages.trial import show_to
from tideover.recovery.earlier.leaving import leave
from tideover.recovery.models import Case
from tideover.recovery.telling import habits
from tideover.recovery.telling.earlier import connected, earlier
from tideover.recovery.telling.rehearsal import (
    Rehearsal,
    Rehearsed,
    first_messages,
    rehearse,
    rehearsed_all,
    rehearsed_alone,
    rendered,
)
from tideover.tenants import audit
from tideover.tenants.access import MemberRequest, may, member_required
from tideover.tenants.at_once import Question, lines
from tideover.tenants.models import Project
from tideover.tenants.roles import Permission
from tideover.tenants.settings import turn_recovery
from tideover.upkeep import checklist

PAGE: Final = "dashboard/onboarding/go_live.html"
HERE: Final = "dashboard:go-live"
FIRST: Final = 3
MOST_NAMED: Final = 50  # of those who would not be written to
# To be read once or twice; more than that is no look at them any more.
MAILING: Final = Throttle("rehearsal mail", limit=5, seconds=3600)
TOO_OFTEN: Final = "That was the sixth time within an hour. Wait a while: too many mails look like spam."
# The mail draws itself and its picture, in a frame that runs nothing.
POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; sandbox; frame-ancestors 'self'"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@member_required
@may(Permission.READ, send=Permission.SET)
def page(request: MemberRequest) -> HttpResponse:
    """What would happen with each open failure, and the button that lets it."""
    if request.method == "POST":
        return _turned(request)
    project, now = request.project, clock.now()
    accounts, told = list(connected(project)), lines([*_asked(project), habits.asked(project, now)])
    setup = None if project.recovery_enabled else checklist.told(project, accounts, told)
    if setup and not setup.is_done(checklist.Name.REHEARSAL):
        checklist.passed(project, checklist.Name.REHEARSAL, request.member.user.email, now)
    found = rehearse(project, now, habits.habit(told))
    context = {
        "found": found,
        "steps": [(step, may_open(request, step.about.page)) for step in setup.steps] if setup else [],
        "open": len(found.rows) + found.left_out,
        "earlier": earlier(accounts),
        "calendar": calendar(found, zone_of(request)),
        "charges_soon": found.soon(found.charges),
        "messages_soon": found.soon(found.messages),
        "silent": [_silent(why, rows) for why, rows in found.silent.items()],
        "first": [(row, step, rendered(row, step).subject) for row, step in first_messages(found, FIRST)],
        "observes": not any(row.case.connection.may_write for row in found.rows),
        **_read(found),
    }
    return show(request, PAGE, context)


def _asked(project: Project) -> Sequence[Question]:
    """What the bar of steps goes by; a project that is live has none."""
    return [] if project.recovery_enabled else checklist.asked(project)


def _read(found: Rehearsal) -> dict[str, object]:
    """By which rules it is, and from when what is known of the payments."""
    rules = sorted({(row.case.ruleset.name, row.case.ruleset.version) for row in found.rows})
    return {"rules": rules, "read_at": min((row.case.read_at for row in found.rows if row.case.read_at), default=None)}


@dataclass(frozen=True, slots=True)
class Silent:
    """Payments whose customers would not be written to, for one reason: the largest, and how many more there are."""

    why: Unsent
    count: int
    shown: Sequence[tuple[Case, str]]

    @property
    def words(self) -> str:
        return REASONS[self.why]

    @property
    def more(self) -> int:
        return self.count - len(self.shown)


def _silent(why: Unsent, rows: Sequence[Rehearsed]) -> Silent:
    return Silent(why, len(rows), [(row.case, customer_page(row.case)) for row in rows[:MOST_NAMED]])


def _turned(request: MemberRequest) -> HttpResponse:
    on = request.POST.get("live") == "on"
    if on and request.POST.get("take") == "new":
        left = leave(request.project, request.member.user.email, clock.now())
        if left:
            said = f"Not closed yet: {left}. Recovery is off still; try again in a moment."
            return saved(request, HERE, Flash(said, bad=True))
    turn_recovery(request.project, on=on, by=request.member.user.email, now=clock.now())
    said = (
        "is live: it charges and writes by its rules." if on else "is off: it watches, and charges and sends nothing."
    )
    return saved(request, HERE, Flash(f"{request.project.name} {said}"))


@require_safe
@never_cache
@member_required
@may(Permission.READ)
def rehearsal_file(request: MemberRequest) -> StreamingHttpResponse:
    """The same as a table for a spreadsheet: a line for each step that would come."""
    name = f"rehearsal-{request.project.slug}-{clock.now():%Y-%m-%d}.csv"
    return csv_response(name, rehearsal_lines(rehearsed_all(request.project, clock.now())))


@require_safe
@never_cache
@xframe_options_sameorigin
@member_required
@may(Permission.READ)
def message(request: MemberRequest, public_id: str) -> HttpResponse:
    """The next message about a case, as it would go out. It is for nobody and is not kept."""
    pk = private("case", public_id)
    row = rehearsed_alone(request.project, pk, clock.now()) if pk else None
    if row is None or not row.messages:
        raise Http404
    response = HttpResponse(rendered(row, row.messages[0]).html)
    response["Content-Security-Policy"] = POLICY  # the middleware leaves a policy that is there alone
    return response


@require_POST
@member_required
@may(Permission.ACT)
def mail_to_me(request: MemberRequest) -> HttpResponse:
    """The first messages, marked as a rehearsal, to the person who asks, whatever else the form says."""
    user, project, now = request.member.user, request.project, clock.now()
    composed = [rendered(*first, marked=True) for first in first_messages(rehearse(project, now), FIRST)]
    if not composed:
        return saved(request, HERE, Flash("No email would go out: there is nothing to send you.", bad=True))
    if not MAILING.allows(str(user.pk), clock.wall()):
        return saved(request, HERE, Flash(TOO_OFTEN, bad=True))
    trial = show_to(project, user.name, user.email, composed, now)
    deed = audit.Deed(user.email, "rehearsal mailed", user.email, after={"taken": trial.taken, "outcome": trial.says})
    audit.write(request.organization.pk, deed, clock.wall())
    return saved(request, HERE, Flash(trial.says, bad=not trial.taken))
