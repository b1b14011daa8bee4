"""A merchant's choices as frozen data that cannot be made wrong: when to charge, what to write, where to stop."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from tideover.core.catalogue import TEMPLATES, Channel, Consequence, Template, Tone
from tideover.core.declines import NOT_BY_ITSELF, Family
from tideover.core.timing import SendingHours


class Cadence(StrEnum):
    """How the numbers of a strategy are meant."""

    NEVER = "never"
    DAYS = "days"  # days after the failure, at its local time of day
    HOURS = "hours"  # hours that have passed since the failure
    PAYDAYS = "paydays"  # each 1st and 15th and the next Friday; the one number is the local hour


class Coexistence(StrEnum):
    """How to live with Stripe's own retries."""

    COEXIST = "coexist"
    TAKE_OVER = "take_over"


class BadRules(ValueError):  # noqa: N818 - what they are
    """These rules cannot be followed. `problems` says what is wrong, a sentence each."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__(" ".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Strategy:
    """When to charge again after one kind of failure. `name` is part of every decision's rule id."""

    name: str
    cadence: Cadence
    numbers: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class MessageStep:
    """One message: days after the failure, the template, the tone and the channel."""

    day: int
    template: Template
    tone: Tone
    channel: Channel = Channel.EMAIL


NEVER: Final = Strategy("never", Cadence.NEVER)


@dataclass(frozen=True)
class Rules:
    """Everything a merchant decides about recovery. Raises BadRules where it makes no sense.

    charges: a strategy for every family. debits: another one for a bank debit, where a family has one; any other is
    presented again as a card is charged, as far as its scheme allows.
    max_charges: our scheduled tries in one case (CN-31).
    min_gap_hours: between a scheduled try and any try before it, by anyone.
    most_retries: tries by anyone on one invoice and card in 30 days, after the first.
    charge_new_card: charge at once when a card is attached, replaced or renewed.
    stripe_clear_hours: how far to keep from Stripe's own next try. relay: where Stripe retries beside us, how many days
    after its last try ours are, in place of the strategies' own; empty for no relay. Of no meaning where we take over.
    grace_hours: from the end of the plan to giving up.
    """

    name: str
    charges: Mapping[Family, Strategy]
    messages: tuple[MessageStep, ...]
    window_days: int
    max_charges: int = 6
    min_gap_hours: int = 24
    most_retries: int = 8
    charge_new_card: bool = True
    coexistence: Coexistence = Coexistence.COEXIST
    stripe_clear_hours: int = 24
    relay: tuple[int, ...] = ()
    sending: SendingHours = field(default_factory=SendingHours)
    consequence: Consequence = Consequence.NONE
    consequence_day: int | None = None
    psychology: bool = True
    grace_hours: int = 24
    debits: Mapping[Family, Strategy] = field(default_factory=dict)

    def __post_init__(self) -> None:
        problems = tuple(_problems(self))
        if problems:
            raise BadRules(problems)


_NAME: Final = re.compile(r"[a-z][a-z0-9_-]{0,39}")
BOUNDS: Final[Mapping[str, tuple[int, int, str]]] = {
    "window_days": (1, 60, "The window is 1 to 60 days"),
    "max_charges": (1, 10, "Max retries is 1 to 10 per failed payment"),
    "min_gap_hours": (1, 168, "The gap between charges is 1 to 168 hours"),
    "most_retries": (1, 14, "Everybody's retries on one card are 1 to 14 in 30 days: the networks allow no more"),
    "stripe_clear_hours": (0, 72, "The distance to Stripe's own tries is 0 to 72 hours"),
    "grace_hours": (1, 720, "The grace before a case is given up is 1 to 720 hours"),
}


def _problems(rules: Rules) -> Iterator[str]:
    if not _NAME.fullmatch(rules.name):
        yield "The name is 1 to 40 small letters, digits, _ or -, and starts with a letter."
    for name, (least, most, sentence) in BOUNDS.items():
        number = getattr(rules, name)
        if not least <= number <= most:
            yield f"{sentence}, not {number}."
    for kind in Family:
        if kind in rules.charges:
            yield from _strategy_problems(kind, rules.charges[kind], rules.window_days)
        else:
            yield f"There is no charge strategy for {kind}."
        if kind in rules.debits:
            yield from _strategy_problems(kind, rules.debits[kind], rules.window_days)
    yield from _relay_problems(rules)
    yield from _message_problems(rules)
    yield from _hour_problems(rules)


def _relay_problems(rules: Rules) -> Iterator[str]:
    if list(rules.relay) != sorted(set(rules.relay)) or not all(1 <= day <= rules.window_days for day in rules.relay):
        yield f"The relay's days must rise from at least 1 to at most {rules.window_days}."


def _strategy_problems(kind: Family, strategy: Strategy, window_days: int) -> Iterator[str]:
    numbers, cadence = strategy.numbers, strategy.cadence
    if kind in NOT_BY_ITSELF and cadence != Cadence.NEVER:
        yield f"After {kind} time alone does not help: its strategy must be never."
    if not _NAME.fullmatch(strategy.name):
        yield f"The strategy for {kind} needs a name of small letters, digits, _ or -."
    if cadence == Cadence.NEVER and numbers:
        yield f"The strategy for {kind} is never and has days all the same."
    if cadence == Cadence.PAYDAYS and not (len(numbers) == 1 and 0 <= numbers[0] <= 23):
        yield f"The paydays for {kind} need one hour from 0 to 23."
    if cadence in {Cadence.DAYS, Cadence.HOURS}:
        most = window_days * (24 if cadence == Cadence.HOURS else 1)
        if not numbers or list(numbers) != sorted(set(numbers)) or numbers[0] < 1 or numbers[-1] > most:
            yield f"The {cadence} for {kind} must rise from at least 1 to at most {most}."


def _message_problems(rules: Rules) -> Iterator[str]:
    days = [step.day for step in rules.messages]
    if days != sorted(set(days)) or (days and not 0 <= days[0] <= days[-1] <= rules.window_days):
        yield f"The messages' days must rise from 0 or later to at most {rules.window_days}."
    for step in rules.messages:
        if not TEMPLATES[step.template].in_sequence:
            yield f"The template {step.template.value!r} cannot be a step of a sequence."


def _hour_problems(rules: Rules) -> Iterator[str]:
    if not 0 <= rules.sending.opens < rules.sending.closes <= 24:
        yield "The sending hours must open before they close, between 0 and 24."
    if (rules.consequence == Consequence.NONE) != (rules.consequence_day is None):
        yield "A stated consequence needs its day, and a day needs its consequence."
    elif rules.consequence_day is not None and not 1 <= rules.consequence_day <= 365:
        yield "The consequence falls on day 1 to 365."
