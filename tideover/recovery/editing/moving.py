"""Let open cases go on by the newest rules when somebody asks (recovery.reach tells before): no step is done twice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction

from tideover.core.planner import under
from tideover.flow.alone import alone
from tideover.flow.stripe import never
from tideover.recovery.editing.reach import open_elsewhere
from tideover.recovery.intake import save
from tideover.recovery.known import WHOM, Known, known_of
from tideover.recovery.models import Action, Case, Ruleset
from tideover.recovery.planning import replan, situation_of
from tideover.recovery.rulesets import rules_of
from tideover.recovery.test_clocks.rows import now_by
from tideover.tenants import audit
from tideover.tenants.models import Project

ASKED: Final = "rules for open cases"  # how the audit log calls it
MOVED: Final = "moved to other rules"
BECAUSE: Final = "the case goes on by other rules"
AT_ONCE: Final = 50  # cases that move in one transaction


# ── asked for ──


def ask(ruleset: Ruleset, by: str, now: datetime) -> bool:
    """Let the project's open cases go on by this version: the worker moves them. False where it was asked before."""
    with transaction.atomic():
        unasked = Ruleset.objects.filter(pk=ruleset.pk, to_open_cases_at__isnull=True)
        fresh = unasked.update(to_open_cases_at=now, to_open_cases_by=by[:254])
        if fresh:
            after = {"version": ruleset.version, "cases": open_elsewhere(ruleset).count()}
            audit.write(ruleset.organization_id, audit.Deed(by, ASKED, ruleset.project.slug, after=after), now)
    return bool(fresh)


# ── done ──


@dataclass(frozen=True, slots=True)
class Moved:
    """How many cases go by the version now, and how many wait for a step of theirs that is due or under way."""

    moved: int = 0
    waiting: int = 0

    def __add__(self, other: Moved) -> Moved:
        return Moved(self.moved + other.moved, self.waiting + other.waiting)


def move_all(now: datetime, ended: Callable[[], bool] = never) -> Moved:
    """One round over every version that somebody wants for open cases. One project's trouble holds up no other."""
    total = Moved()
    on_their_way = Ruleset.objects.filter(to_open_cases_at__isnull=False, all_moved_at__isnull=True)
    for ruleset in on_their_way.select_related("project").order_by("project_id", "version"):
        if ended():
            break
        with alone("rules.broke", ruleset=str(ruleset.pk)):
            total += move(ruleset, now, ended)
    return total


def move(ruleset: Ruleset, now: datetime, ended: Callable[[], bool] = never) -> Moved:
    """Let the open cases go on by the version. Those with a step that is due or out have another round."""
    total, after = Moved(), UUID(int=0)
    while not ended():
        batch = list(open_elsewhere(ruleset).filter(pk__gt=after).order_by("id").values_list("pk", flat=True)[:AT_ONCE])
        if not batch:
            if not total.waiting:
                Ruleset.objects.filter(pk=ruleset.pk).update(all_moved_at=now)
            break
        total += _together(ruleset, batch, now)
        after = batch[-1]
    return total


def _together(ruleset: Ruleset, batch: Sequence[UUID], now: datetime) -> Moved:
    """In one transaction; one by one where that breaks: a case that cannot move waits, and the others do not."""
    with alone("rules.batch_broke", ruleset=str(ruleset.pk), cases=len(batch)):
        return _move(ruleset, batch, now)
    return Moved(waiting=1) if len(batch) == 1 else sum((_together(ruleset, [pk], now) for pk in batch), Moved())


def _move(ruleset: Ruleset, batch: Sequence[UUID], now: datetime) -> Moved:
    with transaction.atomic():
        rows = open_elsewhere(ruleset).filter(pk__in=batch).select_for_update(of=("self",)).select_related(*WHOM)
        held = known_of(list(rows.order_by("id")), now)  # cases by id, then actions: the one lock order
        free = [known for known in held if not is_busy(known, now)]
        versions = {known.case.pk: known.case.ruleset.version for known in free}
        for known in free:
            _hand_over(known, ruleset, now)
        replan(free, now, BECAUSE)
        save([known.case for known in free])
        for known in free:
            audit.write(ruleset.organization_id, _deed(known.case, versions[known.case.pk], ruleset), now)
    return Moved(len(free), len(held) - len(free))


def is_busy(known: Known, now: datetime) -> bool:
    """Whether a step of the case is due, out or in doubt: it is done by the rules that planned it."""
    here = now_by(known.case.clock, now)
    return any(
        action.state == Action.State.CLAIMED or (action.state == Action.State.PLANNED and action.due_at <= here)
        for action in known.actions
    )


def _hand_over(known: Known, ruleset: Ruleset, now: datetime) -> None:
    case = known.case
    mine, others, here = rules_of(case.ruleset), rules_of(ruleset), now_by(case.clock, now)
    case.rules_since = under(situation_of(known, here), mine, others, here).rules_since
    case.ruleset = ruleset


def _deed(case: Case, before: int, ruleset: Ruleset) -> audit.Deed:
    return audit.Deed(
        ruleset.to_open_cases_by,
        MOVED,
        case.public_id,
        {"version": before},
        {"version": ruleset.version},
        f"rules:{case.pk}:{ruleset.version}",
    )


def waiting(project: Project) -> Ruleset | None:
    """The version that open cases are on their way to; None where none is."""
    on_its_way = Ruleset.objects.filter(project=project, to_open_cases_at__isnull=False, all_moved_at__isnull=True)
    return on_its_way.order_by("-version").first()
