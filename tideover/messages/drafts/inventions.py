"""What a draft says that nobody told it. Pure: the same draft is judged alike for ever, whoever wrote it.

A model knows no amount, no day and no address, as it is told none; so whatever looks like one outside of a field is
made up, unless our own text of the kind says the very same. What every text of a merchant is held to
(`messages.own.checks`) is looked at besides.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from babel import Locale

from tideover.core.catalogue import Channel, Template
from tideover.messages.drafts.forbidden import WHY, WITHOUT_BLANKS, WORDS, Rule
from tideover.messages.drafts.tongues import FEW, FEW_OF_A_PLACE, is_in, strange_letter
from tideover.messages.languages import Language
from tideover.messages.own.content import Content, Kind
from tideover.messages.own.ours import ours

MOST_BLOCKS: Final = 12
MOST_BUTTONS: Final = 2
WHOLE: Final = "blocks"  # where what is of the whole text is said
TAG: Final = re.compile(r"{%.*?%}|{{.*?}}", re.DOTALL)
_TEST: Final = r"\w+(?: *(?:==|!=) *(?:'\w*'|\"\w*\"|nil|\d))?"
_TESTS: Final = rf"{_TEST}(?: +(?:and|or) +{_TEST})*"
_LITERALS: Final = r"['\"]\w+['\"](?: *, *['\"]\w+['\"])*"
PLAIN: Final = re.compile(
    r"{{-? *\w+ *(?:\| *(?:capitalize|upcase|downcase) *)?-?}}|"
    rf"{{%-? *(?:(?:if|elsif|unless) +{_TESTS}|case +\w+|when +{_LITERALS}|else|endif|endunless|endcase) *-?%}}"
)
# Looked for in what is left once the fields are taken out, and letters are written one way.
SHAPES: Final[tuple[tuple[Rule, re.Pattern[str]], ...]] = (
    (Rule.MARKUP, re.compile(r"[<>`\\|]|&#?\w+;|\]\(|\[[^\]]*\]|\*\*|__|(?m:^#)|javascript:|[{}]")),
    (
        Rule.LINK,
        re.compile(
            r"\w+:/|\bwww\b|\w ?@ ?\w|\w\.[^\W\d_]{2,}|[a-z0-9-][。\u3002\uff61][a-z]{2}|"
            r"\b(?:dot|punkt|punto|point|ponto) (?:com|net|org|io|de)\b|\(at\)|\.(?:com|net|org|io)\b"
        ),
    ),
    (Rule.SPELLED, re.compile(r"(?<!\w)(?:[^\W\d_][ .\-*·•/]+){4,}[^\W\d_](?!\w)")),
    (Rule.SPELLED, re.compile(r"[^\W\d_][*_·•][^\W\d_]")),
)
# A number with what it counts: "30 days" of our own text are no "30 hours".
NUMBER: Final = re.compile(r"\d[\d.,:/\- ]*[^\W\d_]{0,4}")
OTHER_NUMBERS: Final = frozenset({"No", "Nl"})
PERCENT: Final = frozenset("%‰٪")  # after NFKC
CLOCK_WORDS: Final = {"May": r"\bMay\b", "March": r"\bMarch\b"}  # English verbs where they are written small


@dataclass(frozen=True, slots=True, order=True)
class Objection:
    """Why a draft is not taken. rule: its name. where: as in `messages.own.checks.Finding`."""

    where: str
    rule: str
    says: str


def invented(content: Content, language: Language, channel: Channel, template: Template) -> list[Objection]:
    """All that it says, or is, and may not."""
    known = {
        hit for _, words in ours(language, channel, template).places(channel) for hit in said(words, language.code)
    }
    shape, words = _shape(content, language, channel, template), _words(content, language, channel, known)
    return sorted({*shape, *words})


def _objection(rule: Rule, hit: str, where: str) -> Objection:
    shown = "".join(f"U+{ord(letter):04X}" if not letter.isprintable() else letter for letter in hit[:60])
    return Objection(where, rule, f"“{shown}” {WHY[rule]}.")


# ── the whole of it ──


def _shape(content: Content, language: Language, channel: Channel, template: Template) -> Iterator[Objection]:
    kinds = [block.kind for block in content.blocks]
    if Kind.IMAGE in kinds:
        yield _objection(Rule.BLOCKS, Kind.IMAGE, WHOLE)
    if len(kinds) > MOST_BLOCKS or kinds.count(Kind.BUTTON) > MOST_BUTTONS:
        yield _objection(Rule.BLOCKS, f"block {len(kinds)}", WHOLE)
    told, model = _whole(content, channel), _whole(ours(language, channel, template), channel)
    if len(told) > 2 * len(model):
        yield _objection(Rule.LENGTH, told[-30:], WHOLE)
    places = ((where, words, FEW_OF_A_PLACE) for where, words in content.places(channel))
    for where, words, few in ((WHOLE, told, FEW), *places):
        plain = TAG.sub(" ", words).strip()
        if not is_in(plain, language.code, few):
            yield _objection(Rule.LANGUAGE, plain[:30], where)


def _whole(content: Content, channel: Channel) -> str:
    return "\n".join(words for _, words in content.places(channel))


# ── its words ──


Hit = tuple[Rule, str]


def _words(content: Content, language: Language, channel: Channel, known: Collection[Hit]) -> Iterator[Objection]:
    for where, words in content.places(channel):
        yield from (_objection(*hit, where=where) for hit in said(words, language.code) if hit not in known)


def said(words: str, language: str) -> Iterator[Hit]:
    """Whatever looks made up, by its rule."""
    yield from ((Rule.FIELDS, tag) for tag in TAG.findall(words) if not PLAIN.fullmatch(tag))
    yield from ((Rule.HIDDEN, mark) for mark in words if unicodedata.category(mark) == "Cf")
    apart = unicodedata.normalize("NFKC", TAG.sub(" ", words))
    yield from ((rule, hit[0]) for rule, shape in SHAPES for hit in shape.finditer(apart.lower()))
    # A word cut in two by a tag is one word to the reader; two words around a field are two.
    for plain in {apart, unicodedata.normalize("NFKC", TAG.sub("", words))}:
        yield from _signs(plain)
        yield from ((Rule.DAY, hit[0]) for hit in _calendar(language).finditer(plain))
        if letter := strange_letter(plain, language):
            yield Rule.SCRIPT, letter
        yield from _forbidden(plain, language)


def _signs(plain: str) -> Iterator[Hit]:
    yield from ((Rule.NUMBER, hit[0].strip()) for hit in NUMBER.finditer(plain))
    for mark in plain:
        kind = unicodedata.category(mark)
        if kind == "Sc" or mark in PERCENT:
            yield Rule.MONEY, mark
        elif kind in OTHER_NUMBERS:
            yield Rule.NUMBER, mark


def _forbidden(plain: str, language: str) -> Iterator[Hit]:
    folded = _folded(plain)
    for text in {folded, re.sub(r"(?<=\w)[-.'’]+(?=\w)", "", folded)}:  # noqa: RUF001 - the sign of elision
        for rule, pattern in _patterns(language):
            if hit := pattern.search(text):
                yield rule, hit[0]


@lru_cache(maxsize=32)
def _patterns(language: str) -> tuple[tuple[Rule, re.Pattern[str]], ...]:
    return tuple(
        (rule, re.compile(words if each in WITHOUT_BLANKS else rf"(?<!\w)(?:{words})(?!\w)"))
        for each in sorted({language, "en"})
        for rule, words in ((rule, _folded(words)) for rule, words in WORDS[each].items())
    )


def _folded(words: str) -> str:
    """Letters without their marks, and small: a pattern and a text alike."""
    marks = unicodedata.normalize("NFKD", words)
    bare = "".join(mark for mark in marks if unicodedata.category(mark) != "Mn")
    return unicodedata.normalize("NFKC", bare).casefold()


@lru_cache(maxsize=32)
def _calendar(language: str) -> re.Pattern[str]:
    """The names of months and days of the week, in the language and in English."""
    names = set[str]()
    for locale in (Locale.parse(language, sep="-"), Locale("en")):
        for told in (locale.months, locale.days):
            names.update(name for written in told.values() for name in written["wide"].values())
    plain = sorted(re.escape(name) for name in names if name not in CLOCK_WORDS and not name[0].isdecimal())
    edge = r"(?!\w)" if language not in WITHOUT_BLANKS else ""
    small = rf"(?i:(?<!\w)(?:{'|'.join(plain)}){edge})"
    return re.compile("|".join([small, *CLOCK_WORDS.values()]))
