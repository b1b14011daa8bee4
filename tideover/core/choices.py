"""A merchant's choices as frozen data that cannot be made wrong: when to charge, what to write, where to stop."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from tideover.core.catalogue import TEMPLATES, Channel, Consequence, Template, Tone
from tideover.core.declines import HEALS, NOT_BY_ITSELF, Family, Heals, for_merchant
from tideover.core.methods import Means
from tideover.core.settings.conditions import ALWAYS, Condition, contradictions
from tideover.core.timing import SendingHours
from tideover.core.ways.readers import WORDS, Role


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


class FinalAction(StrEnum):
    """What we do at Stripe once every step was taken in vain, where the invoice is ours to collect."""

    LEAVE = "leave"
    CANCEL = "cancel"
    PAUSE = "pause"
    UNCOLLECTIBLE = "uncollectible"


class AfterTrial(StrEnum):
    """By which preset the first charge after a trial is recovered: the same rules, or one of `core.presets`."""

    SAME = "same"
    RELAY = "relay"
    TUNED = "tuned"
    RECOVER = "recover"
    REVGUARD = "revguard"
    PAYMENTRESCUE = "paymentrescue"
    WINDBACK = "windback"


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one choice, in a sentence.

    field: a key of CHOICES; behind a point the family, or the place of a message from 1. repair: what could stand there
    instead, as it is typed; empty where nobody can know.
    """

    field: str
    text: str
    repair: str = ""

    def __str__(self) -> str:
        return self.text


class BadRules(ValueError):  # noqa: N818 - what they are
    """These rules cannot be followed. `problems` says what is wrong, choice by choice."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(" ".join(problem.text for problem in problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Strategy:
    """When to charge again after one kind of failure. `name` is part of every decision's rule id."""

    name: str
    cadence: Cadence
    numbers: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class MessageStep:
    """One message: days after the failure, the template, the tone and the channel.

    number: by which it is known in every version of the rules, also after it was moved; 0: by its place.
    only: which failed payments it is for. hour: of the customer's clock; None: the time of day of the failure.
    reader: who gets it in the customer's place, where there is such a one.
    """

    day: int
    template: Template
    tone: Tone
    channel: Channel = Channel.EMAIL
    number: int = 0
    only: Condition = ALWAYS
    hour: int | None = None
    reader: Role | None = None


# The widest that is allowed: in the United States 8:00 to 21:00 (47 CFR 64.1200(c)(1)), and elsewhere hardly more.
MOST_HOURS: Final[Mapping[Channel, SendingHours]] = {Channel.SMS: SendingHours(8, 21)}
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
    final_action: what is done at Stripe then, where we take over; elsewhere Stripe does what its own settings say.
    after_trial: whose days and messages the first charge after a trial gets (core.trials).
    chase_overdue: invoices that are sent to be paid by their receivers open a case once they are past their due date.
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
    chase_overdue: bool = False
    final_action: FinalAction = FinalAction.LEAVE
    after_trial: AfterTrial = AfterTrial.SAME

    def __post_init__(self) -> None:
        problems = tuple(_problems(self))
        if problems:
            raise BadRules(problems)

    @property
    def takes_over(self) -> bool:
        """Whether Stripe is to collect an invoice no more by itself once it has failed."""
        return self.coexistence == Coexistence.TAKE_OVER

    @property
    def ends_with(self) -> FinalAction:
        """What is done at Stripe at the end: nothing where Stripe's own settings decide."""
        return self.final_action if self.takes_over else FinalAction.LEAVE

    def hours_of(self, channel: Channel) -> SendingHours:
        """When messages go by this channel: a text message wakes people, so laws keep it to fewer hours of the day."""
        mine, most = self.sending, MOST_HOURS.get(channel)
        if most is None:
            return mine
        opens, closes = max(mine.opens, most.opens), min(mine.closes, most.closes)
        return (
            replace(mine, opens=opens, closes=closes)
            if opens < closes
            else replace(mine, opens=most.opens, closes=most.closes)
        )

    @property
    def numbered(self) -> tuple[tuple[int, MessageStep], ...]:
        """Each message with the number by which it is known."""
        return tuple((step.number or place, step) for place, step in enumerate(self.messages, 1))


_NAME: Final = re.compile(r"[a-z][a-z0-9_-]{0,39}")


def is_a_name(word: str) -> bool:
    """Whether rules may be called so."""
    return bool(_NAME.fullmatch(word))


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing a merchant chooses: its words on the page, in the docs and by command.

    effect: what it does, in a line. least, most, unit, bounds: of a number, and the sentence on what it may be.
    """

    label: str
    effect: str
    least: int = 0
    most: int = 0
    unit: str = ""
    bounds: str = ""

    @property
    def is_number(self) -> bool:
        return bool(self.bounds)


# Every choice there is, by its name in Rules: the form, the command, the checks and the docs are made from it.
CHOICES: Final[Mapping[str, Choice]] = {
    "name": Choice("Name", "What these rules are called, in the reason of each step."),
    "charges": Choice("Charges", "When a card is charged again, for each kind of failure."),
    "debits": Choice("Bank debits", "When a bank debit is presented again, where it is not as a card is charged."),
    "coexistence": Choice("Beside Stripe's own tries", "Whether Stripe goes on trying beside us."),
    "final_action": Choice(
        "At the end, where we take over",
        "What is done at Stripe once every step was taken in vain, and the grace is over.",
    ),
    "relay": Choice(
        "Days after Stripe's last try",
        "Where Stripe retries, ours fall on these days after its last try. Empty: on their own days.",
    ),
    "stripe_clear_hours": Choice(
        "Distance to Stripe's next try", "Ours waits if Stripe's own is nearer.", 0, 72, "hours",
        "The distance to Stripe's own tries is 0 to 72 hours",
    ),
    "charge_new_card": Choice(
        "Charge a new card at once", "When a card is added, replaced or renewed, the open invoice is charged."
    ),
    "max_charges": Choice(
        "Max retries", "A new card's charge is not counted.", 1, 10, "of ours in one case",
        "Max retries is 1 to 10 per failed payment",
    ),
    "most_retries": Choice(
        "Tries by anyone", "After the first, on one card and invoice. Stripe's own count, too.", 1, 14, "in 30 days",
        "Everybody's retries on one card are 1 to 14 in 30 days: the networks allow no more",
    ),
    "min_gap_hours": Choice(
        "Gap", "From a scheduled try to any before it, Stripe's too.", 1, 168, "hours between tries",
        "The gap between charges is 1 to 168 hours",
    ),
    "window_days": Choice("Window", "No charge and no message after it.", 1, 60, "days", "The window is 1 to 60 days"),
    "grace_hours": Choice(
        "Grace", "From the last step until the case is given up.", 1, 720, "hours",
        "The grace before a case is given up is 1 to 720 hours",
    ),
    "messages": Choice("Messages", "At most one a day to one person."),
    "sending": Choice(
        "Sending hours", "On the customer's own clock. What falls outside waits for the next opening."
    ),
    "weekends": Choice("Also on weekends", "Off: Friday evening's message goes out on Monday."),
    "holidays": Choice(
        "Also on holidays",
        "Off: what falls on a public holiday of the customer's country waits for the next day. Known for 16 countries.",
    ),
    "psychology": Choice(
        "Persuasive wording", "Says what the customer would lose; never what is not true. Off: the plain words."
    ),
    "chase_overdue": Choice(
        "Chase overdue invoices",
        "Invoices you send to be paid by hand get these messages from their due date on. Nothing is charged for them.",
    ),
    "after_trial": Choice(
        "First charge after a trial", "Whose days of charging, messages and window it gets. All else is as chosen here."
    ),
    "consequence": Choice(
        "If nobody pays, access is", "What your own app or Stripe does then. Messages threaten nothing else."
    ),
    "consequence_day": Choice(
        "Consequence on day", "Days after the failure.", 1, 365, "", "The consequence falls on day 1 to 365"
    ),
}  # fmt: skip
NUMBERS: Final = tuple(name for name, choice in CHOICES.items() if choice.is_number and name != "consequence_day")
FREE: Final = tuple(kind for kind in Family if kind not in NOT_BY_ITSELF)  # of which the merchant decides


def _problems(rules: Rules) -> Iterator[Problem]:
    if not is_a_name(rules.name):
        yield Problem("name", "The name is 1 to 40 small letters, digits, _ or -, and starts with a letter.")
    for name in NUMBERS:
        yield from _number_problems(name, getattr(rules, name))
    for kind in Family:
        if kind in rules.charges:
            yield from _strategy_problems(f"charges.{kind}", kind, rules.charges[kind], rules.window_days)
        else:
            yield Problem(f"charges.{kind}", f"There is no charge strategy for {kind}.")
        if kind in rules.debits:
            yield from _strategy_problems(f"debits.{kind}", kind, rules.debits[kind], rules.window_days)
    yield from _relay_problems(rules)
    yield from _message_problems(rules)
    yield from _hour_problems(rules)


def _number_problems(name: str, number: int) -> Iterator[Problem]:
    choice = CHOICES[name]
    if not choice.least <= number <= choice.most:
        yield Problem(name, f"{choice.bounds}, not {number}.", str(min(max(number, choice.least), choice.most)))


def _relay_problems(rules: Rules) -> Iterator[Problem]:
    if list(rules.relay) != _rising(rules.relay, rules.window_days):
        yield Problem(
            "relay",
            f"The relay's days must rise from at least 1 to at most {rules.window_days}.",
            _typed(_rising(rules.relay, rules.window_days)),
        )


def _rising(numbers: Iterable[int], most: int) -> list[int]:
    """Those of the numbers that may stand there, in order, each once."""
    return sorted({number for number in numbers if 1 <= number <= most})


def _typed(numbers: Iterable[int]) -> str:
    return ", ".join(str(number) for number in numbers)


def _strategy_problems(name: str, kind: Family, strategy: Strategy, window_days: int) -> Iterator[Problem]:
    numbers, cadence, failure = strategy.numbers, strategy.cadence, f"“{for_merchant(kind, Means.CARD)}”"
    if kind in NOT_BY_ITSELF and cadence != Cadence.NEVER:
        yield Problem(name, f"After {failure} time alone does not help: its strategy must be never.")
    if not is_a_name(strategy.name):
        yield Problem(name, f"The strategy after {failure} needs a name of small letters, digits, _ or -.")
    if cadence == Cadence.NEVER and numbers:
        yield Problem(name, f"The strategy after {failure} is never and has days all the same.")
    if cadence == Cadence.PAYDAYS and not (len(numbers) == 1 and 0 <= numbers[0] <= 23):
        yield Problem(name, f"The paydays after {failure} need one hour from 0 to 23.", "9")
    if cadence in {Cadence.DAYS, Cadence.HOURS}:
        most = window_days * (24 if cadence == Cadence.HOURS else 1)
        rising = _rising(numbers, most)
        if not numbers or list(numbers) != rising:
            yield Problem(
                name, f"The {cadence} after {failure} must rise from at least 1 to at most {most}.", _typed(rising)
            )


def _message_problems(rules: Rules) -> Iterator[Problem]:
    before = -1
    for place, step in enumerate(rules.messages, 1):
        if not before < step.day <= rules.window_days:
            text = f"The messages' days must rise from 0 or later to at most {rules.window_days}."
            yield Problem(f"messages.{place}", text)
        if not TEMPLATES[step.template].in_sequence:
            text = f"The template {step.template.value!r} cannot be a step of a sequence."
            yield Problem(f"messages.{place}", text)
        yield from _condition_problems(rules, place, step.only)
        yield from _recipient_problems(place, step)
        before = max(before, step.day)
    numbers = [number for number, _ in rules.numbered]
    if len(set(numbers)) != len(numbers) or min(numbers, default=1) < 1:
        yield Problem("messages", "Each message needs a number of its own, from 1.")


def _condition_problems(rules: Rules, place: int, only: Condition) -> Iterator[Problem]:
    for found in contradictions(only, silent(rules)):
        yield Problem(f"messages.{place}.{found.part}", found.text)
    if only.after_trial and rules.after_trial != AfterTrial.SAME:
        text = f"The first charge after a trial goes by {rules.after_trial}: this message never goes out for one."
        yield Problem(f"messages.{place}.after_trial", text)


def _recipient_problems(place: int, step: MessageStep) -> Iterator[Problem]:
    if step.hour is not None and not 0 <= step.hour <= 23:
        yield Problem(f"messages.{place}.hour", "The hour of a message is 0 to 23.")
    if step.reader == Role.OTHER:
        yield Problem(
            f"messages.{place}.reader", "A message goes to the customer, their billing contact, owner or admin."
        )
    elif step.reader and step.channel != Channel.EMAIL:
        text = f"A text message goes to the customer: of their {WORDS[step.reader]} an e-mail address is known."
        yield Problem(f"messages.{place}.reader", text)


def silent(rules: Rules) -> Mapping[Family, str]:
    """The kinds of failure after which nobody is written to, each with why."""
    told = {kind: "only you can help there." for kind in Family if HEALS[kind] == Heals.MERCHANT}
    return told if rules.chase_overdue else {**told, Family.OVERDUE: "these rules chase no overdue invoices."}


def _hour_problems(rules: Rules) -> Iterator[Problem]:
    if not 0 <= rules.sending.opens < rules.sending.closes <= 24:
        yield Problem("sending", "The sending hours must open before they close, between 0 and 24.")
    if (rules.consequence == Consequence.NONE) != (rules.consequence_day is None):
        repair = str(rules.window_days) if rules.consequence_day is None else ""
        yield Problem("consequence_day", "A stated consequence needs its day, and a day needs its consequence.", repair)
    elif rules.consequence_day is not None:
        yield from _number_problems("consequence_day", rules.consequence_day)
