"""What differs between two versions of the rules, in words for who reads them side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tideover.core.catalogue import Consequence, channel_label, template_label
from tideover.core.choices import (
    CHOICES,
    NUMBERS,
    AfterTrial,
    Cadence,
    Coexistence,
    FinalAction,
    MessageStep,
    Rules,
    Strategy,
)
from tideover.core.declines import Family, for_merchant
from tideover.core.editing.sequences import pairs
from tideover.core.methods import Means
from tideover.core.settings import conditions
from tideover.core.ways.readers import WORDS


@dataclass(frozen=True, slots=True)
class Difference:
    """One choice that is another one. field: as a problem names it. was: what stood there, in words."""

    field: str
    text: str
    was: str

    def __str__(self) -> str:
        return self.text


def differences(before: Rules, after: Rules) -> tuple[Difference, ...]:
    """Every choice that differs, in the order of CHOICES; empty where the rules are the same."""
    found = (difference for look in _LOOKS.values() for difference in look(before, after))
    order = list(CHOICES)
    return tuple(sorted(found, key=lambda each: order.index(each.field.partition(".")[0])))


def in_words(strategy: Strategy) -> str:
    """When a strategy charges: "days 2, 4 and 6", "hours 3 and 24", "paydays at 9:00", "never"."""
    match strategy.cadence:
        case Cadence.NEVER:
            return "never"
        case Cadence.PAYDAYS:
            return f"paydays at {strategy.numbers[0]}:00"
    return _numbers(str(strategy.cadence).removesuffix("s"), strategy.numbers)


def _numbers(unit: str, numbers: Sequence[int]) -> str:
    words = [str(number) for number in numbers]
    return f"{unit} {words[0]}" if len(words) == 1 else f"{unit}s {', '.join(words[:-1])} and {words[-1]}"


def _after(kind: Family) -> str:
    words = for_merchant(kind, Means.CARD)
    return f"“{words[0].lower()}{words[1:]}”"


def _charges(before: Rules, after: Rules) -> Iterator[Difference]:
    for kind in Family:
        old, new = before.charges[kind], after.charges[kind]
        if _when(old) != _when(new):
            yield Difference(f"charges.{kind}", f"charge {_changed(old, new)} after {_after(kind)}", in_words(old))


def _when(strategy: Strategy) -> tuple[Cadence, tuple[int, ...]]:
    """What counts: the same days under another name are the same."""
    return strategy.cadence, strategy.numbers


def _changed(old: Strategy, new: Strategy) -> str:
    """The days that came, and those that went."""
    unit = str(new.cadence).removesuffix("s")
    if old.cadence != new.cadence or new.cadence not in {Cadence.DAYS, Cadence.HOURS}:
        return f"{_on(new)} instead of {_on(old)}"
    came = [number for number in new.numbers if number not in old.numbers]
    gone = [number for number in old.numbers if number not in new.numbers]
    if came and gone:
        return f"on {_numbers(unit, came)} instead of {_numbers(unit, gone)}"
    return f"also on {_numbers(unit, came)}" if came else f"no more on {_numbers(unit, gone)}"


def _on(strategy: Strategy) -> str:
    return "never" if strategy.cadence == Cadence.NEVER else f"on {in_words(strategy)}"


def _debits(before: Rules, after: Rules) -> Iterator[Difference]:
    for kind in Family:
        old, new = before.debits.get(kind), after.debits.get(kind)
        if (old and _when(old)) != (new and _when(new)):
            was, now = (in_words(each) if each else "as a card is charged" for each in (old, new))
            yield Difference(f"debits.{kind}", f"bank debits after {_after(kind)}: {now} instead of {was}", was)


def _messages(before: Rules, after: Rules) -> Iterator[Difference]:
    for old, new in pairs(before.messages, after.messages):
        text = _message_changed(old, new)
        if text:
            place = f".{after.messages.index(new) + 1}" if new else ""
            yield Difference(f"messages{place}", text, _message(old) if old else "")


def _message_changed(old: MessageStep | None, new: MessageStep | None) -> str:
    if old is None or new is None:
        return f"{_message(new)} is new" if new else f"no {_message(old)} any more" if old else ""
    if _said(old) == _said(new):
        return "" if old.day == new.day else f"{_said(new)} on day {new.day} instead of day {old.day}"
    return f"on day {new.day} {_said(new)} instead of {_said(old)}{'' if old.day == new.day else f' on day {old.day}'}"


def _said(step: MessageStep) -> str:
    about = ", ".join(filter(None, [str(step.tone), particulars(step)]))
    return f"{channel_label(step.channel).lower()} “{template_label(step.template)}” ({about})"


def particulars(step: MessageStep) -> str:
    """When of the day it goes out, to whom, and for which payments, where that is said: "at 10:00, to the owner"."""
    hour = "" if step.hour is None else f"at {step.hour}:00"
    reader = f"to the {WORDS[step.reader]}" if step.reader else ""
    return ", ".join(filter(None, [hour, reader, conditions.in_words(step.only)]))


def _message(step: MessageStep | None) -> str:
    return message_in_words(step) if step else ""


def message_in_words(step: MessageStep) -> str:
    """As in "email “Reminder” (gentle, at 10:00) on day 3"."""
    return f"{_said(step)} on day {step.day}"


def _plain(before: Rules, after: Rules) -> Iterator[Difference]:
    for name in NUMBERS:
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            unit = f" {CHOICES[name].unit}" if CHOICES[name].unit else ""
            yield Difference(name, f"{_label(name)}: {new} instead of {old}{unit}", str(old))
    for name in ("charge_new_card", "psychology", "chase_overdue"):
        yield from _switched(name, old=getattr(before, name), new=getattr(after, name))
    yield from _switched("weekends", old=before.sending.weekends, new=after.sending.weekends)
    yield from _switched("holidays", old=before.sending.holidays, new=after.sending.holidays)
    if before.name != after.name:
        yield Difference("name", f"called {after.name} instead of {before.name}", before.name)


def _switched(name: str, *, old: bool, new: bool) -> Iterator[Difference]:
    if old != new:
        yield Difference(name, f"{_label(name)}: {'on' if new else 'off'}", "on" if old else "off")


def _label(name: str) -> str:
    label = CHOICES[name].label
    return f"{label[0].lower()}{label[1:]}"


WAYS: Final[Mapping[Coexistence, str]] = {
    Coexistence.COEXIST: "Stripe goes on trying beside us",
    Coexistence.TAKE_OVER: "we take over from Stripe",
}


ENDS: Final[Mapping[FinalAction, str]] = {
    FinalAction.LEAVE: "everything at Stripe stays as it is",
    FinalAction.CANCEL: "the subscription is canceled",
    FinalAction.PAUSE: "the subscription's collection is paused",
    FinalAction.UNCOLLECTIBLE: "the invoice is marked as uncollectible",
}


def _others(before: Rules, after: Rules) -> Iterator[Difference]:
    if before.coexistence != after.coexistence:
        was = WAYS[before.coexistence]
        yield Difference("coexistence", f"{WAYS[after.coexistence]}; before, {was}", was)
    if before.relay != after.relay:
        old, new = (_numbers("day", each.relay) if each.relay else "none" for each in (before, after))
        yield Difference("relay", f"{_label('relay')}: {new} instead of {old}", old)
    old, new = (f"{each.sending.opens}:00 to {each.sending.closes}:00" for each in (before, after))
    if old != new:
        yield Difference("sending", f"{_label('sending')}: {new} instead of {old}", old)
    if before.after_trial != after.after_trial:
        was = _trial(before)
        yield Difference("after_trial", f"{_label('after_trial')}: {_trial(after)} instead of {was}", was)
    if before.final_action != after.final_action:
        was = ENDS[before.final_action]
        yield Difference("final_action", f"at the end {ENDS[after.final_action]} instead of {was}", was)
    was, now = _consequence(before), _consequence(after)
    if was != now:
        yield Difference("consequence", f"if nobody pays: {now} instead of {was}", was)


def _trial(rules: Rules) -> str:
    return "as all others" if rules.after_trial == AfterTrial.SAME else f"by {rules.after_trial}"


def _consequence(rules: Rules) -> str:
    return "nothing" if rules.consequence == Consequence.NONE else f"{rules.consequence} on day {rules.consequence_day}"


# One look for each choice, or for those that are alike.
_LOOKS: Final[Mapping[str, Callable[[Rules, Rules], Iterator[Difference]]]] = {
    "charges": _charges,
    "debits": _debits,
    "messages": _messages,
    "plain": _plain,
    "others": _others,
}
