"""Trials of two texts as rows: begun, ended once, and told. Which half a case gets stands in `choosing`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import CharField, F, QuerySet, Value
from django.db.models.functions import Concat

from tideover.core.catalogue import TEMPLATES, Template
from tideover.messages.models import TextTrial, TextVersion
from tideover.messages.own.content import Content
from tideover.messages.own.moving import which_named
from tideover.messages.own.rows import (
    Overtaken,
    Which,
    Wish,
    add,
    content_of,
    lock,
    newest,
    of_text,
    own_of,
    revise,
    version_of,
    which_of,
)
from tideover.messages.own.saying import OURS
from tideover.tenants import audit
from tideover.tenants.at_once import Line, Question, line
from tideover.tenants.ending import lasting
from tideover.tenants.models import Project

BEGUN: Final = "text trial begun"  # how the audit log calls it
ENDED: Final = "text trial ended"
ITSELF: Final = "tideover"  # who it was, where a trial has ended by itself
WITHIN_DAYS: Final = 7
MOST_DAYS: Final = 60
End = TextTrial.End


class NoTrial(ValueError):  # noqa: N818 - what comes of it
    """There is no such trial to be begun, or none to be ended. Its words say why."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A trial to be begun. b: the other half, as a version that there is (0: ours), or as a text that becomes one.

    base: the version in use that it was made beside; None where nobody has looked.
    """

    b: int | Content
    by: str
    within_days: int = WITHIN_DAYS
    ends_by_itself: bool = False
    base: int | None = None


@dataclass(frozen=True, slots=True)
class Ended:
    """That the trial of a text has ended by itself, when and how."""

    which: Which
    at: datetime
    how: End


def can_be_measured(template: Template) -> bool:
    """Whether what follows such a message is that its invoice is paid: then a trial of its text can be decided."""
    about = TEMPLATES[template]
    return not (about.settled or about.of_plan or about.ahead)


def begin(project: Project, which: Which, plan: Plan, now: datetime) -> TextTrial:
    """Put another text beside the one in use, for cases that begin from now on. Raises NoTrial and Overtaken."""
    if not can_be_measured(which.template):
        raise NoTrial("After this message nothing is paid at once, so there is nothing to measure a trial of it by.")
    if not 1 <= plan.within_days <= MOST_DAYS:
        raise NoTrial(f"A case is paid in time within 1 to {MOST_DAYS} days.")
    with transaction.atomic():
        lock(project)
        if running(project, which) is not None:
            raise NoTrial("This text is in a trial already. End that first.")
        live = newest(project, which)
        if live and plan.base not in {None, live.number}:
            raise Overtaken(live)
        a = live.number if live else OURS
        b = _other_half(project, which, live, plan, now)
        trial = TextTrial.objects.create(
            organization_id=project.organization_id,
            project=project,
            template=which.template,
            channel=which.channel,
            language=which.language,
            a=a,
            b=b,
            within_days=plan.within_days,
            ends_by_itself=plan.ends_by_itself,
            began_at=now,
            began_by=plan.by,
        )
        after = {"text": str(which), "a": a, "b": b, "days": plan.within_days, "ends_by_itself": plan.ends_by_itself}
        audit.write(project.organization_id, audit.Deed(plan.by, BEGUN, project.slug, {}, after), now)
        return trial


def _other_half(project: Project, which: Which, live: TextVersion | None, plan: Plan, now: datetime) -> int:
    """The number of B, which differs from what is in use. Raises NoTrial."""
    there = None if isinstance(plan.b, Content) or plan.b == OURS else version_of(project, which, plan.b)
    if isinstance(plan.b, int) and plan.b != OURS and there is None:
        raise NoTrial(f"There is no version {plan.b}.")
    if (plan.b if isinstance(plan.b, Content) else content_of(which, there)) == content_of(which, live):
        raise NoTrial("Both halves would say the same. Change the text, or take another version.")
    if isinstance(plan.b, int):
        return plan.b
    wish = Wish(plan.b, plan.by, note="the other half of a trial")
    return add(project, which, wish, now, for_trial=True).number


def end(trial: TextTrial, how: End, by: str, now: datetime) -> TextTrial:
    """End it, and have the text that was chosen from now on. by: empty where it ends by itself. Raises NoTrial."""
    project, which, who = trial.project, which_of(trial), by or ITSELF
    with transaction.atomic():
        lock(project)
        if not TextTrial.objects.filter(pk=trial.pk, ended_at=None).update(ended_at=now, ended_by=by, end=how):
            raise NoTrial("This trial has ended already.")
        if how == End.B:
            row = version_of(project, which, trial.b)
            own = own_of(row) if row else None
            note = f"As version {trial.b}, after a trial" if trial.b else "Ours again, after a trial"
            revise(project, which, Wish(own.content if own else None, who, note), now)
        before = {"text": str(which), "a": trial.a, "b": trial.b, "since": trial.began_at.isoformat()}
        audit.write(project.organization_id, audit.Deed(who, ENDED, project.slug, before, {"end": how.value}), now)
    trial.refresh_from_db()
    return trial


def running(project: Project, which: Which) -> TextTrial | None:
    """The trial that a text is in; None where it is in none."""
    return of_text(TextTrial.objects.all(), project, which).filter(ended_at=None).first()


def of_one_text(project: Project, which: Which) -> QuerySet[TextTrial]:
    """All of a text, the last first."""
    return of_text(TextTrial.objects.all(), project, which).order_by("-began_at")


def trials(project: Project) -> QuerySet[TextTrial]:
    """All of a project: those that run first, then the last that ended."""
    mine = TextTrial.objects.filter(organization_id=project.organization_id, project=project)
    return mine.order_by(F("ended_at").desc(nulls_first=True), "-began_at")


# ── shown ──

BY_ITSELF: Final = "text trial"


def asked(project: Project, since: datetime) -> Question:
    """For `lines`: the trials that ended by themselves since then."""
    mine = TextTrial.objects.filter(organization_id=project.organization_id, project=project)
    text = Concat("template", Value(" "), "channel", Value(" "), "language", output_field=CharField())
    return line(BY_ITSELF, mine.filter(ended_at__gt=since, ended_by=""), "pk", "ended_at", text, "end")


def ended(found: Iterable[Line]) -> list[Ended]:
    """Of lines."""
    rows = sorted((each for each in found if each.of == BY_ITSELF), key=lambda each: each.at)
    return [Ended(which_named(*each.first.split()), each.at, End(each.second)) for each in rows]


def to_end() -> QuerySet[TextTrial]:
    """Those that are to end by themselves, of everybody."""
    found = TextTrial.objects.filter(ended_at=None, ends_by_itself=True, organization__in=lasting())
    return found.select_related("project").order_by("pk")
