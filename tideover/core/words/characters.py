"""Text as people read it: what they see as one character is never cut in two, and what is foreign stands apart.

A letter keeps its accents and vowel signs, a flag its two halves, a family its members: the rules of
https://www.unicode.org/reports/tr29/, as far as Python's own tables know the marks.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from itertools import accumulate, takewhile
from typing import Final

JOINER: Final = "\u200d"
MARKS: Final = frozenset({"Mn", "Me", "Mc"})
UNSEEN: Final = frozenset({"Mn", "Me", "Cf"})
VIRAMA: Final = 9  # the combining class of the sign that ties a letter to the next one
JAMO: Final = range(0x1100, 0x1200)  # the parts of Korean syllables: beginnings, then vowels and ends
GOING_ON: Final = range(0x1160, 0x1200)
FLAGS: Final = range(0x1F1E6, 0x1F200)
TINTS: Final = range(0x1F3FB, 0x1F400)
TAGS: Final = range(0xE0020, 0xE0080)


def characters(text: str) -> Iterator[str]:
    """The text in pieces, each of which a reader sees as one character."""
    one = ""
    for point in text:
        if one and not _belongs(one, point):
            yield one
            one = ""
        one += point
    if one:
        yield one


def first(text: str) -> str:
    """Its first character; empty of an empty text."""
    return next(characters(text), "")


def shortened(text: str, longest: int) -> str:
    """`text`, or as much of it as fits into `longest` with the sign that there was more."""
    if len(text) <= longest:
        return text
    grown = accumulate(characters(text))
    kept = list(takewhile(lambda so_far: len(so_far) < longest, grown))
    return f"{kept[-1].rstrip() if kept else ''}…"


def width(text: str) -> int:
    """How many Latin letters it is as wide as: Chinese and Japanese ones count twice, what is not seen not at all."""
    seen = (point for point in text if unicodedata.category(point) not in UNSEEN)
    return sum(2 if unicodedata.east_asian_width(point) in "WF" else 1 for point in seen)


def set_apart(text: str) -> str:
    """`text` as an island in a line: what is beside it does not tell from which side it is read, nor the other way.

    https://www.unicode.org/reports/tr9/#Explicit_Directional_Isolates
    """
    return f"\u2068{text}\u2069" if text else text


def _belongs(one: str, point: str) -> bool:
    """Whether the next code point is a part of the character that is being written."""
    last, code = one[-1], ord(point)
    if unicodedata.category(point) in MARKS or point in {JOINER, "\u200c"} or code in TINTS or code in TAGS:
        return True
    if last == JOINER or (unicodedata.combining(last) == VIRAMA and point.isalpha()):
        return True
    if code in FLAGS:
        return len(one) == 1 and ord(last) in FLAGS
    return code in GOING_ON and ord(last) in JAMO
