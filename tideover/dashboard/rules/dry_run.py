"""The dry run of rules that are being edited: what they would have changed for what failed in the last month."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from tideover import clock
from tideover.core.catalogue import channel_label
from tideover.core.editing.differences import message_in_words
from tideover.core.editing.lives import Mark
from tideover.dashboard.forms.answers import NOT_YET
from tideover.dashboard.frame.drawing import show
from tideover.dashboard.rules.forms import RulesForm
from tideover.dashboard.rules.views import editor_of, form_of
from tideover.dashboard.words import family_label
from tideover.recovery.rulesets import newest
from tideover.recovery.telling.backtest import backtest
from tideover.recovery.telling.dry_run import DAYS, MOST, Change, DryRun, Example, dry_run
from tideover.tenants.access import MemberRequest, may, member_required
from tideover.tenants.roles import Permission


@dataclass(frozen=True, slots=True)
class Line:
    """A change in words."""

    title: str
    was: Mark | None
    becomes: Mark | None
    why: str


@dataclass(frozen=True, slots=True)
class Shown:
    """An example in words."""

    example: Example
    failure: str
    lines: Sequence[Line]


@require_POST
@never_cache
@member_required
@may(Permission.SET)
def page(request: MemberRequest) -> HttpResponse:
    """What is typed, lived through; it stays unsaved. What cannot be followed is told on the page of the rules."""
    live = newest(request.project)
    form = form_of(live, request.POST)
    if not form.is_valid():
        return editor_of(request, live, form, NOT_YET)
    run = dry_run(backtest(request.project, clock.now(), DAYS, live), form.draft.rules, MOST)
    return show(request, "dashboard/rules/dry_run.html", _context(form, run))


def _context(form: RulesForm, run: DryRun) -> dict[str, object]:
    return {
        "run": run,
        "days": DAYS,
        "form": form,
        "sent": [(name, value) for name, value in form.data.items() if name not in {"csrfmiddlewaretoken", "do"}],
        "steps": [(message_in_words(step), each) for step, each in run.by_step],
        "channels": [(channel_label(channel), each) for channel, each in run.by_channel],
        "by_day": [(day, channel_label(channel), each) for day, channel, each in run.by_day],
        "shown": [
            Shown(each, family_label(each.row.family), [_line(change) for change in each.changes])
            for each in run.examples
        ],
        "unread": [each.sentence for each in run.found.histories if not each.is_read],
    }


def _line(change: Change) -> Line:
    return Line(message_in_words(change.step), change.was, change.becomes, change.why)
