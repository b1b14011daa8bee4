"""What the newest rules would change for open cases, before anybody decides: each of them is planned twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import QuerySet

from tideover.core.planner import plan, under
from tideover.core.rules import Rules
from tideover.core.situation import Planned
from tideover.core.steps import CHARGES, MESSAGES, Do
from tideover.flow.alone import alone
from tideover.flow.stripe import never
from tideover.recovery.known import WHOM, Known, known_of
from tideover.recovery.models import Case, Ruleset
from tideover.recovery.planning import situation_of
from tideover.recovery.rulesets import rules_of
from tideover.recovery.test_clocks.rows import now_by

COUNTED: Final = 200  # open cases that a page plans twice before it answers
AT_ONCE: Final = 100  # those that the worker reads at once


@dataclass(frozen=True, slots=True)
class Effect:
    """What other rules change for one case. now, then: its next step by each, or None. changes: in words."""

    case: Case
    now: Planned | None
    then: Planned | None
    changes: Sequence[str]


@dataclass(frozen=True, slots=True)
class Reach:
    """What a version changes for the cases that began with others. counted: how many of `open` were looked at."""

    open: int
    counted: int
    effects: Sequence[Effect]

    @property
    def sums(self) -> Sequence[tuple[str, int]]:
        """How many get what, the most first."""
        return Counter(change for effect in self.effects for change in effect.changes).most_common()


def reach_of(ruleset: Ruleset, now: datetime) -> Reach:
    """Plan open cases twice: as they are, and as this version would have them. Those opened last come first."""
    others = open_elsewhere(ruleset)
    cases = list(others.select_related(*WHOM).order_by("-opened_at", "-id")[:COUNTED])
    effects = [_effect(known, rules_of(ruleset), now) for known in known_of(cases, now)]
    return Reach(others.count(), len(cases), [effect for effect in effects if effect.changes])


def open_elsewhere(ruleset: Ruleset) -> QuerySet[Case]:
    """The open cases of the project that go by an older version."""
    of = {"organization_id": ruleset.organization_id, "project_id": ruleset.project_id}
    return Case.objects.filter(**of, state=Case.State.FAILING, ruleset__version__lt=ruleset.version)


def _effect(known: Known, rules: Rules, now: datetime) -> Effect:
    now = now_by(known.case.clock, now)
    situation, mine = situation_of(known, now), rules_of(known.case.ruleset)
    plans = plan(situation, mine, None, now), plan(under(situation, mine, rules, now), rules, None, now)
    before, after = (
        [step for step in steps if step.at > now] for steps in plans
    )  # what is due is done before it moves
    return Effect(known.case, _next(before), _next(after), tuple(_changes(before, after)))


def _next(steps: Sequence[Planned]) -> Planned | None:
    return steps[0] if steps else None


def _changes(before: Sequence[Planned], after: Sequence[Planned]) -> Iterator[str]:
    """What is another thing for the customer or the bank: how many steps there are, and when the next one is."""
    for what, kinds in (("charge", CHARGES), ("message", MESSAGES)):
        old, new = ([step for step in steps if step.do in kinds] for steps in (before, after))
        if len(new) != len(old):
            yield f"{'more' if len(new) > len(old) else 'fewer'} {what}s"
        if old and new and new[0].at != old[0].at:
            yield f"{'a later' if new[0].at > old[0].at else 'an earlier'} next {what}"
        elif len(new) == len(old) and [_said(step) for step in new] != [_said(step) for step in old]:
            yield f"other {what}s later on"
    ends = [next((step.at for step in steps if step.do == Do.CLOSE), None) for steps in (before, after)]
    if ends[0] and ends[1] and abs(ends[1] - ends[0]).total_seconds() > 1:
        yield "a later end" if ends[1] > ends[0] else "an earlier end"


def _said(step: Planned) -> tuple[object, ...]:
    return step.at, step.template, step.tone, step.channel


# ── all of them, by the worker ──


@dataclass(frozen=True, slots=True)
class Count:
    """How far the worker has come, kept with the version. cases: looked at; changed: of them; last: where it is."""

    cases: int = 0
    changed: int = 0
    sums: Mapping[str, int] | None = None
    last: str = ""
    done: bool = False

    @property
    def most_first(self) -> Sequence[tuple[str, int]]:
        return Counter(self.sums or {}).most_common()


def count_of(ruleset: Ruleset) -> Count | None:
    """None where nobody asked the worker to count."""
    return Count(**ruleset.count) if ruleset.count is not None else None


def ask_to_count(ruleset: Ruleset) -> None:
    """Let the worker plan every open case twice, from the beginning."""
    Ruleset.objects.filter(pk=ruleset.pk).update(count=_kept(Count()))


def count_all(now: datetime, ended: Callable[[], bool] = never) -> None:
    """Go on with every count that was asked for; a worker that ends goes on where it was."""
    for ruleset in Ruleset.objects.filter(count__done=False).select_related("project"):
        with alone("rules.not_counted", ruleset=str(ruleset.pk)):
            while not ended() and _count_some(ruleset, now):
                pass


def _count_some(ruleset: Ruleset, now: datetime) -> bool:
    """One more batch; whether there may be another."""
    so_far = count_of(ruleset) or Count()
    rows = open_elsewhere(ruleset).filter(pk__gt=UUID(so_far.last or str(UUID(int=0)))).select_related(*WHOM)
    cases = list(rows.order_by("id")[:AT_ONCE])
    effects = [_effect(known, rules_of(ruleset), now) for known in known_of(cases, now)] if cases else []
    sums = Counter(so_far.sums or {}) + Counter(change for effect in effects for change in effect.changes)
    changed = so_far.changed + sum(bool(effect.changes) for effect in effects)
    last = str(cases[-1].pk) if cases else so_far.last
    count = Count(so_far.cases + len(cases), changed, dict(sums), last, done=not cases)
    ruleset.count = _kept(count)
    Ruleset.objects.filter(pk=ruleset.pk, count__last=so_far.last).update(count=ruleset.count)
    return bool(cases)


def _kept(count: Count) -> dict[str, Any]:
    return {"cases": count.cases, "changed": count.changed, "sums": dict(count.sums or {}), "last": count.last,
            "done": count.done}  # fmt: skip
