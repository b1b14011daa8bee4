"""The plan of a case: every action still to come, each with its reason. A pure function of what is known now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from tideover.core import presentment
from tideover.core.case import WHY_AT_REST, Rest, State
from tideover.core.catalogue import Template
from tideover.core.charging import (
    asks_for_the_same,
    charges,
    ends_at,
    new_card_budget,
    new_card_step,
    passed_over,
    why_never_by_itself,
    why_no_schedule,
)
from tideover.core.choices import FinalAction, Rules
from tideover.core.limits import same_method_budget
from tideover.core.messaging import left_out, messages, not_for, writes_the_same
from tideover.core.situation import HOUR, Advice, DoneStep, Planned, Situation
from tideover.core.steps import KINDS, Closing, Do, Key
from tideover.core.timing import day_after, spoken_date, spoken_day, spoken_span, spoken_time
from tideover.core.trials import NO_CARD, fitting, was_never_a_customer
from tideover.core.ways import backups, in_parts, returned
from tideover.core.ways.forwarding import forwards
from tideover.core.ways.holding import holding
from tideover.core.ways.new_link import new_links

__all__ = [
    "Advice",
    "Do",
    "DoneStep",
    "Planned",
    "Situation",
    "explain",
    "explain_silence",
    "last_word",
    "plan",
    "under",
    "why_unwanted",
]


def plan(situation: Situation, rules: Rules, advice: Advice | None, now: datetime) -> tuple[Planned, ...]:
    """The actions still to come, sorted by time, at or after `now`. Of a case that has ended: the end of a
    hold, a receipt, and a link that was asked for.

    The same arguments give the same plan. Executing a step and planning again leaves the other steps where they were,
    as long as nothing else was learnt.
    """
    if situation.state == State.RECOVERED:
        told = backups.receipt(situation, rules, now)
        return (told,) if told else ()
    anyway = (*holding(situation, rules, now), *new_links(situation, now))
    if situation.came_back:
        return (*anyway, *returned.told(situation, rules, now))
    if situation.state != State.FAILING or situation.processing:
        return anyway
    anyway = (*anyway, *forwards(situation, now))
    if situation.plan:
        return (*anyway, *sorted(in_parts.steps(situation, rules, now), key=_in_order))
    rules = fitting(situation, rules)
    idle = situation.rest or was_never_a_customer(situation)
    steps = [] if idle else _steps(situation, rules, advice, now)
    return (*anyway, *steps, *_close(situation, rules, steps, now))


def _steps(situation: Situation, rules: Rules, advice: Advice | None, now: datetime) -> list[Planned]:
    to_charge = charges(situation, rules, advice, now)
    written = messages(situation, rules, to_charge, now)
    offered = in_parts.offer(situation, rules, written, now)
    return sorted([*to_charge, *written, *([offered] if offered else [])], key=_in_order)


def _in_order(step: Planned) -> tuple[datetime, int, Key]:
    return step.at, KINDS[step.do].order, step.step


def last_word(situation: Situation, rules: Rules, step: Key, now: datetime) -> Planned | None:
    """What the plan says about a step at the moment it is about to be executed, from what is known by then.

    At or before `now`: go on, with the template it names. Later: wait until then. None: leave it, it came too late or
    has lost its reason. The step's own claim in `situation.done` is looked past; a step a person asked for is not ours
    to judge here.
    """
    unclaimed = replace(situation, done=tuple(done for done in situation.done if done.step != step))
    return next((planned for planned in plan(unclaimed, rules, None, now) if planned.step == step), None)


def under(situation: Situation, rules: Rules, others: Rules, now: datetime) -> Situation:
    """The case as it is once `others` take the place of its rules: what they mean for before now is not made up for.

    Where they ask for the same at the same instants nothing is new to it, and what is late stays to be made up for.
    """
    rules, others = fitting(situation, rules), fitting(situation, others)
    if asks_for_the_same(situation, rules, others) and writes_the_same(situation, rules, others):
        return situation
    return replace(situation, rules_since=now)


def why_unwanted(situation: Situation, rules: Rules, now: datetime) -> Mapping[Key, str]:
    """Why steps that were planned once are in the plan no more, as far as the plan itself can tell."""
    rules = fitting(situation, rules)
    return left_out(situation, rules, charges(situation, rules, None, now), now)


def _close(situation: Situation, rules: Rules, steps: Sequence[Planned], now: datetime) -> Iterator[Planned]:
    closing = Closing().key
    if situation.has_done(closing):
        return
    # Paused at Stripe it ends no sooner than a look later, each time anew: the case goes on once that is lifted.
    rests = (situation.paused_until, situation.promised_at, now if situation.rest == Rest.PAUSED else None)
    until = [ends_at(situation, rules), *(at for at in rests if at), *(done.at for done in situation.done)]
    until += _announced_end(situation, rules)
    # Who is offered to pay in parts has a week to think about it.
    told = [(step.at, step.template) for step in steps] + [(done.at, done.template) for done in situation.done]
    offered = [at + in_parts.TO_ANSWER for at, template in told if template == Template.PLAN_OFFERED]
    last = max([*until, *offered, *(step.at for step in steps)])
    at, final = max(now, last + rules.grace_hours * HOUR), _at_the_end(situation, rules)
    why = (
        f"{spoken_span(rules.grace_hours)} after day {rules.window_days} and the last step the case is given up."
        f"{_AT_STRIPE[final]} Money that comes later still counts as recovered."
    )
    rule = f"{rules.name}.close" if final == FinalAction.LEAVE else f"{rules.name}.close.{final}"
    known = {each for step in steps for each in step.instead}
    silent = tuple(each for each in not_for(situation, rules).values() if each not in known)
    yield Planned(closing, Do.CLOSE, at, "", "", rule, why, silent)


def _at_the_end(situation: Situation, rules: Rules) -> FinalAction:
    """What is done at Stripe then: nothing where we may only look, or the case rests, or nobody charges it."""
    ours = situation.may_charge and not situation.is_overdue and not situation.rest
    return rules.ends_with if ours else FinalAction.LEAVE


def _announced_end(situation: Situation, rules: Rules) -> Iterator[datetime]:
    """Whom a day was named keeps what they have until then."""
    if rules.consequence_day is not None and _at_the_end(situation, rules) != FinalAction.LEAVE:
        yield day_after(situation.opened_at, rules.consequence_day, situation.zone)


_AT_STRIPE: Final[Mapping[FinalAction, str]] = {
    FinalAction.LEAVE: "",
    FinalAction.CANCEL: " The subscription is canceled at Stripe then.",
    FinalAction.PAUSE: " The collection of the subscription is paused at Stripe then.",
    FinalAction.UNCOLLECTIBLE: " The invoice is marked as uncollectible at Stripe then.",
}
_OVER: Final = {
    State.RECOVERED: "The invoice is paid: there is nothing to charge.",
    State.ABANDONED: "The case was given up after its last step.",
    State.CHURNED: "The subscription has ended: nothing is charged any more.",
    State.CANCELED: "The invoice was closed or the case was stopped: nothing is charged any more.",
}


def explain(situation: Situation, rules: Rules, now: datetime) -> tuple[str, ...]:
    """Why nothing is going to be charged, in full sentences for the merchant. Empty where a charge is planned."""
    if situation.state != State.FAILING:
        return (_OVER[situation.state],)
    if situation.came_back:
        return (returned.why_nothing_is_charged(situation.came_back, may_charge=situation.may_charge),)
    if situation.rest:
        why = WHY_AT_REST[situation.rest]
        return (f"{why[0].upper()}{why[1:]}.",)
    if was_never_a_customer(situation):
        return (NO_CARD,)
    rules = fitting(situation, rules)
    parts_come = situation.plan and situation.may_charge and not situation.processing
    if parts_come or charges(situation, rules, None, now):
        return ()
    return tuple(_reasons(situation, rules, now))


def explain_silence(situation: Situation, rules: Rules) -> tuple[str, ...]:
    """Why messages of the rules do not go out for this case, by their conditions, in full sentences."""
    if situation.state != State.FAILING:
        return ()
    return tuple(not_for(situation, fitting(situation, rules)).values())


def _reasons(situation: Situation, rules: Rules, now: datetime) -> Iterator[str]:
    if situation.processing:
        yield _under_way(situation)
        return
    if situation.is_overdue:
        yield why_never_by_itself(situation)
        if not rules.chase_overdue:
            yield f"The rules {rules.name} chase no overdue invoices: nothing is sent for it either."
        return
    if not situation.may_charge:
        yield "This account is connected in observe mode: Tideover reads, measures and writes, and charges nothing."
    left = same_method_budget(situation, rules, now)
    if left.earliest_at is None:
        yield left.why
    never = why_no_schedule(situation, rules)
    yield from _new_card_reasons(situation, rules, now)
    if situation.backup_allowed and (no_other := backups.why_none(situation)):
        yield f"No backup method is charged: {no_other}."
    if never:
        yield never
    elif situation.may_charge and left.earliest_at is not None:
        yield from _schedule_reasons(situation, rules, now)


def _under_way(situation: Situation) -> str:
    """What is waited for, and until about when."""
    debit = presentment.under_way(situation.attempts)
    on = presentment.expected_on(debit.method, debit.at, situation.zone) if debit else None
    if debit is None or on is None:
        return "A bank debit is under way: nothing is charged or sent until it is settled."
    since = spoken_day(debit.at, situation.zone)
    return (
        f"A bank debit is under way since {since}: nothing is charged or sent until it is settled,"
        f" which takes until about {spoken_date(on)} as a rule."
    )


def _new_card_reasons(situation: Situation, rules: Rules, now: datetime) -> Iterator[str]:
    if new_card_step(situation, now) is None:
        return
    if not rules.charge_new_card:
        yield f"The customer brought a payment method; the rules {rules.name} leave it to Stripe to charge it."
    elif new_card_budget(situation, now).earliest_at is None:
        yield f"What the customer brought may not be charged. {new_card_budget(situation, now).why}"


def _schedule_reasons(situation: Situation, rules: Rules, now: datetime) -> Iterator[str]:
    reasons = tuple(passed_over(situation, rules, now))
    yield from reasons
    if not reasons:
        end = spoken_time(ends_at(situation, rules), situation.zone)
        yield f"No day of the schedule is left before the window ends on {end}."
