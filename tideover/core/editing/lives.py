"""A failed payment lived through with the planner itself: its own steps, and what others do at their own times."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from tideover.core.case import State
from tideover.core.charging import PassedOver, slots_passed_over
from tideover.core.choices import Rules
from tideover.core.conversation import Joined, Said, ToCome, Waits, turn
from tideover.core.declines import family, leading
from tideover.core.networks import Attempt, By
from tideover.core.outcomes import FAILED_TRIES, Tried, Word
from tideover.core.planner import plan
from tideover.core.presentment import SCHEMES
from tideover.core.situation import DoneStep, Planned, Situation
from tideover.core.steps import CHARGES, MESSAGES, Key
from tideover.core.timing import DAY, local_day

# A worker charges a little later than it is due, and a busy or silent world puts it off for a while.
IS_OURS: Final = timedelta(hours=6)
A_WHILE: Final = timedelta(minutes=10)  # until a message that waits for another is looked at again
LOOKS_BACK: Final = 60 * DAY  # as far as the invoices of one customer are one conversation
_MOST_MOMENTS: Final = 300  # far more than any rules and any bank make of one failure


class Kind(StrEnum):
    """What a mark tells of."""

    FAILED = "failed"
    DUE = "due"  # an invoice that nobody charges
    STRIPE = "stripe"
    CUSTOMER = "customer"
    CHARGE = "charge"
    MESSAGE = "message"
    JOINED = "joined"  # a message that another one speaks for
    PASSED = "passed"  # an instant of the strategy at which nothing is charged
    CLOSE = "close"


TRIES: Final = frozenset({Kind.STRIPE, Kind.CUSTOMER, Kind.CHARGE})


@dataclass(frozen=True, slots=True)
class Mark:
    """What falls on a day. number: of a try, counted over everybody's since the failure. step: of ours.

    rule: of a step, or what stands in its way. tried: the try that was really made then; None where none is known.
    """

    day: int
    at: datetime
    kind: Kind
    why: str = ""
    number: int = 0
    step: Planned | None = None
    rule: str = ""
    tried: Attempt | None = None


@dataclass(frozen=True, slots=True)
class Story:
    """What others do after the failure. Where nothing is known of it, nothing.

    tries: everybody else's, on this invoice and, marked so, elsewhere on its card.
    ours: what was really charged by us, which tells what a charge at such a time came to.
    announced: the try that Stripe has announced last and did not make. ends_at: it was paid or closed then.
    """

    tries: tuple[Attempt, ...] = ()
    ours: tuple[Attempt, ...] = ()
    announced: datetime | None = None
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Moment:
    """What comes next in a life: a try of somebody else's, or a step of ours."""

    at: datetime
    tried: Attempt | None = None
    step: Planned | None = None


@dataclass(slots=True, eq=False)
class Life:
    """One failed payment, lived up to `now`. number: of its invoice. marks: what has happened.

    said: each message, and which of the customer's other payments it told of.
    """

    situation: Situation
    rules: Rules
    story: Story
    number: str = ""
    marks: list[Mark] = field(default_factory=list)
    said: list[tuple[datetime, Sequence[Life]]] = field(default_factory=list)
    _now: datetime = field(init=False)
    _ahead: list[Attempt] = field(init=False)
    _ours: list[Attempt] = field(init=False)
    _put_off: dict[Key, datetime] = field(init=False, default_factory=dict)
    _steps: tuple[Planned, ...] = field(init=False, default=())

    def __post_init__(self) -> None:
        self._now, self._ours = self.situation.opened_at, list(self.story.ours)
        self._ahead = sorted((part for tried in self.story.tries for part in _by_and_by(tried)), key=_known_at)
        first = next((each for each in self.situation.attempts if not each.elsewhere), None)
        self._mark(Mark(0, self._now, Kind.DUE if self.situation.is_overdue else Kind.FAILED, tried=first))
        self._foresee()

    # ── what comes next ──

    def following(self) -> Moment | None:
        """None where nothing comes any more."""
        if self.situation.state != State.FAILING:
            return None
        step, theirs = min(self._steps, key=self._due, default=None), self._ahead[0] if self._ahead else None
        if theirs and (step is None or theirs.known_at <= self._due(step)):
            moment = Moment(max(theirs.known_at, self._now), tried=theirs)
        elif step:
            moment = Moment(self._due(step), step=step)
        else:
            return None
        return moment if self._comes(moment) else None

    def _comes(self, moment: Moment) -> bool:
        """Whether it is not over by then. A try at the very end is what ended it: no step of ours comes with it."""
        ended_it = moment.tried is not None and moment.at == self.story.ends_at
        return ended_it or not self._is_over(moment.at)

    def _due(self, step: Planned) -> datetime:
        return max(step.at, self._put_off.get(step.step, step.at))

    def _is_over(self, at: datetime) -> bool:
        return self.story.ends_at is not None and self.story.ends_at <= at

    def is_open(self, at: datetime) -> bool:
        """Whether it fails at that time, and nothing of it is under way."""
        failing = self.situation.state == State.FAILING and not self.situation.processing
        return failing and self.situation.opened_at <= at and not self._is_over(at)

    # ── what happens ──

    def live(self, moment: Moment, others: Sequence[Life] = ()) -> None:
        """Let it happen. others: of the same customer and currency."""
        before, self._now = self._now, moment.at
        self._pass(before, moment.at)
        if moment.tried:
            self._hear(self._ahead.pop(0))
        elif moment.step and moment.step.do in MESSAGES:
            self._write(moment.step, others)
        elif moment.step and moment.step.do in CHARGES:
            self._charge(moment.step)
        elif moment.step:
            self._mark(_of_step(Kind.CLOSE, moment.at, moment.step))
            self.situation = replace(self.situation, state=State.ABANDONED)
        self._foresee()

    def _pass(self, before: datetime, until: datetime) -> None:
        """The instants that have gone by without a charge, as it was known before them."""
        for passed in slots_passed_over(self.situation, self.rules, before):
            if before < passed.slot.at <= until:
                self._mark(Mark(0, passed.slot.at, Kind.PASSED, _sentence(passed), rule=passed.rule))

    def _hear(self, tried: Attempt) -> None:
        if tried.by != By.US and not tried.elsewhere and tried.outcome != Tried.PROCESSING:
            kind = Kind.CUSTOMER if tried.by == By.CUSTOMER else Kind.STRIPE
            self._mark(Mark(0, tried.known_at, kind, tried=tried))
        self.situation = heard(self.situation, tried)

    def _charge(self, step: Planned) -> None:
        """It came to what a real one of ours at that time came to; else it is taken to have failed as the last did."""
        real = next((each for each in self._ours if step.at <= each.at < step.at + IS_OURS), None)
        if real:
            self._ours.remove(real)
        tried = real or _failing_as_before(self.situation, step.at)
        self._now = max(self._now, tried.at)
        self._mark(_of_step(Kind.CHARGE, tried.at, step, real))
        self._did(step, tried.at, Word.DECLINED)
        now, *later = _by_and_by(tried)
        self.situation = heard(self.situation, now)
        self._ahead = sorted([*self._ahead, *later], key=_known_at)

    def _write(self, step: Planned, others: Sequence[Life]) -> None:
        if step.step in self._put_off and not self._is_wanted(step):
            return
        match self._turn(others):
            case Waits(until):
                self._put_off[step.step] = min(max(until, self._now + A_WHILE), self._now + DAY)
            case Joined(invoice):
                why = f"The message about invoice {invoice} tells of this one, too."
                self._mark(replace(_of_step(Kind.JOINED, self._now, step), why=why))
                self._did(step, self._now, Word.JOINED)
            case None:
                self._mark(_of_step(Kind.MESSAGE, self._now, step))
                self.said.append((self._now, [each for each in others if each.is_open(self._now)]))
                self._did(step, self._now, Word.SENT)

    def _is_wanted(self, step: Planned) -> bool:
        """Whether the plan has it still, after it waited for another."""
        planned = plan(self.situation, self.rules, None, self._now)
        return any(each.step == step.step and each.at <= self._now for each in planned)

    def _turn(self, others: Sequence[Life]) -> Joined | Waits | None:
        """As the customer's conversation has it: core.conversation."""
        near = [each for each in others if each.situation.opened_at > self._now - LOOKS_BACK]
        said = [Said(at, each.number, each.is_older(self), self in told) for each in near for at, told in each.said]
        older = [each for each in near if each.is_older(self) and each.is_open(self._now)]
        to_come = [ToCome(at, each.number) for each in older if (at := each.next_message_at()) is not None]
        return turn(said, to_come, told=bool(self.said) or any(each.told for each in said), now=self._now)

    def next_message_at(self) -> datetime | None:
        """When it is written about next."""
        return min((self._due(step) for step in self._steps if step.do in MESSAGES), default=None)

    def is_older(self, other: Life) -> bool:
        """Whether it failed before the other."""
        return (self.situation.opened_at, self.number) < (other.situation.opened_at, other.number)

    def _did(self, step: Planned, at: datetime, word: Word) -> None:
        done = DoneStep(step.step, step.do, at, str(word), step.template, step.tone)
        self.situation = replace(self.situation, done=(*self.situation.done, done))

    def _foresee(self) -> None:
        """Stripe announces its next try, and the plan is made anew."""
        theirs = [
            each.at for each in self._ahead if each.by == By.STRIPE and not each.elsewhere and each.at > self._now
        ]
        announced = min(theirs, default=self.story.announced)
        self.situation = replace(self.situation, stripe_next_attempt_at=announced)
        self._steps = plan(self.situation, self.rules, None, self._now)

    def _mark(self, mark: Mark) -> None:
        first, day = (local_day(at, self.situation.zone) for at in (self.situation.opened_at, mark.at))
        self.marks.append(replace(mark, day=(day - first).days))


def _of_step(kind: Kind, at: datetime, step: Planned, tried: Attempt | None = None) -> Mark:
    return Mark(0, at, kind, step.why, step=step, rule=step.rule, tried=tried)


def live_together(lives: Sequence[Life], until: datetime | None = None) -> None:
    """The failed payments of one customer to their ends, or until then: of several one message speaks for all."""
    for _ in range(_MOST_MOMENTS * len(lives)):
        coming = [(moment.at, place, moment) for place, each in enumerate(lives) if (moment := each.following())]
        at, place, moment = min(coming, default=(None, 0, None), key=lambda each: each[:2])
        if at is None or moment is None or (until is not None and at >= until):
            return
        mine = lives[place]
        currency = mine.situation.amount.currency
        mine.live(moment, [each for each in lives if each is not mine and each.situation.amount.currency == currency])


def in_order(marks: Iterable[Mark]) -> tuple[Mark, ...]:
    """By time, each try with its number over everybody's."""
    number, counted = 0, list[Mark]()
    for mark in sorted(marks, key=lambda mark: mark.at):
        number += mark.kind in TRIES
        counted.append(replace(mark, number=number) if mark.kind in TRIES else mark)
    return tuple(counted)


def heard(situation: Situation, tried: Attempt) -> Situation:
    """The case once this try is known: of a debit first that it is under way, then what it came to."""
    before = [each for each in situation.attempts if not (each.outcome == Tried.PROCESSING and each.at == tried.at)]
    attempts = (*before, tried)
    under_way = any(each.outcome == Tried.PROCESSING for each in attempts if not each.elsewhere)
    known = replace(situation, attempts=attempts, processing=under_way)
    if tried.elsewhere or tried.outcome not in FAILED_TRIES:
        return known
    on_file = tried.fingerprint or situation.fingerprint
    kinds = [family(each.decline) for each in attempts if each.decline and _is_of(each, on_file)]
    return replace(
        known, decline=tried.decline, family=leading(kinds), brand=tried.brand or situation.brand, fingerprint=on_file
    )


def _is_of(tried: Attempt, card: str | None) -> bool:
    """Whether it failed on the card on file, as far as anyone knows."""
    same = card is None or tried.fingerprint in {None, card}
    return same and not tried.elsewhere and tried.outcome in FAILED_TRIES


def _failing_as_before(situation: Situation, at: datetime) -> Attempt:
    """What is taken of a try of which nothing is known; the bank sends a debit back days later."""
    scheme = SCHEMES.get(situation.brand or "")
    told = situation.decline, situation.fingerprint, situation.brand
    return Attempt(
        at, By.US, situation.amount, Tried.DECLINED, *told, returned_at=at + scheme.answers if scheme else None
    )


def _by_and_by(tried: Attempt) -> Sequence[Attempt]:
    """As it became known: a debit is under way first."""
    if tried.known_at == tried.at or tried.elsewhere:
        return [tried]
    return [replace(tried, outcome=Tried.PROCESSING, decline=None, returned_at=None), tried]


def _known_at(tried: Attempt) -> datetime:
    return tried.known_at


def _sentence(passed: PassedOver) -> str:
    return f"{passed.slot.name[0].upper()}{passed.slot.name[1:]} is passed over: {passed.why}"
