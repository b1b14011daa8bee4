"""In which language a text is: by its script, and where many are written in Latin letters by their smallest words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Final

LATIN: Final = ("LATIN ", "FULLWIDTH LATIN ", "FEMININE ORDINAL", "MASCULINE ORDINAL")
HAN: Final = ("CJK ", "IDEOGRAPHIC ")
KANA: Final = ("HIRAGANA ", "KATAKANA", "HALFWIDTH KATAKANA")
# What stands beside Latin letters, and must be most of it.
SCRIPTS: Final[Mapping[str, tuple[str, ...]]] = {"ar": ("ARABIC ",), "ja": (*KANA, *HAN), "zh-Hans": HAN}
# Words that a sentence hardly does without; those that several languages share count for each.
SMALL: Final[Mapping[str, frozenset[str]]] = {
    language: frozenset(words.split())
    for language, words in {
        "de": "der die das und ist nicht wir sie ihre ihren ihnen ihr eine einen mit für auf zu den dem von wird hat",
        "en": "the and your you is not we our this that for with of to it can on are has was will please by be as",
        "es": "el la los las y tu de que no es con para por una un se en lo te hemos está puedes nosotros como ha",
        "fr": "le la les et votre vous de des est pas nous une un pour avec dans que qui ce en au du sur nous être vos",
        "it": "il la le lo gli e tuo tua di che non è con per una un si in del della ti abbiamo puoi questo ha da",
        "nl": "de het een en is niet je jouw we wij van met voor op dat deze dit te zijn kun er aan in ons door nog",
        "pl": "i w na nie jest się z do że twoja twój twoje możesz to za o po jak został została nam nas aby lub od",
        "pt-BR": "o a os as e seu sua de que não é com para por uma um se em no na você foi do da nosso este isso ao",
        "sv": "och att det är inte du din ditt vi en ett med för på som har kan den av till om dina oss kunde vill",
    }.items()
}
# As many small words of another language, and twice as many as of its own, are that language: in a whole text, and in
# one place of it, which may be a sentence.
FEW, FEW_OF_A_PLACE = 3, 6
_WORD: Final = re.compile(r"[^\W\d_]+")


@lru_cache(maxsize=4096)
def _script(letter: str) -> str:
    return unicodedata.name(letter, "")


def _letters(words: str) -> Iterator[str]:
    return (letter for letter in words if unicodedata.category(letter) in {"Lu", "Ll", "Lt", "Lo"})


def strange_letter(words: str, language: str) -> str:
    """The first letter that is of no script of the language; empty where there is none."""
    known = (*LATIN, *SCRIPTS.get(language, ()))
    return next((letter for letter in _letters(words) if not _script(letter).startswith(known)), "")


def is_in(words: str, language: str, few: int = FEW) -> bool:
    """Whether it reads as this language. What is too short to tell does."""
    if language in SCRIPTS:
        return _is_written_in(words, language)
    said = [each.lower() for each in _WORD.findall(words)]
    counts = {each: sum(word in small for word in said) for each, small in SMALL.items()}
    most = max(counts.values())
    return most < few or 2 * counts[language] > most


def _is_written_in(words: str, language: str) -> bool:
    letters = list(_letters(words))
    own = sum(_script(letter).startswith(SCRIPTS[language]) for letter in letters)
    kana = sum(_script(letter).startswith(KANA) for letter in letters)
    return 2 * own >= len(letters) and (language != "ja" or 10 * kana >= own)
