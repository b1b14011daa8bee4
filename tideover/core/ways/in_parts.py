"""A debt that is paid in parts: what is charged and told of its plan, when it is broken, and who is offered one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from tideover.core.case import Rest, State
from tideover.core.catalogue import Template, Tone
from tideover.core.charging import why_never_by_itself
from tideover.core.choices import Rules
from tideover.core.limits import allowed
from tideover.core.messaging import BETWEEN_MESSAGES, FRESH_FOR
from tideover.core.money import Money
from tideover.core.outcomes import Word, word_of
from tideover.core.situation import DoneStep, Planned, Situation
from tideover.core.steps import Do, InPart, OfPart, PartTold, PlanOffered, read
from tideover.core.timing import DAY, next_opening, spoken_time
from tideover.core.ways.plans import AGAIN_AFTER, Part, Terms, may_be_split

TO_ANSWER: Final = 7 * DAY
STANDS: Final = "a payment plan stands: nothing else is charged or sent"
NOT_BEGUN: Final = "its first part did not come"
TRIED_OUT: Final = "a part did not come, and all its tries were made"
OVER: Final = "all its parts were tried, and something is still open"
ONLY_OBSERVED: Final = "a part was due a week before, and nothing can be charged in observe mode"


# ── who may pay in parts ──


def why_no_plan(situation: Situation, terms: Terms) -> str:
    """Why this debt cannot be paid in parts at this moment, in a sentence; empty where it can."""
    return next(_against(situation, terms), "")


def _against(situation: Situation, terms: Terms) -> Iterator[str]:
    if situation.plan:
        yield "A plan stands already."
    if not terms.enabled:
        yield "Payment plans are turned off for this project."
    if not situation.may_charge:
        yield "This account is connected in observe mode, and parts are charged by us alone."
    if situation.state != State.FAILING or situation.is_overdue:
        yield "There is no failed charge that could be made in parts."
    if situation.processing or situation.came_back:
        yield "A bank debit is under way, or came back after all was paid: there is nothing to split."
    if situation.rest:
        yield "The case rests, for what became of the subscription."
    if not may_be_split(situation.amount, terms):
        yield "The debt is not large enough for a plan, or no amount is set for its currency."
    if useless := why_never_by_itself(situation):
        yield useless
    if not situation.has_method:
        yield "There is no payment method that could be charged."


# ── while a plan stands ──


def broken(situation: Situation) -> str:
    """Why the plan stands no more, as a clause; empty while it does. What is left goes on as it went before."""
    plan = situation.plan
    if plan is None:
        return ""
    open_ = plan.still_open(situation.amount.minor)
    if not open_:
        return OVER if situation.amount.minor > 0 else ""
    failed = [done for done in tries_of(situation, open_[0]) if not done.pending and not _came(done)]
    if failed and not plan.begun:
        return NOT_BEGUN
    return TRIED_OUT if len(failed) > len(AGAIN_AFTER) else ""


def lapsed(situation: Situation, now: datetime) -> str:
    """Why a plan that nobody broke stands no more, as a clause; empty while it does: its parts cannot be charged."""
    open_ = situation.plan.still_open(situation.amount.minor) if situation.plan else ()
    late = bool(open_) and now > open_[0].due_at + sum(AGAIN_AFTER, timedelta())
    return ONLY_OBSERVED if late and not situation.may_charge else ""


def _came(done: DoneStep) -> bool:
    """Whether it went through, though its row may not tell yet."""
    return word_of(done.outcome) == Word.PAID


def tries_of(situation: Situation, part: Part) -> tuple[DoneStep, ...]:
    """What was done so far to collect this part, oldest first."""
    assert situation.plan is not None
    ours = [(read(done.step), done) for done in situation.charges]
    mine = [
        done
        for step, done in ours
        if isinstance(step, InPart) and (step.plan, step.part) == (situation.plan.number, part.number)
    ]
    return tuple(sorted(mine, key=lambda done: done.at))


def steps(situation: Situation, rules: Rules, now: datetime) -> tuple[Planned, ...]:
    """All that is to come of the plan that stands: each part on its day, and what is written about them."""
    plan = situation.plan
    if plan is None or situation.rest == Rest.PAUSED or not situation.may_charge:
        return ()
    open_ = plan.still_open(situation.amount.minor)
    parts = [part for part in open_ if not any(done.pending or _came(done) for done in tries_of(situation, part))]
    return (*_charges(situation, rules, parts, now), *_told(situation, rules, parts, now))


def _charges(situation: Situation, rules: Rules, parts: Iterable[Part], now: datetime) -> Iterator[Planned]:
    """One at a time: of several that are overdue, after a stop for months, each a day after the one before."""
    free = now + DAY if situation.under_way else now
    for part in parts:
        charge = _charge(situation, rules, part, free)
        yield charge
        free = max(free, charge.at + DAY)


def _charge(situation: Situation, rules: Rules, part: Part, now: datetime) -> Planned:
    assert situation.plan is not None
    before, step = tries_of(situation, part), InPart(situation.plan.number, part.number)
    wanted, why = part.due_at, f"Part {part.number} of {len(situation.plan.parts)} of the plan is due."
    if before:
        step = replace(step, again=len(before) + 1)
        wanted = before[-1].at + AGAIN_AFTER[min(len(before), len(AGAIN_AFTER)) - 1]
        why = f"Part {part.number} did not come: it is asked for again."
        if situation.customer_waits:
            wanted, why = now, f"Part {part.number} did not come, and the customer brought something new since."
    start = max(wanted, situation.rest_until(now))
    verdict = allowed(replace(situation, amount=Money(part.amount, situation.amount.currency)), rules, start)
    if verdict.at and verdict.at > start:
        why += f" Moved from {spoken_time(start, situation.zone)}: {verdict.why}"
    return Planned(step.key, Do.CHARGE, verdict.at or start, "", "", f"{rules.name}.plan.part", why)


def _told(situation: Situation, rules: Rules, parts: Iterable[Part], now: datetime) -> Iterator[Planned]:
    """What is written about the plan, at most once a day: a part that came or did not, and the next one coming."""
    last = situation.last_written_at
    for part, what, at, until in sorted(_notices(situation, parts), key=lambda notice: notice[2]):
        assert situation.plan is not None
        step = PartTold(situation.plan.number, part, what)
        earliest = max(at, situation.rest_until(now), *([last + BETWEEN_MESSAGES] if last else []))
        goes = next_opening(earliest, rules.sending, situation.zone)
        if not situation.has_done(step.key) and goes <= until:
            why = f"{WHY[what]} (part {part})."
            yield Planned(
                step.key, Do.MESSAGE, goes, str(WORDS[what]), str(Tone.FRIENDLY), f"{rules.name}.plan.{what}", why
            )
            last = goes


WORDS: Final = {
    OfPart.DUE: Template.PART_DUE,
    OfPart.PAID: Template.PART_PAID,
    OfPart.MISSED: Template.PART_MISSED,
}
WHY: Final = {
    OfPart.DUE: "A part of the plan is due on the next day",
    OfPart.PAID: "A part of the plan came",
    OfPart.MISSED: "A part of the plan did not come",
}


def _notices(situation: Situation, parts: Iterable[Part]) -> Iterator[tuple[int, OfPart, datetime, datetime]]:
    """Part, what of it, from when on, and until when it is worth writing."""
    assert situation.plan is not None
    plan_begun = situation.plan.begun
    for part in (part for part in situation.plan.parts if part.paid):
        for done in tries_of(situation, part)[-1:]:
            yield part.number, OfPart.PAID, done.at, done.at + 2 * FRESH_FOR
    for part in parts:
        tries = [done for done in tries_of(situation, part) if not done.pending]
        for done in tries[:1] if plan_begun else ():
            yield part.number, OfPart.MISSED, done.at, done.at + 2 * FRESH_FOR
        if not tries and part.number > 1:
            yield part.number, OfPart.DUE, part.due_at - DAY, part.due_at - DAY / 4


# ── the offer ──


def offer(situation: Situation, rules: Rules, written: Iterable[Planned], now: datetime) -> Planned | None:
    """The message that offers a plan, once, on a day on which no other goes out. `written`: those that are planned."""
    step = PlanOffered().key
    since = situation.plan_offered_at
    if since is None or situation.has_done(step) or situation.customer_waits:
        return None
    if not situation.has_method or why_never_by_itself(situation):
        return None
    last = situation.last_written_at
    at = max(since, situation.rest_until(now), *([last + BETWEEN_MESSAGES] if last else []))
    for other in sorted(other.at for other in written):
        if abs(other - at) < BETWEEN_MESSAGES:
            at = other + BETWEEN_MESSAGES
    at = next_opening(at, rules.sending, situation.zone)
    why = "The debt may be paid in parts from now on, and nobody has told the customer yet."
    return Planned(
        step, Do.MESSAGE, at, str(Template.PLAN_OFFERED), str(Tone.FRIENDLY), f"{rules.name}.plan.offer", why
    )
