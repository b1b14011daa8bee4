"""Whether a translation keeps the conditions of English: it says the same where English does, and else something else.

A condition that was lost promises what is not so; one that was added tells one reader what another is not told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from tideover.messages.languages import Text

# By these a language may choose its words as it needs: for its manners, for the case and gender of a noun, and for how
# much fits into a subject. Only what is the same in them is held side by side.
AT_WILL: Final = ("tone", "means", "amount")
Words = str | tuple[str, ...]


@dataclass(slots=True)
class Likeness:
    """What a kind of message has said so far, in both languages; each thing that is wrong is told once."""

    _translated: dict[tuple[object, ...], Words] = field(default_factory=dict)
    _meant: dict[tuple[object, ...], Words] = field(default_factory=dict)
    _told: set[str] = field(default_factory=set)

    def differences(self, merge: Mapping[str, Any], english: Text, text: Text) -> Iterator[str]:
        """What one more situation brings to light."""
        given = tuple(merge[name] for name in AT_WILL)
        for part, said in _parts(text).items():
            meant = _parts(english)[part]
            if self._translated.setdefault((part, given, meant), said) != said:
                yield from self._once(f"{part} says two things where English says one: {_short(meant)}")
            other = self._meant.setdefault((part, given, said), meant)
            if other != meant:
                yield from self._once(f"{part} says one thing where English says two: {_short(said)}")

    def _once(self, what: str) -> Iterator[str]:
        kind = what.partition(":")[0]
        if kind not in self._told:
            self._told.add(kind)
            yield what


def _parts(text: Text) -> Mapping[str, Words]:
    return {**text.lines, "the text": text.paragraphs}


def _short(words: Words) -> str:
    return repr(words if isinstance(words, str) else " ".join(words)[:200])
