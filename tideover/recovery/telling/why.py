"""Why a case stands where it stands: what comes next and why, what holds it back, and why nothing is charged.

The one answer that the case's page and `tideover why` both show.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from tideover.core import networks, planner
from tideover.core.facts import Learnt
from tideover.core.situation import Situation
from tideover.core.steps import CHARGES, MESSAGES
from tideover.flow.around import Around, around_afresh
from tideover.ids import public
from tideover.recovery.known import Known
from tideover.recovery.models import Action, Case, Clock
from tideover.recovery.planning import situation_of
from tideover.recovery.rulesets import rules_of
from tideover.recovery.telling import holds
from tideover.recovery.telling.coming import draft_for
from tideover.recovery.telling.holds import By, Hold, holds_back
from tideover.recovery.telling.whole import Whole, whole_of
from tideover.recovery.test_clocks.rows import now_by
from tideover.tenants.at_once import Line, lines

LATE: Final = timedelta(minutes=5)  # what is due for longer and could be done is done by nobody


@dataclass(frozen=True, slots=True)
class Next:
    """The step that comes, as the plan wants it.

    put_off: why it was given back when it was tried. draft: the draft of a model that it would be written in now.
    """

    step: str
    do: str
    due_at: datetime
    rule: str
    ruleset_version: int
    why: str
    instead: tuple[str, ...]
    put_off: str
    draft: str = ""


@dataclass(frozen=True, slots=True)
class Undone:
    """A charge that was planned and not made."""

    step: str
    at: datetime
    outcome: str
    reason: str


@dataclass(frozen=True, slots=True)
class Why:
    """The whole answer.

    holds: what keeps the next step from being done at its time, or the case from having one. notes: what else is to be
    known. no_charge: why the plan has no charge, in full sentences; empty where it has one. silent: why messages of the
    rules are not for it.
    """

    next: Next | None
    holds: tuple[Hold, ...]
    notes: tuple[Hold, ...]
    no_charge: tuple[str, ...]
    silent: tuple[str, ...]
    undone: tuple[Undone, ...]


def why(case: Case, now: datetime, *, wrong_clock: str = "") -> Why:
    """What is known at this moment. Nothing is written, nobody is asked. wrong_clock: what is wrong with ours."""
    told, whole = lines(holds.news_asked(case)), whole_of(case, now)
    answer = why_of(whole, around_afresh(case.connection), told, now, wrong_clock=wrong_clock)
    step = _coming(whole.actions)
    draft = draft_for(whole.known, step) if step is not None and step.do in MESSAGES else None
    if answer.next is None or draft is None:
        return answer
    return replace(answer, next=replace(answer.next, draft=public("draft", draft)))


def why_of(whole: Whole, there: Around, told: Sequence[Line], now: datetime, *, wrong_clock: str = "") -> Why:
    """The same of what was read already. told: lines, those of `holds.news_asked` among them."""
    actions, known, clock = whole.actions, whole.known, whole.case.clock
    here = now_by(clock, now)
    situation = situation_of(known, here)
    step = _coming(actions)
    found = [*holds.of_the_case(known.case, actions, told, now), *_further(known, step, there, now)]
    found += holds.of_the_channel(step, told) if step else ()
    if wrong_clock:
        found.append(Hold(By.CLOCK, wrong_clock))
    held = [hold for hold in found if holds_back(hold, step, now, clock)]
    if step is not None and _is_late(step, clock, now) and not any(holds.waits(hold) for hold in held):
        held = [holds.nobody_works(step), *held]
    return Why(
        next=_next(step) if step else None,
        holds=tuple(held),
        notes=tuple(hold for hold in found if hold not in held),
        no_charge=() if _has_a_charge(actions) else _no_charge(known, situation, here),
        silent=planner.explain_silence(situation, rules_of(known.case.ruleset)),
        undone=tuple(_undone(actions, situation)),
    )


def _coming(actions: Sequence[Action]) -> Action | None:
    return next((action for action in actions if action.state == Action.State.PLANNED), None)


def _is_late(step: Action, clock: Clock | None, now: datetime) -> bool:
    """Whether a worker should have done it by now."""
    if clock is None:
        return step.due_at < now - LATE
    return step.due_at <= clock.shows and clock.read_at < now - LATE


def _no_charge(known: Known, situation: Situation, now: datetime) -> tuple[str, ...]:
    told = planner.explain(situation, rules_of(known.case.ruleset), now)
    return (*told, CLOSED_BY_STRIPE) if known.case.state != Case.State.FAILING and _closed_by_stripe(known) else told


# What a merchant may have chosen to happen once Stripe's own tries are over.
AFTER_ITS_LAST_TRY: Final = {Learnt.VOIDED, Learnt.UNCOLLECTIBLE, Learnt.SUBSCRIPTION_ENDED}
RIGHT_AFTER: Final = timedelta(hours=2)
CLOSED_BY_STRIPE: Final = (
    "Stripe ended it right after its own last try, as the account's settings say (Billing, Revenue recovery, Manage"
    " failed payments): nothing was left for tries after that. Where invoices are left open there, they go on."
)


def _closed_by_stripe(known: Known) -> bool:
    """Whether the end came with the last of Stripe's own tries."""
    ends = [learnt.at for learnt in known.facts if learnt.kind in AFTER_ITS_LAST_TRY]
    stripes = [attempt.at for attempt in known.own_attempts if attempt.by == networks.By.STRIPE]
    theirs = [at for at in stripes if at > known.case.opened_at]
    return bool(ends and theirs) and max(theirs) <= min(ends) <= max(theirs) + RIGHT_AFTER


def _further(known: Known, step: Action | None, there: Around, now: datetime) -> Iterator[Hold]:
    if known.case.state != Case.State.FAILING:
        return
    yield from holds.of_its_clock(known.case, step)
    yield from holds.of_the_account(known.case, there, step, now)
    if step is not None:
        yield from holds.of_the_step(step, known, now_by(known.case.clock, now))


def _next(step: Action) -> Next:
    return Next(
        step=step.step,
        do=step.do,
        due_at=step.due_at,
        rule=step.rule,
        ruleset_version=step.ruleset_version,
        why=step.why,
        instead=tuple(step.instead),
        put_off=step.reason,
    )


def _has_a_charge(actions: Sequence[Action]) -> bool:
    ahead = {Action.State.PLANNED, Action.State.CLAIMED}
    return any(action.do in CHARGES and action.state in ahead for action in actions)


def _undone(actions: Sequence[Action], situation: Situation) -> Iterator[Undone]:
    """The charges that came to nothing before anybody was asked, oldest first."""
    without_effect = {done.step for done in situation.done if not done.happened}
    for action in actions:
        dropped = action.state == Action.State.DROPPED or action.step in without_effect
        if action.do in CHARGES and dropped:
            yield Undone(action.step, action.settled_at or action.due_at, action.outcome, action.reason)
