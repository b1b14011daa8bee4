"""The next 28 days of a payment that fails now: what the planner would do, beside what it does by the live rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from tideover.core.catalogue import Consequence, channel_label, template_label
from tideover.core.choices import Rules
from tideover.core.declines import Family, for_merchant
from tideover.core.editing.differences import particulars
from tideover.core.editing.drafts import Draft
from tideover.core.editing.rehearsal import Kind, Mark, failed_now, rehearse
from tideover.core.methods import Means
from tideover.core.planner import explain
from tideover.core.settings.conditions import Condition, unmet
from tideover.core.situation import Situation
from tideover.core.steps import Written, read
from tideover.core.timing import is_business_day, local_day
from tideover.recovery.telling.habits import Habit

DAYS: Final = 28
WEEK: Final = 7


@dataclass(frozen=True, slots=True)
class Dot:
    """A mark as it is drawn. look: what kind, and whether it is changed here or only stands in the live rules."""

    look: str
    words: str
    number: int = 0
    word: str = ""


@dataclass(frozen=True, slots=True)
class Day:
    """One day: what Stripe does on it, what we charge, what we write."""

    number: int
    date: date
    is_weekend: bool
    stripes: Sequence[Dot]
    charges: Sequence[Dot]
    messages: Sequence[Dot]
    end: str = ""

    @property
    def starts_week(self) -> bool:
        return self.number % WEEK == 0


@dataclass(frozen=True, slots=True)
class Figure:
    """A sum below the days, and what it was by the live rules; `was` is empty where it is the same."""

    label: str
    value: str
    was: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Calendar:
    """Everything that is drawn for one kind of failure. refused: what stands in the way of a charge, day by day."""

    family: Family
    label: str
    days: Sequence[Day]
    figures: Sequence[Figure]
    refused: Sequence[str]
    later: int
    is_wrong: bool
    habit: Habit
    why_none: str


@dataclass(frozen=True, slots=True)
class Account:
    """What of an account the days depend on."""

    zone: ZoneInfo
    habit: Habit
    may_charge: bool


def calendar(live: Rules, draft: Draft, family: Family, account: Account, now: datetime) -> Calendar:
    """The days of a failure of this kind."""
    situation = failed_now(family, account.zone, now, may_charge=account.may_charge)
    before, after = (_side(situation, rules, account.habit.days) for rules in (live, draft.rules))
    today = local_day(now, account.zone)
    days = [_day(number, today + timedelta(days=number), before, after) for number in range(DAYS + 1)]
    return Calendar(
        family,
        for_merchant(family, Means.CARD),
        days,
        _figures(draft.rules, before.marks, after.marks, account.zone),
        [mark.why for mark in after.marks if mark.kind == Kind.PASSED],
        sum(mark.day > DAYS and mark.kind in {Kind.CHARGE, Kind.MESSAGE} for mark in after.marks),
        draft.is_wrong(f"charges.{family}"),
        account.habit,
        _why_none(situation, draft.rules, now),
    )


def _why_none(situation: Situation, rules: Rules, now: datetime) -> str:
    if situation.is_overdue:
        return " ".join(explain(situation, rules, now))
    return "" if situation.may_charge else "Observe mode: nothing is charged; only the messages go out."


@dataclass(frozen=True, slots=True)
class _Side:
    """What rules do: the marks, and why messages of some days are not for such a failure."""

    rules: Rules
    marks: Sequence[Mark]
    silent: Mapping[int, str]

    def on(self, day: int, kind: Kind) -> list[Mark]:
        return [mark for mark in self.marks if mark.day == day and mark.kind == kind]

    def only(self, mark: Mark) -> str:
        """When, to whom and for which payments a message goes out, in words."""
        written = read(mark.step.step) if mark.step else None
        steps = dict(self.rules.numbered)
        return particulars(steps[written.number]) if isinstance(written, Written) else ""

    def name(self, mark: Mark) -> tuple[str, ...]:
        """What makes a message another one."""
        step = mark.step
        said = (step.template, step.tone, step.channel, self.only(mark)) if step else ()
        return said if mark.kind == Kind.MESSAGE else ()

    def words(self, mark: Mark) -> str:
        if mark.kind == Kind.CHARGE:
            return f"Our charge, try number {mark.number}" if mark.number else "Our charge"
        step, only = mark.step, self.only(mark)
        said = f"{channel_label(step.channel)} “{template_label(step.template)}”, {step.tone}" if step else ""
        return f"{said}, {only}" if only else said


def _side(situation: Situation, rules: Rules, stripes_days: Sequence[int]) -> _Side:
    """Of what a message is only for, the kind of failure is drawn; the payment may be of any amount and price."""
    steps = [replace(step, only=Condition(step.only.families)) for step in rules.messages]
    drawn = replace(rules, messages=tuple(steps))
    silent = {
        step.day: f"The message of day {step.day}: {why}" for step in steps if (why := unmet(step.only, situation))
    }
    return _Side(rules, rehearse(situation, drawn, stripes_days), silent)


def _day(number: int, day: date, before: _Side, after: _Side) -> Day:
    passed = [Dot("passed", mark.why) for mark in after.on(number, Kind.PASSED)][:1]
    silent = [Dot("passed", why) for at, why in after.silent.items() if at == number]
    return Day(
        number,
        day,
        not is_business_day(day),
        [_theirs(mark) for kind in (Kind.FAILED, Kind.DUE, Kind.STRIPE) for mark in after.on(number, kind)],
        list(_lane(number, before, after, Kind.CHARGE)) or passed,
        list(_lane(number, before, after, Kind.MESSAGE)) or silent,
        _end(number, after.rules),
    )


def _theirs(mark: Mark) -> Dot:
    if mark.kind == Kind.FAILED:
        return Dot("fails", "The payment fails")
    if mark.kind == Kind.DUE:
        return Dot("fails", "The invoice is due")
    return Dot("stripe", f"Stripe's own try, number {mark.number}", mark.number)


def _lane(day: int, before: _Side, after: _Side, kind: Kind) -> Iterator[Dot]:
    """What falls on the day now; and dashed, what the live rules do on it alone."""
    known = [before.name(mark) for mark in before.on(day, kind)]
    for mark in after.on(day, kind):
        changed = "" if after.name(mark) in known else " changed"
        words = f"{after.words(mark)}{', changed here' if changed else ''}"
        yield Dot(f"{kind}{changed}", words, mark.number, _tone(mark))
    stays = [after.name(mark) for mark in after.on(day, kind)]
    yield from (
        Dot(f"{kind} gone", f"{before.words(mark)}, by the live rules alone", 0, _tone(mark))
        for mark in before.on(day, kind)
        if before.name(mark) not in stays
    )


def _tone(mark: Mark) -> str:
    return mark.step.tone.capitalize() if mark.step else ""


def _end(number: int, rules: Rules) -> str:
    if rules.consequence != Consequence.NONE and number == rules.consequence_day:
        return f"{rules.consequence.capitalize()}, day {number}"
    return f"The window ends, day {number}" if number == min(rules.window_days, DAYS + 1) else ""


def _figures(rules: Rules, before: Sequence[Mark], after: Sequence[Mark], zone: ZoneInfo) -> Sequence[Figure]:
    tries, charges, messages = (
        [str(sum(mark.kind in kinds for mark in marks)) for marks in (after, before)]
        for kinds in ({Kind.STRIPE, Kind.CHARGE}, {Kind.CHARGE}, {Kind.MESSAGE})
    )
    over = [_over(marks, zone) for marks in (after, before)]
    return [
        _figure("Tries by anyone", tries, f"you allow {rules.most_retries}"),
        _figure("Our charges", charges, f"at most {rules.max_charges}"),
        _figure("Messages", messages, "at most one a day"),
        _figure("Given up", over, f"{rules.grace_hours} hours after the last step"),
    ]


def _figure(label: str, values: Sequence[str], hint: str) -> Figure:
    now, was = values
    return Figure(label, now, "" if now == was else was, hint)


def _over(marks: Sequence[Mark], zone: ZoneInfo) -> str:
    closing = next((mark for mark in marks if mark.kind == Kind.CLOSE), None)
    return f"{closing.at.astimezone(zone):%b %-d}, day {closing.day}" if closing else "never"
