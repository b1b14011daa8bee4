"""A promise to pay: which days may be promised, and what becomes of a promise. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from tideover.core.case import WHY_AT_REST, State
from tideover.core.charging import as_promised, ends_at, why_never_by_itself
from tideover.core.choices import Rules
from tideover.core.facts import Learnt
from tideover.core.limits import same_method_budget
from tideover.core.outcomes import Word, word_of
from tideover.core.situation import HOUR, PROMISED_HOUR, Situation
from tideover.core.steps import Promised
from tideover.core.timing import DAY, FRIDAY, local_day, on_wall, spoken_day

MOST_SUGGESTED: Final = 3
WAGES_COME_ON: Final = (1, 15)
A_PLAN_STANDS: Final = "A payment plan stands: its parts have their days."
LATE: Final = HOUR  # so much later than planned a charge may go out, and must still fall into the window


@dataclass(frozen=True, slots=True)
class Limits:
    """How far ahead a payer may promise, in days from when they first chose one, and how often in one case."""

    days: int
    times: int


@dataclass(frozen=True, slots=True)
class Days:
    """The days that may be promised, by the payer's calendar: each from the first to the last."""

    first: date
    last: date

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last

    @property
    def suggested(self) -> tuple[date, ...]:
        """A few at one touch: days on which wages tend to be there, else the first."""
        days = [self.first + number * DAY for number in range((self.last - self.first).days + 1)]
        likely = [day for day in days if day.day in WAGES_COME_ON or day.weekday() == FRIDAY]
        return tuple(likely[:MOST_SUGGESTED]) or (self.first,)


@dataclass(frozen=True, slots=True)
class NoDay:
    """No day may be promised; why, in a sentence for the merchant."""

    why: str


def choosable(situation: Situation, rules: Rules, now: datetime, limits: Limits | None, made: int) -> Days | NoDay:
    """The days that may be promised. limits: of a payer; None for the merchant. made: promises so far in this case."""
    no = _why_never(situation, limits, made)
    if no:
        return NoDay(no)
    first, last = local_day(now, situation.zone) + DAY, _last_day(situation, rules, now, limits)
    alone = replace(situation, stripe_next_attempt_at=None)  # Stripe's own tries will be held
    left = same_method_budget(alone, rules, on_wall(first, PROMISED_HOUR, situation.zone))
    if left.earliest_at is None:
        return NoDay(left.why)
    first = max(first, _first_day_from(left.earliest_at, situation))
    if first > last:
        too_late = f"No day is left before the window ends on {spoken_day(ends_at(situation, rules), situation.zone)}."
        return NoDay(too_late if left.allowed else left.why)
    return Days(first, last)


def _why_never(situation: Situation, limits: Limits | None, made: int) -> str:
    """Why nothing can be charged on whichever day; empty where something may be."""
    if situation.state != State.FAILING:
        return f"This case is {situation.state}: there is nothing to promise."
    if not situation.may_charge:
        return "This account is connected in observe mode: Tideover charges nothing, so no day can be promised."
    if waits := _what_stands(situation):
        return waits
    if situation.rest:
        why = WHY_AT_REST[situation.rest]
        return f"{why[0].upper()}{why[1:]}."
    if limits is not None and made >= limits.times and situation.promised_on is None:
        return _NO_MORE if made else _NEVER
    return why_never_by_itself(situation)


_CAME_BACK: Final = "The debit came back after the invoice was paid: Stripe takes no charge for it any more."
_NO_MORE: Final = "A day was promised before in this case, and a payer may promise no other."
_NEVER: Final = "By the settings of this project a payer may promise no day."


def _what_stands(situation: Situation) -> str:
    """What is waited for already; empty where nothing is."""
    if situation.came_back:
        return _CAME_BACK
    if situation.plan:
        return A_PLAN_STANDS
    return "A bank debit is under way: wait for the bank's answer." if situation.processing else ""


def _last_day(situation: Situation, rules: Rules, now: datetime, limits: Limits | None) -> date:
    """The last day whose charge falls into the window, and that is not further ahead than a payer may promise."""
    end = ends_at(situation, rules)
    last = local_day(end, situation.zone)
    if on_wall(last, PROMISED_HOUR, situation.zone) + LATE > end:
        last -= DAY
    if limits is None:
        return last
    since = situation.promised_since if situation.promised_on else None  # who moves the day gains no other weeks
    return min(last, local_day(since or now, situation.zone) + limits.days * DAY)


def _first_day_from(at: datetime, situation: Situation) -> date:
    """The first day whose charge goes out at this instant or later."""
    day = local_day(at, situation.zone)
    return day if on_wall(day, PROMISED_HOUR, situation.zone) >= at else day + DAY


@dataclass(frozen=True, slots=True)
class Ending:
    """What became of a promise: the fact, and the reason as a clause."""

    kind: Learnt
    why: str = ""


# What came of the promised charge: by the bank's no the promise is broken. Of other words it is nobody's fault.
SAID_NO: Final = (Word.DECLINED, Word.NEEDS_AUTHENTICATION, Word.AUTHENTICATION, Word.PROCESSING, Word.BLOCKED)
NOT_KNOWN_YET: Final = (Word.PAID, Word.CLAIMED, Word.GAVE_UP)


def ending_of(situation: Situation, rules: Rules, now: datetime) -> Ending | None:
    """How the promise that stands has ended by now; None where it goes on."""
    if situation.promised_on is None:
        return None
    if situation.state == State.RECOVERED:
        return Ending(Learnt.PROMISE_KEPT)
    if situation.processing and situation.state == State.FAILING:
        return None
    key = Promised(situation.promised_on).key
    done = next((done for done in situation.done if done.step == key), None)
    if done is not None and situation.state == State.FAILING:
        return _after_the_charge(word_of(done.outcome))
    why = _why_off(situation, rules, now)
    return Ending(Learnt.PROMISE_OFF, why) if why else None


def _why_off(situation: Situation, rules: Rules, now: datetime) -> str:
    """Why a promise whose charge is still to come stands no more, as a clause; empty where it does."""
    if situation.state != State.FAILING:
        return "the case has ended"
    if situation.plan:
        return "a payment plan was agreed instead"
    if situation.rest:
        return WHY_AT_REST[situation.rest]
    if not situation.may_charge:
        return "nothing may be charged in this account any more"
    return "" if as_promised(situation, rules, now) else "the charge of that day cannot be made any more"


def _after_the_charge(word: Word | None) -> Ending | None:
    if word in SAID_NO:
        return Ending(Learnt.PROMISE_BROKEN, "the charge of that day did not go through")
    if word is None or word in NOT_KNOWN_YET:
        return None
    return Ending(Learnt.PROMISE_OFF, "the charge of that day was not made")
