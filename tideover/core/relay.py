"""The relay: while Stripe tries by itself ours wait, and go on after its last. What Stripe does is read, never set."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median_low
from typing import Final

from tideover.core.choices import Coexistence, Rules
from tideover.core.declines import Heals
from tideover.core.methods import is_debit
from tideover.core.networks import By
from tideover.core.situation import Situation
from tideover.core.timing import day_after, local_day

# Until when Stripe goes on by its default, once it has begun: only to show the days that are likely. While it announces
# another try ours wait, however late that is; once it announces none, its last try counts, however early that was.
DEFAULT_END_DAY: Final = 14
DEFAULT_DAYS: Final = (1, 3, 5, 7, 9, 11, 13, 14)  # eight tries in two weeks; which days, Stripe decides each time


@dataclass(frozen=True, slots=True)
class StripesTries:
    """What is known of Stripe's own retries of an invoice. until: its last, or the likely one while it goes on."""

    until: datetime
    goes_on: bool


def stripes_tries(situation: Situation) -> StripesTries | None:
    """None where Stripe does not retry the invoice at all."""
    theirs = [try_.at for try_ in situation.attempts if try_.by == By.STRIPE and not try_.elsewhere]
    retries = [at for at in theirs if at > situation.opened_at]
    announced = situation.stripe_next_attempt_at
    if announced is not None:
        default_end = day_after(situation.opened_at, DEFAULT_END_DAY, situation.zone)
        return StripesTries(max(announced, default_end), goes_on=True)
    return StripesTries(max(retries), goes_on=False) if retries else None


@dataclass(frozen=True, slots=True)
class Foreseen:
    """A try of Stripe's own that is ahead. announced: Stripe says so; else it mostly tries on that day."""

    at: datetime
    announced: bool


def foreseen(situation: Situation, habit: Sequence[int], now: datetime) -> Iterator[Foreseen]:
    """What is known of Stripe's tries to come: the one that it announces, then the days of its habit.

    It announces tries where time does not help, too, and does not make them: there nothing more is taken for likely.
    """
    announced = situation.stripe_next_attempt_at
    if announced is None:
        return
    if announced > now:
        yield Foreseen(announced, announced=True)
    if situation.heals != Heals.TIME or is_debit(situation.brand):
        return
    likely = (day_after(situation.opened_at, day, situation.zone) for day in habit)
    last = local_day(max(announced, now), situation.zone)
    yield from (Foreseen(at, announced=False) for at in likely if local_day(at, situation.zone) > last)


def days(situation: Situation, rules: Rules, end: datetime) -> list[datetime] | None:
    """Our instants after Stripe's tries; None where Stripe does not retry, or there is no relay for it."""
    relayed = rules.relay and rules.coexistence == Coexistence.COEXIST and not is_debit(situation.brand)
    theirs = stripes_tries(situation) if relayed else None
    if theirs is None:
        return None
    ours = [day_after(theirs.until, day, situation.zone) for day in rules.relay]
    return [at for at in ours if at <= end]


def why(situation: Situation) -> str:
    """What a try in the relay is for, as a clause."""
    theirs = stripes_tries(situation)
    if theirs and theirs.goes_on:
        return "Stripe itself still tries: ours are kept for the days after its last, by its default of two weeks"
    return "Stripe itself tries no more: ours go on after its last"


def typical_days(failures: Sequence[Sequence[int]]) -> tuple[int, ...]:
    """Stripe's habit, from the days of its tries after each of some failures: as many tries as most have, each on the
    day on which it mostly falls.
    """
    count = median_low([len(days) for days in failures])
    columns = ([days[place] for days in failures if len(days) > place] for place in range(count))
    return tuple(sorted({median_low(column) for column in columns}))
