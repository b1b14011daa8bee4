"""Hold the rows of cases against what their rules want next: add, move or drop planned actions. Decides nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet, prefetch_related_objects

from tideover.core import planner
from tideover.core.case import State
from tideover.core.declines import Decline, Family
from tideover.core.facts import Fact, Learnt
from tideover.core.networks import Attempt
from tideover.core.planner import plan
from tideover.core.situation import Do, DoneStep, Planned, Situation
from tideover.ids import new_id
from tideover.recovery import ledger
from tideover.recovery.learnt import facts_of
from tideover.recovery.models import Action, Case
from tideover.recovery.places import zone
from tideover.recovery.rulesets import rules_of

WHY_ENDED = {
    State.RECOVERED: "the invoice is paid",
    State.ABANDONED: "the case was given up",
    State.CHURNED: "the subscription has ended",
    State.CANCELED: "the invoice is closed or the case was stopped",
}


def situation_of(
    case: Case, facts: Sequence[Fact], actions: Sequence[Action], attempts: tuple[Attempt, ...]
) -> Situation:
    """The case as the planner sees it."""
    return Situation(
        opened_at=case.opened_at,
        amount=case.amount,
        state=State(case.state),
        family=Family(case.family),
        decline=_last_decline(attempts),
        zone=zone(case.time_zone),
        brand=case.card_brand or None,
        fingerprint=case.card_fingerprint or None,
        attempts=attempts,
        done=tuple(_done(action) for action in actions if action.state in _PAST),
        stripe_next_attempt_at=case.stripe_next_attempt_at,
        new_method=case.new_method or None,
        new_brand=_of_new_card(case, facts, "brand"),
        new_fingerprint=_of_new_card(case, facts, "fingerprint"),
        customer_acted_at=case.customer_acted_at,
        needs_authentication=_waits_for_authentication(case, facts),
        paused_until=case.paused_until,
        may_charge=case.connection.may_write,
        processing=case.processing,
    )


def _last_decline(attempts: Sequence[Attempt]) -> Decline | None:
    here = [attempt.decline for attempt in attempts if attempt.decline and not attempt.elsewhere]
    return here[-1] if here else None


_PAST = {Action.State.CLAIMED, Action.State.DONE, Action.State.DEAD}


def _done(action: Action) -> DoneStep:
    return DoneStep(action.step, Do(action.do), action.settled_at or action.due_at, action.outcome or action.state)


def _of_new_card(case: Case, facts: Sequence[Fact], what: str) -> str | None:
    """What was said of the card that waits to be charged; None where nothing was."""
    said = [fact for fact in facts if fact.detail.get("payment_method") == case.new_method != ""]
    return str(said[-1].detail.get(what) or "") or None if said else None


def last_word(action: Action, now: datetime) -> Planned | None:
    """The claimed step as the plan has it at this very moment, or None where it has lost its reason."""
    case, actions = action.case, list(Action.objects.filter(case=action.case))
    attempts = ledger.attempts_that_count([case], now)[case.pk]
    situation = situation_of(case, facts_of([case])[case.pk], actions, attempts)
    return planner.last_word(situation, rules_of(case.ruleset), action.step, now)


def _waits_for_authentication(case: Case, facts: Sequence[Fact]) -> bool:
    """Whether the last word was the bank's wish to see the customer."""
    asked = [fact.at for fact in facts if fact.kind == Learnt.ACTION_REQUIRED]
    other = [fact.at for fact in facts if fact.kind == Learnt.PAYMENT_FAILED]
    return Family(case.family) == Family.AUTHENTICATION or (
        bool(asked) and max(asked) > max(other, default=case.opened_at)
    )


def replan(cases: Sequence[Case], facts: Mapping[UUID, Sequence[Fact]], now: datetime) -> None:
    """Bring the planned actions of cases, whose rows the caller holds, in line with their rules.

    facts: all that is known of each, by its id. Many cases cost as many queries as one.
    """
    for state in sorted({State(case.state) for case in cases} - {State.FAILING}):
        ended = [case.pk for case in cases if case.state == state]
        _drop(Action.objects.filter(case_id__in=ended), WHY_ENDED[state], now)
    failing = [case for case in cases if case.state == State.FAILING]
    if failing:
        _plan_anew(failing, facts, now)


def _plan_anew(cases: Sequence[Case], facts: Mapping[UUID, Sequence[Fact]], now: datetime) -> None:
    prefetch_related_objects(cases, "ruleset")
    actions, attempts = _actions_of(cases), ledger.attempts_that_count(cases, now)
    added, moved, unwanted = list[Action](), list[Action](), list[UUID]()
    for case in cases:
        situation = situation_of(case, facts[case.pk], actions[case.pk], attempts[case.pk])
        wanted = plan(situation, rules_of(case.ruleset), None, now)
        planned = {action.step: action for action in actions[case.pk] if action.state == Action.State.PLANNED}
        asked = {step for step, action in planned.items() if action.asked_by}
        keep = {step.step for step in wanted} | asked
        added += [row_of(step, case) for step in wanted if step.step not in planned]
        kept = [(planned[step.step], step) for step in wanted if step.step in planned and step.step not in asked]
        moved += [action for action, step in kept if _moved(action, step)]
        unwanted += [action.pk for step, action in planned.items() if step not in keep]
    Action.objects.bulk_create(added)
    Action.objects.bulk_update(moved, ["due_at", "template", "tone", "rule", "why", "instead"])
    if unwanted:
        _drop(Action.objects.filter(pk__in=unwanted), "the plan changed with what was learnt", now)


def _actions_of(cases: Sequence[Case]) -> Mapping[UUID, list[Action]]:
    actions: dict[UUID, list[Action]] = defaultdict(list)
    for action in Action.objects.filter(case_id__in=[case.pk for case in cases if case.is_stored]):
        actions[action.case_id].append(action)
    return actions


def row_of(step: Planned, case: Case, *, asked_by: str = "") -> Action:
    """A planned step as a row, which is its idempotency key from now on."""
    return Action(
        id=new_id(),
        organization_id=case.organization_id,
        case=case,
        connection_id=case.connection_id,
        step=step.step,
        do=step.do,
        due_at=step.at,
        template=step.template,
        tone=step.tone,
        rule=step.rule,
        why=step.why[:400],
        instead=list(step.instead),
        ruleset_version=case.ruleset.version,
        asked_by=asked_by,
    )


def _moved(action: Action, step: Planned) -> bool:
    """Rewrite what changed; whether anything did. A row that was put off by a busy world keeps its later time."""
    at = max(step.at, action.due_at) if action.reason else step.at
    fresh = (at, step.template, step.tone, step.rule, step.why[:400], list(step.instead))
    if fresh == (action.due_at, action.template, action.tone, action.rule, action.why, action.instead):
        return False
    action.due_at, action.template, action.tone, action.rule, action.why, action.instead = fresh
    return True


def _drop(actions: QuerySet[Action], why: str, now: datetime) -> None:
    """Drop those of the actions that are still planned."""
    actions.filter(state=Action.State.PLANNED).update(
        state=Action.State.DROPPED, outcome="dropped", reason=why, settled_at=now
    )
