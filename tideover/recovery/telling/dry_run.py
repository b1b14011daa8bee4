"""Rules that nobody has saved against what failed in the last month: what they would do more, fewer, or otherwise.

Each payment is lived through twice, by the rules of the newest version and by these: recovery.telling.backtest.
Nothing is written, sent or charged.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

from tideover.core.catalogue import Channel
from tideover.core.choices import MessageStep, Rules
from tideover.core.editing.lives import Mark
from tideover.core.editing.sequences import numbered_after
from tideover.core.steps import Copied, Written, read
from tideover.core.timing import local_day
from tideover.flow.alone import alone
from tideover.mirror.models import Payment
from tideover.recovery.places import zone
from tideover.recovery.telling.backtest import Backtest, Relived
from tideover.recovery.telling.past import Whose, whose_of

DAYS: Final = 30
MOST: Final = 100  # payments that a page lives through twice: about two seconds of work
MOST_BY_COMMAND: Final = 2000
EXAMPLES: Final = 5
AT_ONCE: Final = MOST  # all of a page with one reading
GONE: Final = "These rules have no such message."
NOT_BY_THEN: Final = "By these rules it would not have gone out by now, or before the payment ended."


@dataclass(frozen=True, slots=True)
class Compared:
    """So many by the live rules, and so many by these."""

    before: int
    after: int

    @property
    def more(self) -> int:
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class Change:
    """A message that becomes another thing for one customer: what it was and what it becomes; None: there is none."""

    step: MessageStep
    was: Mark | None
    becomes: Mark | None
    why: str


@dataclass(frozen=True, slots=True)
class Example:
    """A payment with what changes for it."""

    row: Relived
    changes: Sequence[Change]
    charges: Compared


@dataclass(slots=True)
class Sums:
    """What rules would have done with all payments.

    steps: messages by their number. days: of the project's zone. written_to: the customers.
    """

    charges: int = 0
    steps: Counter[int] = field(default_factory=Counter)
    channels: Counter[Channel] = field(default_factory=Counter)
    days: Counter[tuple[date, Channel]] = field(default_factory=Counter)
    written_to: set[Whose] = field(default_factory=set)

    def add(self, row: Relived, place: ZoneInfo) -> None:
        self.charges += len(row.charges)
        for mark in row.messages:
            self.written_to.add(whose_of(row.failure.first))
            if mark.step:
                self.steps[_number(mark)] += 1
                self.channels[mark.step.channel] += 1
                self.days[local_day(mark.at, place), mark.step.channel] += 1


@dataclass(slots=True)
class DryRun:
    """What these rules would have changed. more: there were more payments than were looked at."""

    found: Backtest
    rules: Rules
    more: bool = False
    looked_at: int = 0
    changed: int = 0
    before: Sums = field(default_factory=Sums)
    after: Sums = field(default_factory=Sums)
    examples: list[Example] = field(default_factory=list)

    @property
    def steps(self) -> Mapping[int, MessageStep]:
        """The messages of both by their number; one that both have, as these have it."""
        return dict(self.found.past.rules.numbered) | dict(self.rules.numbered)

    @property
    def charges(self) -> Compared:
        return Compared(self.before.charges, self.after.charges)

    @property
    def silenced(self) -> int:
        """To how many customers the live rules would have written, and these not at all."""
        return len(self.before.written_to - self.after.written_to)

    @property
    def by_channel(self) -> Sequence[tuple[Channel, Compared]]:
        """Messages by each channel that either uses."""
        old, new = self.before.channels, self.after.channels
        return [(each, Compared(old[each], new[each])) for each in Channel if old[each] or new[each]]

    @property
    def by_step(self) -> Sequence[tuple[MessageStep, Compared]]:
        """Each message of the rules, by its day."""
        old, new = self.before.steps, self.after.steps
        steps = sorted(self.steps.items(), key=lambda each: each[1].day)
        return [(step, Compared(old[number], new[number])) for number, step in steps]

    @property
    def by_day(self) -> Sequence[tuple[date, Channel, Compared]]:
        """The days on which another number of messages would have gone out by a channel."""
        old, new = self.before.days, self.after.days
        days = sorted({*old, *new})
        return [
            (day, channel, Compared(old[day, channel], new[day, channel]))
            for day, channel in days
            if old[day, channel] != new[day, channel]
        ]

    def add(self, before: Relived, after: Relived) -> None:
        """Count one payment in."""
        place = zone(self.found.project.time_zone)
        self.looked_at += 1
        self.before.add(before, place)
        self.after.add(after, place)
        changes = tuple(self._changes(before, after))
        charges = Compared(len(before.charges), len(after.charges))
        if changes or charges.more:
            self.changed += 1
            self.examples = [*self.examples, Example(after, changes, charges)][:EXAMPLES]

    def _changes(self, before: Relived, after: Relived) -> Iterator[Change]:
        old, new, steps = _by_number(before), _by_number(after), self.steps
        reasons = [*(why for mark in after.marks if mark.step for why in mark.step.instead), *after.silent]
        for number in sorted({*old, *new} & set(steps), key=lambda number: steps[number].day):
            was, becomes, step = old.get(number), new.get(number), steps[number]
            if not (was and becomes and _said(was) == _said(becomes)):
                yield Change(step, was, becomes, becomes.why if becomes else self._why_gone(number, reasons))

    def _why_gone(self, number: int, reasons: Sequence[str]) -> str:
        own = dict(self.rules.numbered)
        if number not in own:
            return GONE
        about = f"The message of day {own[number].day} "
        return next((why for why in reasons if why.startswith(about)), NOT_BY_THEN)


def _by_number(row: Relived) -> dict[int, Mark]:
    return {_number(mark): mark for mark in row.messages}


def _number(mark: Mark) -> int:
    """Of a message of the sequence; 0 of any other."""
    step = read(mark.step.step) if mark.step else None
    return step.number if isinstance(step, Written | Copied) else 0


def _said(mark: Mark) -> tuple[object, ...]:
    step = mark.step
    return (mark.at, step.template, step.tone, step.channel) if step else ()


def dry_run(found: Backtest, rules: Rules, most: int = MOST) -> DryRun:
    """What these rules would have changed for the latest so many payments of a back-test by the live ones."""
    edited = numbered_after(rules, [found.past.rules])
    others = replace(found, past=replace(found.past, rules=edited))
    firsts = list(found.firsts()[: most + 1])
    run = DryRun(found, edited, more=len(firsts) > most)
    for start in range(0, min(len(firsts), most), AT_ONCE):
        for before, after in _both(found, others, firsts[start : min(start + AT_ONCE, most)]):
            run.add(before, after)
    return run


def _both(found: Backtest, others: Backtest, firsts: Sequence[Payment]) -> list[tuple[Relived, Relived]]:
    """Each by both rules. One by one where that breaks: an odd one is left out, and no other."""
    with alone("backtest.broke", payments=len(firsts)):
        around = found.around(firsts)
        return list(zip(found.lived(firsts, around), others.lived(firsts, around), strict=True))
    if len(firsts) > 1:
        return [pair for first in firsts for pair in _both(found, others, [first])]
    found.odd.update(first.pk for first in firsts)
    return []
