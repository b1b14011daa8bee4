"""When to charge: what a customer brought at once, the rest on the days of the strategy, within every limit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import zip_longest
from typing import Final

from tideover.core import relay
from tideover.core.choices import Cadence, Rules, Strategy
from tideover.core.declines import HEALS, NOT_BY_ITSELF, Family, Heals, for_merchant, stopped_by
from tideover.core.limits import Verdict, allowed, same_method_budget
from tideover.core.methods import NAMES, Means, is_debit
from tideover.core.networks import Attempt, Budget, By, budget
from tideover.core.outcomes import Tried
from tideover.core.situation import HOUR, Advice, DoneStep, Planned, Situation
from tideover.core.steps import Brought, Do, Promised, Scheduled, read
from tideover.core.timing import day_after, local_day, paydays, spoken_day, spoken_span, spoken_time
from tideover.core.ways.backups import backup

WINDOW: Final = "window"  # the days of the rules are over, or their next instant comes first


@dataclass(frozen=True, slots=True)
class Slot:
    """An instant the strategy asks for, and what it is called."""

    at: datetime
    name: str


@dataclass(frozen=True, slots=True)
class PassedOver:
    """An instant of the strategy at which nothing is charged, and what stands in the way: by which rule, and why."""

    slot: Slot
    why: str
    rule: str


def charges(situation: Situation, rules: Rules, advice: Advice | None, now: datetime) -> tuple[Planned, ...]:
    """The charges still to come, in order."""
    if not situation.may_charge or situation.processing or situation.is_overdue or situation.plan:
        return ()
    planned: list[Planned] = []
    for step in (_on_new_card(situation, rules, now), as_promised(situation, rules, now)):
        if step:
            planned.append(step)
            situation = _tried(situation, step.at)
    if not why_no_schedule(situation, rules):
        planned.extend(_scheduled(situation, rules, advice, now))
    another = backup(situation, rules, planned, now)
    return tuple(sorted([*planned, another], key=lambda step: step.at)) if another else tuple(planned)


def _tried(situation: Situation, at: datetime) -> Situation:
    """The situation once a try at `at` has failed: planned tries count like real ones."""
    attempt = Attempt(at, By.US, situation.amount, Tried.DECLINED, None, situation.fingerprint, situation.brand)
    return replace(situation, attempts=(*situation.attempts, attempt))


# ── at once, when the customer acted ──


def new_card_step(situation: Situation, now: datetime) -> Brought | None:
    """The charge of what the customer brought; None where it was tried already.

    The same method may be brought again. Where a clock was set back, that lies ahead of now, and each try would look as
    if it had come before.
    """
    brought, acted = _brought(situation), situation.customer_acted_at
    if brought is None or not situation.customer_waits:
        return None
    before = [done for done in situation.done if _is_about(brought, done)]
    if not before:
        return brought
    if not situation.new_method or acted is None or acted > now or any(done.at >= acted for done in before):
        return None
    return replace(brought, again=len(before) + 1)


def _brought(situation: Situation) -> Brought | None:
    if situation.new_method:
        return Brought.of_method(situation.new_method)
    return Brought.at(situation.customer_acted_at) if situation.customer_acted_at else None


def _is_about(brought: Brought, done: DoneStep) -> bool:
    step = read(done.step)
    return isinstance(step, Brought) and step.name == brought.name


def new_card_budget(situation: Situation, now: datetime) -> Budget:
    """What the networks leave on the new card. An unknown card is a fresh one here; the last look knows it by then."""
    known = situation.new_fingerprint
    attempts = situation.attempts if known else ()
    return budget(situation.new_brand, situation.amount, attempts, now, fingerprint=known)


def _on_new_card(situation: Situation, rules: Rules, now: datetime) -> Planned | None:
    step = new_card_step(situation, now)
    if step is None or not rules.charge_new_card:
        return None
    start = max(now, situation.paused_until or now)
    left = new_card_budget(situation, start)
    if left.earliest_at is None:
        return None
    why = "A new or renewed payment method arrived: it is charged at once."
    if left.earliest_at > start:
        why = f"A new payment method arrived, and is charged as soon as the network allows. {left.why}"
    return Planned(step.key, Do.CHARGE, left.earliest_at, "", "", f"{rules.name}.new_card", why)


def as_promised(situation: Situation, rules: Rules, now: datetime) -> Planned | None:
    """The charge on the promised day, or as soon after it as it may be; None where it cannot be any more."""
    promised, since = situation.promised_at, situation.live_since
    if promised is None or situation.promised_on is None or why_never_by_itself(situation):
        return None
    if since is not None and promised <= since:  # what came due while recovery was off is not made up for
        return None
    left = same_method_budget(situation, rules, max(promised, situation.rest_until(now)))
    if left.earliest_at is None or left.earliest_at > ends_at(situation, rules):
        return None
    why = f"The customer promised to pay on {spoken_day(promised, situation.zone)}: nothing is charged or sent before."
    step = Promised(situation.promised_on).key
    return Planned(step, Do.CHARGE, left.earliest_at, "", "", f"{rules.name}.promise", why)


# ── by the strategy ──


def strategy_for(situation: Situation, rules: Rules) -> Strategy:
    """What the rules say about the latest kind of failure of a card, or of a bank debit."""
    debits = rules.debits if is_debit(situation.brand) else {}
    return debits.get(situation.family) or rules.charges[situation.family]


def charged_before(situation: Situation) -> int:
    """How many of our scheduled charges are behind us, skipped ones too."""
    return len(_numbers(situation))


def _numbers(situation: Situation) -> list[int]:
    """The numbers of our scheduled charges that are behind us: not all of them, where one was dropped or came late."""
    steps = (read(done.step) for done in situation.done)
    return [step.number for step in steps if isinstance(step, Scheduled)]


def why_never_by_itself(situation: Situation) -> str:
    """Why a further try on the same method is of no use, however long one waits; empty where time may help."""
    kind, means = situation.family, situation.means
    if situation.needs_authentication and kind not in NOT_BY_ITSELF:
        kind = Family.AUTHENTICATION
    if kind == Family.BLOCKED:
        return f"{_stopped(situation)}: {_only_helps(HEALS[kind], means)}."
    if kind in NOT_BY_ITSELF:
        return f"{for_merchant(kind, means)}: {_only_helps(HEALS[kind], means)}."
    refused = situation.refused
    if refused and refused.heals != Heals.TIME:
        return f"Stripe refused to try ({refused.code}): {_only_helps(refused.heals, means)}."
    return ""


def _stopped(situation: Situation) -> str:
    """By whom at Stripe, and what it cost: what no bank was asked used up none of the networks' tries."""
    latest = next((attempt for attempt in reversed(situation.attempts) if attempt.outcome == Tried.BLOCKED), None)
    decline = latest.decline if latest else situation.decline
    asked = "after the bank had agreed" if latest and latest.counts else "no bank was asked, and no try used up"
    return f"Blocked by {stopped_by((decline and decline.code) or '')} ({asked})"


def why_no_schedule(situation: Situation, rules: Rules) -> str:
    """Why nothing is charged on a schedule at all; empty where something may be."""
    useless = why_never_by_itself(situation)
    if useless:
        return useless
    if strategy_for(situation, rules).cadence == Cadence.NEVER:
        kind = for_merchant(situation.family, situation.means)
        return f"{kind}: the rules {rules.name} charge nothing on a schedule after it."
    if charged_before(situation) >= rules.max_charges:
        return f"All {rules.max_charges} scheduled charges were made."
    return ""


def _only_helps(heals: Heals, means: Means) -> str:
    """Why the same is not tried again, as a clause."""
    method = NAMES[means]
    if heals == Heals.CUSTOMER:
        return f"only the customer can confirm the payment, so the same {method} is not charged again"
    if heals == Heals.RECEIVER:
        return "it was sent to be paid by its receiver, so nothing is ever charged for it"
    if heals == Heals.MERCHANT:
        return "somebody must look at it at Stripe, so it is not asked again"
    if means == Means.NONE:
        return "only a new payment method helps, and there is nothing to charge until then"
    new = method if means == Means.CARD else "payment method"
    return f"only another {new} or corrected details help, so the same {method} is not charged again"


def ends_at(situation: Situation, rules: Rules) -> datetime:
    """The end of the window: the last instant for a scheduled charge."""
    return day_after(situation.dunned_from, rules.window_days, situation.zone)


def _slots(situation: Situation, rules: Rules) -> Iterator[Slot]:
    """Every instant the strategy asks for, from the failure on, in order."""
    strategy, opened = strategy_for(situation, rules), situation.dunned_from
    relayed = relay.days(situation, rules, ends_at(situation, rules))
    if relayed is not None and strategy.cadence != Cadence.NEVER:
        first = local_day(opened, situation.zone)
        yield from (Slot(at, f"day {(local_day(at, situation.zone) - first).days}") for at in relayed)
        return
    match strategy.cadence:
        case Cadence.NEVER:
            return
        case Cadence.DAYS:
            for day in strategy.numbers:
                yield Slot(day_after(opened, day, situation.zone), f"day {day}")
        case Cadence.HOURS:
            for hours in strategy.numbers:
                yield Slot(opened + hours * HOUR, f"{spoken_span(hours)} after the failure")
        case Cadence.PAYDAYS:
            for at, name in paydays(opened, ends_at(situation, rules), strategy.numbers[0], situation.zone):
                yield Slot(at, name)


def asks_for_the_same(situation: Situation, rules: Rules, others: Rules) -> bool:
    """Whether two sets of rules ask for charges of the case at the same instants."""
    mine, theirs = ([slot.at for slot in _slots(situation, each)] for each in (rules, others))
    return mine == theirs


def _wanted(situation: Situation, rules: Rules, advice: Advice | None) -> list[Slot]:
    """The strategy's instants, or the advised ones up to the strategy's own last."""
    slots = list(_slots(situation, rules))
    if advice is None or advice.charge_at is None or not slots:
        return slots
    return [Slot(at, "the advised time") for at in sorted(set(advice.charge_at)) if at <= slots[-1].at]


def _open_slots(situation: Situation, rules: Rules, advice: Advice | None, start: datetime) -> list[Slot]:
    """The instants no try has used up yet. Those already past become one, now: a try missed is made up for once.

    Nothing is made up for from before recovery was on, or before other rules came.
    """
    begun = max(at for at in (situation.dunned_from, situation.live_since, situation.rules_since) if at)
    used = max((begun, *situation.tries, *_skipped(situation)))
    fresh = [slot for slot in _wanted(situation, rules, advice) if slot.at > used]
    late = [slot for slot in fresh if slot.at <= start]
    due = [Slot(start, late[-1].name)] if late else []
    return due + [slot for slot in fresh if slot.at > start]


def _skipped(situation: Situation) -> Iterator[datetime]:
    return (done.at for done in situation.charges if not done.happened)


def _scheduled(situation: Situation, rules: Rules, advice: Advice | None, now: datetime) -> Iterator[Planned]:
    return (step for step in _weighed(situation, rules, advice, now) if isinstance(step, Planned))


def slots_passed_over(situation: Situation, rules: Rules, now: datetime) -> tuple[PassedOver, ...]:
    """The instants of the strategy still ahead at which nothing is going to be charged."""
    if not situation.may_charge or situation.processing or why_no_schedule(situation, rules):
        return ()
    return tuple(step for step in _weighed(situation, rules, None, now) if isinstance(step, PassedOver))


def _weighed(
    situation: Situation, rules: Rules, advice: Advice | None, now: datetime
) -> Iterator[Planned | PassedOver]:
    """Each open instant of the strategy in order: the charge it becomes, or why it becomes none."""
    end, instead = ends_at(situation, rules), list[str]()
    slots = _open_slots(situation, rules, advice, situation.rest_until(now))
    number = max(_numbers(situation), default=0)  # the highest, not the count: a number is never given twice
    left = rules.max_charges - charged_before(situation)
    for slot, following in zip_longest(slots, [later.at for later in slots[1:]]):
        if left <= 0:
            return
        verdict = allowed(situation, rules, slot.at)
        if verdict.at is None or verdict.at > end or (following and verdict.at >= following):
            instead.append(f"{spoken_time(slot.at, situation.zone)} ({slot.name}) was passed over: {verdict.why}")
            yield PassedOver(slot, verdict.why, verdict.rule or WINDOW)
            continue
        number, left = number + 1, left - 1
        why, rule = _reason(situation, rules, advice, slot)
        why += _moved(situation, slot, verdict)
        yield Planned(Scheduled(number).key, Do.CHARGE, verdict.at, "", "", rule, why, tuple(instead))
        situation, instead = _tried(situation, verdict.at), []


def passed_over(situation: Situation, rules: Rules, now: datetime) -> Iterator[str]:
    """Why each open instant of the strategy may not be used, where none of them may."""
    for slot in _open_slots(situation, rules, None, situation.rest_until(now)):
        verdict = allowed(situation, rules, slot.at)
        yield f"{spoken_time(slot.at, situation.zone)} ({slot.name}): {verdict.why}"


@dataclass(frozen=True, slots=True)
class Refused:
    """An instant at which the rules would charge and a network's rule does not allow it. until: None for good."""

    at: datetime
    rule: str
    why: str
    until: datetime | None


def refused_by_network(situation: Situation, rules: Rules, now: datetime) -> Iterator[Refused]:
    """The strategy's instants still to come that a network's rule, or a debit's scheme, keeps from being used."""
    if why_no_schedule(situation, rules):
        return
    for slot in _open_slots(situation, rules, None, situation.rest_until(now)):
        left = same_method_budget(situation, rules, slot.at)
        if not left.allowed:
            yield Refused(slot.at, left.rule, left.why, left.earliest_at)


def _reason(situation: Situation, rules: Rules, advice: Advice | None, slot: Slot) -> tuple[str, str]:
    """Why this instant, and the id of the rule that says so."""
    strategy, kind = strategy_for(situation, rules), situation.family
    if advice is not None and advice.charge_at is not None:
        return f"{for_merchant(kind, situation.means)}: {advice.why}", f"{rules.name}.{kind}.advised"
    if relay.days(situation, rules, ends_at(situation, rules)) is not None:
        why = f"{for_merchant(kind, situation.means)}: {relay.why(situation)}; this is {slot.name}."
        return why, f"{rules.name}.{kind}.relay"
    return _why(situation, strategy, slot), f"{rules.name}.{kind}.{strategy.name}"


def _moved(situation: Situation, slot: Slot, verdict: Verdict) -> str:
    if verdict.at is None or verdict.at - slot.at < timedelta(minutes=1):  # a worker's few seconds are no news
        return ""
    return f" Moved from {spoken_time(slot.at, situation.zone)}: {verdict.why}"


def _why(situation: Situation, strategy: Strategy, slot: Slot) -> str:
    failure = for_merchant(situation.family, situation.means)
    if strategy.cadence == Cadence.PAYDAYS:
        return f"{failure}: tries fall on paydays (the 1st, the 15th, the next Friday); this one is {slot.name}."
    if strategy.cadence == Cadence.DAYS:
        return f"{failure}: tries fall on days {_listed(strategy.numbers)}; this is {slot.name}."
    return f"{failure}: tries follow {_listed(strategy.numbers, spoken_span)} after the failure; this is {slot.name}."


def _listed(numbers: Sequence[int], spoken: Callable[[int], str] = str) -> str:
    words = [spoken(number) for number in numbers]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
