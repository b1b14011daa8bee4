"""How each choice of the rules is asked for, and what was typed as the JSON of rules."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.forms import Field

from tideover.core.catalogue import CHANNELS, TEMPLATES, Consequence, Tone
from tideover.core.choices import CHOICES, AfterTrial, Cadence, Coexistence, FinalAction, MessageStep, Strategy
from tideover.core.editing.differences import WAYS
from tideover.core.ways.readers import WORDS, Role
from tideover.dashboard.forms import fields
from tideover.dashboard.forms.fields import Option, Said
from tideover.dashboard.rules import only

AS_CARDS: Final = "as_cards"  # a bank debit is presented as a card is charged
CADENCES: Final = (
    (Cadence.DAYS, "Days"),
    (Cadence.HOURS, "Hours"),
    (Cadence.PAYDAYS, "Paydays"),
    (Cadence.NEVER, "Never"),
)
SEQUENCE: Final = tuple((kind.value, about.label) for kind, about in TEMPLATES.items() if about.in_sequence)
ROLES: Final = tuple(role for role in Role if role != Role.OTHER)
TONES: Final = tuple((tone.value, tone.value.capitalize()) for tone in Tone)
CONSEQUENCES: Final = tuple(
    (each.value, "Not changed by it" if each == Consequence.NONE else each.value.capitalize()) for each in Consequence
)
WAY_HINTS: Final[Mapping[Coexistence, str]] = {
    Coexistence.COEXIST: "Ours keep their distance from Stripe's own, or come on the days after its last.",
    Coexistence.TAKE_OVER: "Stripe goes on with a failed invoice no more: neither its tries nor its own end come.",
}
TRIALS: Final = tuple((each.value, "As all others" if each == AfterTrial.SAME else f"By {each}") for each in AfterTrial)
ENDINGS: Final[Mapping[FinalAction, str]] = {
    FinalAction.LEAVE: "Leave everything as it is",
    FinalAction.CANCEL: "Cancel the subscription",
    FinalAction.PAUSE: "Pause the subscription's collection",
    FinalAction.UNCOLLECTIBLE: "Mark the invoice as uncollectible",
}


def said(name: str, **more: Any) -> Said:  # noqa: ANN401 - as the field takes them
    """The words of a choice."""
    choice = CHOICES[name]
    return {"label": choice.label, "help_text": choice.effect, **more}  # type: ignore[typeddict-item]


def number(name: str, **more: Any) -> Field:  # noqa: ANN401 - as the field takes them
    """A whole number with its unit and bounds."""
    choice = CHOICES[name]
    told = f"{choice.bounds}."
    return fields.Number(
        least=choice.least,
        most=choice.most,
        unit=choice.unit,
        **said(name, error_messages=dict.fromkeys(("required", "invalid", "min_value", "max_value"), told)),
        **more,
    )


def plain() -> dict[str, Field]:
    """The choices that are one field each."""
    ways = [Option(way.value, f"{words[0].upper()}{words[1:]}", WAY_HINTS[way]) for way, words in WAYS.items()]
    return {
        "name": fields.Text(longest=40, **said("name")),
        "coexistence": fields.Cards(options=ways, **said("coexistence", help_text="")),
        "final_action": fields.Choice(
            choices=[(each.value, ENDINGS[each]) for each in FinalAction], **said("final_action")
        ),
        "relay": fields.Text(**said("relay", required=False)),
        "stripe_clear_hours": number("stripe_clear_hours"),
        "charge_new_card": fields.Switch(**said("charge_new_card")),
        "max_charges": number("max_charges"),
        "most_retries": number("most_retries"),
        "min_gap_hours": number("min_gap_hours"),
        "window_days": number("window_days"),
        "grace_hours": number("grace_hours"),
        "opens": fields.Number(least=0, most=23, unit=":00", label="Sent from"),
        "closes": fields.Number(least=1, most=24, unit=":00", label="Sent until", help_text=CHOICES["sending"].effect),
        "weekends": fields.Switch(**said("weekends")),
        "holidays": fields.Switch(**said("holidays")),
        "psychology": fields.Switch(**said("psychology")),
        "chase_overdue": fields.Switch(**said("chase_overdue")),
        "after_trial": fields.Choice(choices=TRIALS, **said("after_trial")),
        "consequence": fields.Choice(choices=CONSEQUENCES, **said("consequence")),
        "consequence_day": fields.Number(least=1, most=365, **said("consequence_day", required=False)),
    }


def when(label: str, *, debit: bool) -> dict[str, Field]:
    """A kind of failure: how its numbers are meant, and the numbers."""
    choices: Sequence[tuple[str, str]] = [(AS_CARDS, "As a card"), *CADENCES] if debit else CADENCES
    return _named(
        {
            "cadence": fields.Choice(choices=choices, label=f"{label}: when"),
            "numbers": fields.Text(label=f"{label}: which", required=False),
        }
    )


def _named(group: dict[str, Field]) -> dict[str, Field]:
    """Fields that stand in a row: their labels are heard, not seen."""
    for field in group.values():
        field.widget.attrs["aria-label"] = field.label
    return group


def message() -> dict[str, Field]:
    """A message of the sequence: its row, and what is folded away below it."""
    return _in_its_row() | folded()


def folded() -> dict[str, Field]:
    """What a message may have besides: an hour, a reader, a condition."""
    hours = [("", "As the payment failed"), *((str(hour), f"{hour}:00") for hour in range(24))]
    readers = [("", "The customer"), *((role.value, f"Their {WORDS[role]}") for role in ROLES)]
    return {
        "hour": fields.Choice(choices=hours, label="Time of day", help_text="On the customer's clock.", required=False),
        "reader": fields.Choice(
            choices=readers, label="Goes to", help_text="To the customer where there is none.", required=False
        ),
        **only.asked(),
    }


def _in_its_row() -> dict[str, Field]:
    return _named(
        {
            "day": fields.Number(least=0, most=60, label="Day"),
            "channel": fields.Choice(
                choices=[(each.value, label) for each, label in CHANNELS.items()], label="Channel"
            ),
            "template": fields.Choice(choices=SEQUENCE, label="Kind"),
            "tone": fields.Choice(choices=TONES, label="Tone"),
        }
    )


def of_step(step: MessageStep) -> dict[str, object]:
    """What stands in the fields of a message."""
    plain = {name: getattr(step, name) for name in ("day", "channel", "template", "tone")}
    hour = "" if step.hour is None else str(step.hour)
    return {**plain, "hour": hour, "reader": str(step.reader or ""), **only.initial(step.only)}


_LIST: Final = re.compile(r"[\s,;]+")
_HOUR: Final = re.compile(r"(\d{1,2})(:00)?")


def typed(strategy: Strategy) -> str:
    """A strategy's numbers as one types them."""
    if strategy.cadence == Cadence.PAYDAYS:
        return f"{strategy.numbers[0]}:00"
    return ", ".join(map(str, strategy.numbers))


class Unreadable(ValueError):  # noqa: N818 - what it is
    """What was typed is no list of numbers. Its words say what one looks like."""


def numbers(cadence: str, text: str) -> list[int]:
    """What was typed as numbers. Raises Unreadable."""
    if cadence in {Cadence.NEVER, AS_CARDS}:
        return []
    if cadence == Cadence.PAYDAYS:
        hour = _HOUR.fullmatch(text.strip() or "9")
        if hour is None:
            raise Unreadable("Write the hour of the day, such as 9:00.")
        return [int(hour[1])]
    words = [word for word in _LIST.split(text) if word]
    if not all(re.fullmatch(r"[0-9]{1,5}", word) for word in words):
        raise Unreadable("Write numbers with commas between, such as 3, 5, 7.")
    return [int(word) for word in words]
