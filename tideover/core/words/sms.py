"""How a text message is counted: by the alphabet it can be written in, and in the parts that are paid for.

3GPP TS 23.038: the GSM alphabet has 128 letters and a few more that take the room of two. One letter outside of it, and
the whole text is written in UCS-2, where less than half as much fits into a part.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

GSM: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
OF_TWO: Final = frozenset("\f^{}[]~\\|€")  # of its extension: an escape comes before each


class Alphabet(StrEnum):
    """What a text is written in."""

    GSM = "GSM-7"
    UNICODE = "UCS-2"


ALONE: Final[Mapping[Alphabet, int]] = {Alphabet.GSM: 160, Alphabet.UNICODE: 70}  # what fits into a text of one part
IN_PARTS: Final[Mapping[Alphabet, int]] = {Alphabet.GSM: 153, Alphabet.UNICODE: 67}  # and into each of several
# What stands for a mark or a letter that the alphabet lacks, where taking its accent away does not find it.
LIKE: Final[Mapping[str, str]] = {
    "\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u2018": "'", "\u2019": "'", "\u201a": "'", "\u201c": '"',
    "\u201d": '"', "\u201e": '"', "«": '"', "»": '"', "\u2013": "-", "\u2014": "-", "\u2212": "-", "\u2026": "...",
    "•": "*", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "\u0131": "i", "œ": "oe", "Œ": "OE", "þ": "th", "ð": "d",
}  # fmt: skip
# Marks that keep apart what is read from the left and from the right: no phone needs them, and each takes room.
UNSEEN: Final = frozenset("\u200b\u200c\u200d\u200e\u200f\u2060\u2066\u2067\u2068\u2069\ufeff")


@dataclass(frozen=True, slots=True)
class Count:
    """How long a text is. used: of the room of its parts, in letters as the alphabet counts them."""

    alphabet: Alphabet
    used: int
    parts: int


def count(text: str) -> Count:
    """How many parts a text is sent and paid in. What takes two places is never cut in two."""
    alphabet = Alphabet.GSM if is_gsm(text) else Alphabet.UNICODE
    sizes = list(_sizes(text, alphabet))
    used = sum(sizes)
    if used <= ALONE[alphabet]:
        return Count(alphabet, used, 1)
    parts, room = 1, IN_PARTS[alphabet]
    for size in sizes:
        if size > room:
            parts, room = parts + 1, IN_PARTS[alphabet]
        room -= size
    return Count(alphabet, used, parts)


def is_gsm(text: str) -> bool:
    """Whether the GSM alphabet has all of its letters."""
    return all(letter in GSM or letter in OF_TWO for letter in text)


def _sizes(text: str, alphabet: Alphabet) -> Iterator[int]:
    for letter in text:
        wide = letter in OF_TWO if alphabet == Alphabet.GSM else ord(letter) > 0xFFFF
        yield 2 if wide else 1


def plain(text: str) -> str:
    """The text as it goes out: without accents, where that is enough to write it in the GSM alphabet.

    Phones have shown such texts since there are any, and they cost half as much. Other scripts stay as they are.
    """
    seen = "".join(letter for letter in text if letter not in UNSEEN)
    bare = "".join(_bare(letter) for letter in seen)
    return bare if is_gsm(bare) else "".join(" " if letter in "\u00a0\u202f\u2009" else letter for letter in seen)


def _bare(letter: str) -> str:
    if letter in GSM or letter in OF_TWO:
        return letter
    if letter in LIKE:
        return LIKE[letter]
    parts = unicodedata.normalize("NFKD", letter)
    bare = "".join(LIKE.get(part, part) for part in parts if not unicodedata.combining(part))
    return bare if bare and is_gsm(bare) else letter


class Wish(StrEnum):
    """What a person who answers a text message asks for."""

    STOP = "stop"
    START = "start"
    HELP = "help"
    OTHER = "other"  # words of their own: somebody should read them


# The words of https://www.twilio.com/docs/messaging/tutorials/how-to-use-keywords; Twilio answers them by itself.
WISHES: Final[Mapping[str, Wish]] = {
    **dict.fromkeys(["STOP", "UNSUBSCRIBE", "END", "QUIT", "STOPALL", "REVOKE", "OPTOUT", "CANCEL"], Wish.STOP),
    **dict.fromkeys(("START", "YES", "UNSTOP"), Wish.START),
    **dict.fromkeys(("HELP", "INFO"), Wish.HELP),
}


def wish_of(said: str, told: str = "") -> Wish:
    """By the words of an answer; told: as Twilio has understood it, in whatever language, where it says so."""
    word = "".join(letter for letter in said.upper() if letter.isalpha())
    return WISHES.get(told.upper()) or WISHES.get(word) or Wish.OTHER
