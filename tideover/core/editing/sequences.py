"""Which message of one version of the rules is which of another: so what was sent is known after any edit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from tideover.core.choices import MessageStep, Rules

Pair = tuple[MessageStep | None, MessageStep | None]  # before and after; none: it was not there, it is there no more
Likeness = Callable[[MessageStep, MessageStep], bool]


def _words(step: MessageStep) -> tuple[str, ...]:
    return step.template, step.tone, step.channel


def _identical(old: MessageStep, new: MessageStep) -> bool:
    return old.day == new.day and _words(old) == _words(new)


def _moved(old: MessageStep, new: MessageStep) -> bool:
    return _words(old) == _words(new)


def _reworded(old: MessageStep, new: MessageStep) -> bool:
    return old.day == new.day


LIKENESSES: Final[Sequence[Likeness]] = (_identical, _moved, _reworded)  # the closest first


def pairs(before: Sequence[MessageStep], after: Sequence[MessageStep]) -> list[Pair]:
    """Each message before beside what it is after; by the day after, then those that are gone."""
    old, found = list(before), dict[int, MessageStep]()
    for alike in LIKENESSES:
        for place, step in enumerate(after):
            match = next((each for each in old if place not in found and alike(each, step)), None)
            if match:
                found[place] = match
                old.remove(match)
    return [*((found.get(place), step) for place, step in enumerate(after)), *((gone, None) for gone in old)]


def numbered_after(rules: Rules, versions: Sequence[Rules]) -> Rules:
    """The rules with a number for each message, after all `versions` there were, the newest first.

    What stood in any of them has its number again; what was moved or reworded since the newest keeps it; what is new
    gets one that no version has used.
    """
    used = [numbered for version in versions for numbered in version.numbered]
    numbers = dict[int, int]()  # by the place
    for alike in LIKENESSES:
        known = used if alike is _identical else list(versions[0].numbered) if versions else []
        for number, old in known:
            places = (place for place, step in enumerate(rules.messages) if place not in numbers and alike(old, step))
            place = next(places, None)
            if place is not None and number not in numbers.values():
                numbers[place] = number
    fresh = max((number for number, _ in used), default=0)
    for place in range(len(rules.messages)):
        if place not in numbers:
            fresh += 1
            numbers[place] = fresh
    return replace(rules, messages=tuple(_with(step, place, numbers) for place, step in enumerate(rules.messages)))


def _with(step: MessageStep, place: int, numbers: dict[int, int]) -> MessageStep:
    """One whose number is its place is written as before there were numbers."""
    in_order = all(number == at + 1 for at, number in numbers.items())
    return replace(step, number=0 if in_order else numbers[place])
