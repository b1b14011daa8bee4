"""Hold the rows of cases against what their rules want next: add, move or drop planned actions. Decides nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import QuerySet, prefetch_related_objects

from tideover.core import planner
from tideover.core.case import WHY_AT_REST, Rest, State
from tideover.core.declines import Decline, Family, family, leading
from tideover.core.facts import Learnt
from tideover.core.methods import Means
from tideover.core.networks import Attempt
from tideover.core.outcomes import FAILED_TRIES, Tried, Word
from tideover.core.planner import plan
from tideover.core.situation import DoneStep, Planned, Situation
from tideover.core.steps import CHARGES, Backup, Do, Key, read
from tideover.core.ways import in_parts
from tideover.core.ways.plans import may_be_split, offered_from
from tideover.ids import new_id
from tideover.recovery import ledger
from tideover.recovery.known import Known
from tideover.recovery.models import Action, Case, Plan
from tideover.recovery.places import zone
from tideover.recovery.plans import standing
from tideover.recovery.rulesets import rules_of
from tideover.recovery.test_clocks.rows import now_by
from tideover.recovery.ways.returning import debt_of
from tideover.tenants.terms import terms_of

WHY_ENDED = {
    State.RECOVERED: "the invoice is paid",
    State.ABANDONED: "the case was given up",
    State.CHURNED: "the subscription has ended",
    State.CANCELED: "the invoice is closed or the case was stopped",
}
PAUSED: Final = "a person paused the case"
PROMISED: Final = "the customer promised to pay on another day"


def situation_of(known: Known, now: datetime) -> Situation:
    """The case as the planner sees it."""
    case, attempts = known.case, ledger.that_count(known.case, known.attempts, now)
    return Situation(
        opened_at=case.opened_at,
        amount=case.owed,
        state=State(case.state),
        family=_leading_family(known),
        decline=_last_decline(attempts),
        zone=zone(case.time_zone),
        brand=case.card_brand or None,
        fingerprint=case.card_fingerprint or None,
        attempts=attempts,
        done=tuple(_done(action) for action in known.actions if action.state in _PAST),
        stripe_next_attempt_at=case.stripe_next_attempt_at,
        new_method=case.new_method or None,
        new_brand=_of_new_card(known, "brand"),
        new_fingerprint=_of_new_card(known, "fingerprint"),
        customer_acted_at=case.customer_acted_at,
        needs_authentication=_waits_for_authentication(known),
        paused_until=case.paused_until,
        promised_on=case.promised_on,
        promised_since=case.promised_since,
        held=case.held,
        collects=case.collects,
        may_charge=case.connection.may_write,
        processing=case.processing,
        has_method=case.means != Means.NONE,
        rest=Rest(case.rest),
        after_trial=case.after_trial,
        prices=tuple(case.prices.split()),
        segment=case.segment,
        live_since=_live_since(case, now),
        rules_since=case.rules_since,
        backup_allowed=known.backup,
        backup_paid_at=_paid_by_backup(known),
        came_back=debt_of(known),
        plan=standing.agreed(known.plans),
        plan_offered_at=_plan_offered_at(known),
        rested=standing.rested(known.plans),
        links_asked=_links_asked(known),
        forwards=tuple(sorted(learnt.at for learnt in known.facts if learnt.kind == Learnt.FORWARDED)),
        readers=known.readers.for_planning,
        unreached=known.readers.unreached,
    )


# Once one of these is known, nothing is owed, or nobody is there to be written to.
_NO_LINK: Final = {
    Learnt.FORGIVEN,
    Learnt.VOIDED,
    Learnt.UNCOLLECTIBLE,
    Learnt.INVOICE_DELETED,
    Learnt.CUSTOMER_DELETED,
    Learnt.DISCONNECTED,
}


def _links_asked(known: Known) -> tuple[datetime, ...]:
    """When the payer asked for a new link, as long as there is something that it could lead to."""
    over = known.case.erased_at or any(learnt.kind in _NO_LINK for learnt in known.facts)
    return () if over else tuple(sorted(learnt.at for learnt in known.facts if learnt.kind == Learnt.LINK_ASKED))


def _live_since(case: Case, now: datetime) -> datetime | None:
    """What a test clock shows says nothing of when recovery was turned on: there it is on, or it is not yet."""
    is_on = case.project.recovery_enabled
    return None if case.clock_id and is_on else case.project.live_since(now)


def _paid_by_backup(known: Known) -> datetime | None:
    """When one of the customer's other methods had paid; None where none did. Of a debit that is days after its try."""
    tries = {action.pk for action in known.actions if isinstance(read(action.step), Backup)}
    paid = [each.at for each in known.own_attempts if each.action_id in tries and each.outcome == Tried.PAID]
    return max([*paid, *filter(None, [known.case.ended_at])]) if paid else None


def _plan_offered_at(known: Known) -> datetime | None:
    """From when on a plan is offered; None where the merchant offers none, or there was one already."""
    case, terms = known.case, terms_of(known.case.project)
    if known.plans or not case.connection.may_write or not may_be_split(case.owed, terms):
        return None
    return case.plan_offered_at or offered_from(case.opened_at, terms, zone(case.time_zone))


def _leading_family(known: Known) -> Family:
    """The kind of failure that the plan goes by: of the card on file. Of another one nothing is known yet."""
    if known.case.is_overdue:
        return Family.OVERDUE
    tried = [attempt for attempt in known.own_attempts if attempt.outcome in FAILED_TRIES]
    on_file = known.case.card_fingerprint
    here = [attempt for attempt in tried if not on_file or attempt.card_fingerprint in {"", on_file}]
    kinds = [family(decline) for attempt in here if (decline := ledger.decline_of(attempt))]
    if tried[-1:] == here[-1:]:  # the latest failure was of this card, or there was no try at all
        kinds.append(Family(known.case.family))
    return leading(kinds)


def _last_decline(attempts: Sequence[Attempt]) -> Decline | None:
    here = [attempt.decline for attempt in attempts if attempt.decline and not attempt.elsewhere]
    return here[-1] if here else None


_PAST = {Action.State.CLAIMED, Action.State.DONE, Action.State.DEAD}


def _done(action: Action) -> DoneStep:
    outcome = str(Word.CLAIMED) if action.state == Action.State.CLAIMED else action.outcome
    return DoneStep(
        Key(action.step), Do(action.do), action.settled_at or action.due_at, outcome, action.template, action.tone
    )


def _of_new_card(known: Known, what: str) -> str | None:
    """What was said of the card that waits to be charged; None where nothing was."""
    said = [fact for fact in known.facts if fact.detail.get("payment_method") == known.case.new_method != ""]
    return str(said[-1].detail.get(what) or "") or None if said else None


def last_word(known: Known, step: str, now: datetime) -> Planned | None:
    """The claimed step as the plan has it at this very moment, or None where it has lost its reason."""
    situation, idle = situation_of(known, now), _idle_charges(known)
    if step in idle:  # one that was claimed along with it and has not begun is no try: of two that are late one is made
        situation = replace(situation, done=tuple(done for done in situation.done if done.step not in idle))
    return planner.last_word(situation, rules_of(known.case.ruleset), Key(step), now)


def _idle_charges(known: Known) -> set[str]:
    """The charges that a worker holds and has not begun."""
    held = [action for action in known.actions if action.do in CHARGES and action.state == Action.State.CLAIMED]
    return {action.step for action in held if action.started_at is None}


def why_unwanted(known: Known, step: str, now: datetime) -> str:
    """Why the claimed step is in the plan no more."""
    situation = situation_of(known, now)
    unclaimed = replace(situation, done=tuple(done for done in situation.done if done.step != step))
    if situation.rest:
        return WHY_AT_REST[situation.rest]
    told = planner.why_unwanted(unclaimed, rules_of(known.case.ruleset), now)
    return told.get(Key(step), "at the last look it had lost its reason")


def _waits_for_authentication(known: Known) -> bool:
    """Whether the last word was the bank's wish to see the customer."""
    asked = [fact.at for fact in known.facts if fact.kind == Learnt.ACTION_REQUIRED]
    other = [fact.at for fact in known.facts if fact.kind == Learnt.PAYMENT_FAILED]
    return _leading_family(known) == Family.AUTHENTICATION or (
        bool(asked) and max(asked) > max(other, default=known.case.opened_at)
    )


def replan(held: Sequence[Known], now: datetime, because: str = "") -> bool:
    """Bring the planned actions of cases, whose rows the caller holds, in line with their rules; whether any changed.

    Many cases cost as many queries as one. because: what has changed, where it is not something that was learnt.
    """
    by_state = defaultdict[State, list[Known]](list)
    _settle_plans(held, now)
    for known in held:
        by_state[State(known.case.state)].append(known)
    failing = by_state.pop(State.FAILING, [])
    changed = [_end(ended, WHY_ENDED[state], now) for state, ended in sorted(by_state.items())]
    return any([*changed, bool(failing) and _plan_anew(failing, now, because)])


def _end(ended: Sequence[Known], why: str, now: datetime) -> bool:
    """Of cases that have ended nothing is left to do but to give back what is held, and to tell which method paid."""
    held = [known for known in ended if _is_left(known)]
    free = [known for known in ended if not _is_left(known)]
    return any([bool(free) and _drop_all(free, why, now), bool(held) and _plan_anew(held, now, why)])


def _is_left(known: Known) -> bool:
    """Whether something is left to do for a case that has ended."""
    return known.case.held or _paid_by_backup(known) is not None or bool(_links_asked(known))


def _settle_plans(held: Sequence[Known], now: datetime) -> None:
    """What was learnt of parts is written down, and a plan that stands no more ends: with the case, or broken."""
    for known in held:
        plan, here = standing.standing(known.plans), now_by(known.case.clock, now)
        if plan is None:
            continue
        standing.mark_paid(plan, known.actions, known.own_attempts)
        if known.case.state != State.FAILING:
            standing.end_with_case(plan, known.case, here)
        elif not known.case.processing:
            _settle_plan(plan, situation_of(known, here), here)


def _settle_plan(plan: Plan, situation: Situation, now: datetime) -> None:
    if why := in_parts.broken(situation):
        standing.end(plan, Plan.State.BROKEN, why, now)
    elif why := in_parts.lapsed(situation, now):
        standing.end(plan, Plan.State.ENDED, why, now)


def _drop_all(ended: Sequence[Known], why: str, now: datetime) -> bool:
    """Drop whatever is planned for cases that have ended, also what was given back a moment ago."""
    for action in (action for known in ended for action in known.actions if _is_planned(action)):
        action.state = Action.State.DROPPED
    return _drop(Action.objects.filter(case_id__in=[known.case.pk for known in ended]), why, now)


@dataclass(slots=True)
class _Changes:
    """What is to be written so that the rows say what the rules want."""

    added: list[Action] = field(default_factory=list)
    moved: list[Action] = field(default_factory=list)
    # By the reason, and the moment.
    unwanted: dict[tuple[str, datetime], list[UUID]] = field(default_factory=lambda: defaultdict(list))


def _plan_anew(held: Sequence[Known], now: datetime, because: str) -> bool:
    prefetch_related_objects([known.case for known in held], "ruleset")
    changes = _Changes()
    for known in held:
        here = now_by(known.case.clock, now)
        situation, rules = situation_of(known, here), rules_of(known.case.ruleset)
        dropped = _compare(known, plan(situation, rules, None, here), changes)
        late = planner.why_unwanted(situation, rules, here) if dropped else {}
        otherwise = (
            WHY_AT_REST.get(situation.rest)
            or (situation.plan and in_parts.STANDS)
            or because
            or _why_changed(known.case, here)
        )
        for action in dropped:
            changes.unwanted[late.get(Key(action.step), otherwise), here].append(action.pk)
    Action.objects.bulk_create(changes.added)
    # Only what is planned still: a worker may have claimed it a moment ago, and goes by what it has read then.
    Action.objects.filter(state=Action.State.PLANNED).bulk_update(changes.moved, _MOVES)
    for (why, at), unwanted in changes.unwanted.items():
        _drop(Action.objects.filter(pk__in=unwanted), why, at)
    return bool(changes.added or changes.moved or changes.unwanted)


def _why_changed(case: Case, now: datetime) -> str:
    """A pause moves what is planned, though nothing was learnt."""
    if case.is_paused(now):
        return PAUSED
    return PROMISED if case.promised_on else "the plan changed with what was learnt"


def _compare(known: Known, wanted: Sequence[Planned], changes: _Changes) -> list[Action]:
    """Hold a case's planned rows against what its rules want; returns those nobody wants any more."""
    planned = {action.step: action for action in known.actions if _is_planned(action)}
    asked = {step for step, action in planned.items() if action.asked_by}
    keep = {step.step for step in wanted} | asked
    added = [row_of(step, known.case) for step in wanted if step.step not in planned]
    kept = [(planned[step.step], step) for step in wanted if step.step in planned and step.step not in asked]
    changes.added += added
    changes.moved += [action for action, step in kept if _moved(action, step, known.case)]
    dropped = [action for step, action in planned.items() if step not in keep]
    for action in dropped:
        action.state = Action.State.DROPPED
    known.actions += added
    return dropped


def _is_planned(action: Action) -> bool:
    return action.state == Action.State.PLANNED


def row_of(step: Planned, case: Case, *, asked_by: str = "") -> Action:
    """A planned step as a row, which is its idempotency key from now on."""
    return Action(
        id=new_id(),
        organization_id=case.organization_id,
        case=case,
        connection_id=case.connection_id,
        clock_id=case.clock_id,
        step=step.step,
        do=step.do,
        due_at=step.at,
        template=step.template,
        tone=step.tone,
        channel=step.channel,
        rule=step.rule,
        why=step.why[:400],
        instead=list(step.instead),
        ruleset_version=case.ruleset.version,
        asked_by=asked_by,
    )


_MOVES: Final = ("due_at", "template", "tone", "channel", "rule", "why", "instead", "ruleset_version")


def _moved(action: Action, step: Planned, case: Case) -> bool:
    """Rewrite what changed; whether anything did. A row that was put off by a busy world keeps its later time."""
    at = max(step.at, action.due_at) if action.reason else step.at
    said = (at, step.template, step.tone, step.channel, step.rule, step.why[:400], list(step.instead))
    fresh = (*said, case.ruleset.version)
    changed = {name: value for name, value in zip(_MOVES, fresh, strict=True) if getattr(action, name) != value}
    for name, value in changed.items():
        setattr(action, name, value)
    return bool(changed)


def _drop(actions: QuerySet[Action], why: str, now: datetime) -> bool:
    """Drop those of the actions that are still planned; whether there were any."""
    dropped = {"state": Action.State.DROPPED, "outcome": Word.DROPPED, "reason": why, "settled_at": now}
    return bool(actions.filter(state=Action.State.PLANNED).update(**dropped))
