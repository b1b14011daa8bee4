"""Rules in which messages go by SMS from a day on: in place of mails, or a day after each of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from enum import StrEnum
from typing import Final

from tideover.core.catalogue import Channel
from tideover.core.choices import MessageStep, Rules

FROM_DAY: Final = 7


class Place(StrEnum):
    """Where text messages stand among the mails."""

    INSTEAD = "instead"
    BESIDE = "beside"


def by_sms(rules: Rules, place: Place, from_day: int = FROM_DAY) -> Rules:
    """The same rules with text messages from that day on. A person gets one message a day: none share theirs."""
    steps = _instead(rules, from_day) if place == Place.INSTEAD else _beside(rules, from_day)
    return replace(rules, messages=tuple(steps))


def by_mail_alone(rules: Rules) -> Rules:
    """The same rules with each message as a mail. What was added beside a mail stays, on its own day."""
    return replace(rules, messages=tuple(replace(step, channel=Channel.EMAIL) for step in rules.messages))


def _instead(rules: Rules, from_day: int) -> Iterator[MessageStep]:
    for step in rules.messages:
        yield replace(step, channel=Channel.SMS) if step.day >= from_day and not step.reader else step


def _beside(rules: Rules, from_day: int) -> Iterator[MessageStep]:
    """After each mail a text message that says the same, where its day is free and within the window."""
    taken = {step.day for step in rules.messages}
    for step in rules.messages:
        yield step
        day, own = step.day + 1, step.channel == Channel.EMAIL and not step.reader
        if own and step.day >= from_day and day not in taken and day <= rules.window_days:
            yield replace(step, day=day, channel=Channel.SMS, number=0)
