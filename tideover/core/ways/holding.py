"""Who collects an open invoice: Stripe, or we: we took over, a promise or a plan stands. What is held is given back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from tideover.core.case import State
from tideover.core.choices import Rules
from tideover.core.outcomes import Word, word_of
from tideover.core.situation import DoneStep, Planned, Situation
from tideover.core.steps import Do, Holding, InPart, read
from tideover.core.timing import DAY


def holding(situation: Situation, rules: Rules, now: datetime) -> Iterator[Planned]:
    """The hold that is to come, or its end; nothing where all is as it should be, or where we may not write."""
    if not situation.may_charge or situation.processing:
        return
    if situation.held and not _is_ours(situation, rules):
        yield from _give_back(situation, rules, now)
    elif not situation.held and situation.state == State.FAILING:
        yield from _hold(situation, rules, now)


def _hold(situation: Situation, rules: Rules, now: datetime) -> Iterator[Planned]:
    step = Holding(_highest(situation) + 1)
    if _is_due(situation):
        why = "A promise stands: until that day Stripe's own tries of the invoice are held, too."
        yield _planned(step, f"{rules.name}.promise", why, now)
    elif _goes_on(situation) and situation.plan is not None:
        why = "A payment plan stands: until it ends Stripe's own tries of the invoice are held, too."
        yield _planned(step, f"{rules.name}.plan", why, max(now, _again_from(situation, now)))
    elif _goes_on(situation) and rules.takes_over:
        why = "The rules take over from Stripe: its own tries of the invoice, and its own end, are turned off."
        yield _planned(step, f"{rules.name}.take_over", why, max(now, _again_from(situation, now)))


def _is_ours(situation: Situation, rules: Rules) -> bool:
    """Whether it is held for a reason that lasts."""
    agreed = situation.promised_at is not None or situation.plan is not None
    return agreed or (rules.takes_over and situation.state != State.CANCELED)


def _goes_on(situation: Situation) -> bool:
    """Whether Stripe goes on with it, also where nothing is going to be charged, and nobody is about to hold it."""
    under_way = any(_number(done) is not None and word_of(done.outcome) == Word.CLAIMED for done in situation.done)
    by_a_part = situation.plan is not None and bool(situation.under_way)  # its charge holds the invoice first
    return situation.collects and not situation.is_overdue and not under_way and not by_a_part


def _again_from(situation: Situation, now: datetime) -> datetime:
    """A day after the last that was not given back: it came to nothing, or somebody turned Stripe's own on again."""
    tried = [done.at for done in situation.done if _number(done) is not None and not _is_over(situation, done)]
    return max(tried) + DAY if tried else now


def _is_over(situation: Situation, done: DoneStep) -> bool:
    """Whether it was given back, by its own end or as recovery was turned off."""
    number, since = _number(done), situation.live_since
    ended = number is not None and situation.has_done(Holding(number, over=True).key)
    return ended or (since is not None and done.at < since)


def _is_due(situation: Situation) -> bool:
    """Whether a promise stands for which nobody has seen to it yet."""
    since = situation.promised_since
    if situation.promised_at is None or since is None:
        return False
    return not any(done.at >= since for done in situation.done if _number(done) is not None)


def _give_back(situation: Situation, rules: Rules, now: datetime) -> Iterator[Planned]:
    ended = Holding(_highest(situation), over=True)
    if _was_taken_since(situation, ended):
        ended = Holding(ended.number + 1, over=True)
    if not situation.has_done(ended.key):
        why = "Nothing keeps it from Stripe any more: Stripe collects the invoice by itself again."
        yield _planned(ended, f"{rules.name}.give_back", why, now)


def _planned(step: Holding, rule: str, why: str, now: datetime) -> Planned:
    return Planned(step.key, Do.HOLD, now, "", "", rule, why)


def _was_taken_since(situation: Situation, ended: Holding) -> bool:
    """Whether a part was charged after it had been given back: with it the invoice was taken again, by no hold."""
    given_back = [done.at for done in situation.done if done.step == ended.key]
    tried = [done.at for done in situation.done if isinstance(read(done.step), InPart)]
    return bool(given_back and tried) and max(tried) > max(given_back)


def _highest(situation: Situation) -> int:
    """The number of the latest hold, or of its end: none is given twice."""
    steps = (read(done.step) for done in situation.done)
    return max((step.number for step in steps if isinstance(step, Holding)), default=0)


def _number(done: DoneStep) -> int | None:
    """The number of a hold that was made or tried; None for any other step."""
    step = read(done.step)
    return step.number if isinstance(step, Holding) and not step.over else None
