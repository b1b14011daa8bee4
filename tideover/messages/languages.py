"""The languages: a complete folder of texts each. Whatever a payer reads, in a mail or on a page, comes from one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Literal, TextIO

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.dates import format_date, format_skeleton, format_time, get_datetime_format
from babel.lists import format_list
from babel.numbers import format_percent
from django.conf import settings
from liquid import BoundTemplate, CachingFileSystemLoader, Environment, RenderContext, StrictUndefined
from liquid.builtin.output import Output, OutputNode
from liquid.stringify import to_liquid_string

from tideover.core.catalogue import Channel, Template
from tideover.core.money import Money, coded, spoken
from tideover.core.timing import local_day
from tideover.core.words.characters import set_apart
from tideover.messages.typefaces import FACES

FALLBACK: Final = "en"
# What CLDR does not know: how the first of a month is written where it is no plain number, and what stands between a
# label and what it is the label of.
FIRSTS: Final[Mapping[str, str]] = {"fr": "1er", "pt-BR": "1º"}
COLONS: Final[Mapping[str, str]] = {"fr": "\u00a0: ", "ja": "：", "zh-Hans": "："}  # noqa: RUF001 - the wide one
THE_FIRST: Final = re.compile(r"(?<!\d)1(?= [^\W\d])")
EMPTY_LINE: Final = re.compile(r"\n[ \t]*\n")
NAMED: Final = re.compile(r"([a-z][a-z0-9_.]*): +(.+)")


class Apart(OutputNode):
    """What is filled into a text that is read from the right."""

    __slots__ = ()

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        value = self.expression.evaluate(context)
        return buffer.write(set_apart(value) if isinstance(value, str) else to_liquid_string(value, autoescape=False))


class SetApart(Output):
    """`{{ … }}` in such a text: a name, an amount or an address is an island in it, whichever way it is read."""

    node_class = Apart


class BadText(ValueError):  # noqa: N818 - says what is wrong
    """A text that does not have the parts a message needs."""


@dataclass(frozen=True, slots=True)
class Text:
    """A rendered text: its named lines and its paragraphs, plain and unescaped."""

    lines: Mapping[str, str]
    paragraphs: tuple[str, ...]


class Lines(Mapping[str, str]):
    """The named lines of a file, plain and unescaped. A line is filled in when it is read.

    Raises KeyError for a line the file does not have, and liquid's errors for a field that was not given.
    """

    def __init__(self, lines: Mapping[str, BoundTemplate], fields: Mapping[str, Any]) -> None:
        self._lines, self._fields = lines, fields

    def __getitem__(self, name: str) -> str:
        return str(self._lines[name].render(**self._fields)).strip()

    def __iter__(self) -> Iterator[str]:
        return iter(self._lines)

    def __len__(self) -> int:
        return len(self._lines)


@dataclass(frozen=True, slots=True)
class Language:
    """A folder of texts, and the locale in which it writes dates and amounts: "en", and "en_GB"."""

    folder: Path
    locale: str

    @property
    def code(self) -> str:
        """As HTML's `lang` writes it."""
        return self.folder.name

    @property
    def direction(self) -> str:
        """How HTML's `dir` calls the way it is read: ltr or rtl."""
        return str(_locale_of(self.folder).text_direction)

    @property
    def colon(self) -> str:
        """What follows a label, as in "Amount: "."""
        return COLONS.get(self.code, ": ")

    @property
    def faces(self) -> str:
        """The fonts of its script, as CSS lists them; empty where those of a page have its letters."""
        return FACES.get(self.code, "")

    def apart(self, foreign: str) -> str:
        """A name, an address or digits that stand beside our words: where those are read from the right, by itself."""
        return set_apart(foreign) if self.direction == "rtl" else foreign

    def say(self, file: str, line: str, **fields: object) -> str:
        """One line of a file."""
        return self.lines(file, **fields)[line]

    def lines(self, file: str, **fields: object) -> Lines:
        """All lines of a file, with the fields they may name."""
        return Lines(lines_of(self.folder, file), filled(fields))

    def text(self, channel: Channel, template: Template, fields: Mapping[str, Any]) -> Text:
        """The text of a message with its fields filled in. Raises liquid's errors for a field it should not name."""
        return parsed(environment(self.folder, channel).get_template(template).render(**filled(fields)))

    def amount(self, money: Money) -> str:
        """As in "$99.00"."""
        return spoken(money, self.locale)

    def coded(self, money: Money) -> str:
        """As in "USD 99.00": without signs that not each phone has."""
        return coded(money, self.locale)

    def percent(self, percent: int) -> str:
        """As in "20%"."""
        return format_percent(Decimal(percent) / 100, locale=self.locale)

    def day(self, day: date, length: Literal["long", "full"] = "long") -> str:
        """As in "November 20, 2026"; the full length has the weekday too."""
        return self._dated(format_date(day, length, locale=self.locale))

    def day_of_this_year(self, day: date) -> str:
        """As in "November 20"."""
        return self._dated(format_skeleton("MMMMd", day, locale=self.locale))

    def month(self, day: date) -> str:
        """As in "November 2026"."""
        return str(format_skeleton("yMMMM", day, locale=self.locale))

    def short_day(self, day: date) -> str:
        """As in "Fri, Nov 20"."""
        return self._dated(format_skeleton("MMMEd", day, locale=self.locale))

    def moment(self, at: datetime, zone: tzinfo) -> str:
        """A short day and the time, as in "Fri, Nov 20, 9:00 AM", on a clock in `zone`."""
        hour = format_time(at.astimezone(zone).timetz(), "short", locale=self.locale)
        together = str(get_datetime_format("medium", locale=self.locale)).replace("'", "")
        return together.replace("{1}", self.short_day(local_day(at, zone))).replace("{0}", hour)

    def _dated(self, words: str) -> str:
        """A day as people write it, the first of a month too."""
        return THE_FIRST.sub(FIRSTS.get(self.code, "1"), words)

    def listed(self, things: Sequence[str]) -> str:
        """As in "one, two, and three"."""
        return format_list(things, locale=self.locale)


def spoken_in(*locales: str) -> Language:
    """The language to write in: that of the first locale there are texts for, or English throughout.

    Dates and amounts follow the language of the text: a French date in an English sentence helps nobody.
    """
    return _spoken_in(Path(settings.TIDEOVER_TEXTS), locales)


def asked_for(accept_language: str) -> Language:
    """The language of what a reader asks for, best first, as a browser writes it to HTTP."""
    return spoken_in(*_each(accept_language))


def unspoken(accept_language: str) -> str:
    """What a reader asks for first, where there are no texts in it; else empty."""
    first = next(iter(_each(accept_language)), "")
    return first if first and _written(Path(settings.TIDEOVER_TEXTS), first) is None else ""


def _each(accept_language: str) -> list[str]:
    return [part.partition(";")[0].strip() for part in accept_language.split(",")[:10]]


@lru_cache(maxsize=1024)
def _spoken_in(texts: Path, locales: tuple[str, ...]) -> Language:
    found = (_written(texts, locale) for locale in locales)
    return next(filter(None, found), Language(texts / FALLBACK, FALLBACK))


def _written(texts: Path, locale: str) -> Language | None:
    """The texts for a locale; None where there are none, or it is no locale."""
    try:
        known = Locale.parse(locale.replace("-", "_"))
    except (ValueError, UnknownLocaleError):
        return None
    folder = _nearest(known, filter(is_language, (texts / name for name in sorted(languages(texts)))))
    return Language(folder, str(known)) if folder else None


def _nearest(known: Locale, folders: Iterable[Path]) -> Path | None:
    """Of the texts in its language and script those of its country, else of none, else of another: pt-PT reads pt-BR.

    In another script they are none of its own: zh-TW does not read zh-Hans.
    """
    *wanted, country = _whole(known)
    near = [folder for folder in folders if _whole(_locale_of(folder))[:2] == tuple(wanted)]
    countries = {folder: _locale_of(folder).territory for folder in near}
    return min(near, key=lambda folder: (countries[folder] != country, countries[folder] is not None), default=None)


def _whole(known: Locale) -> tuple[str, str | None, str | None]:
    """Its language, script and country, where it does not name them those that CLDR thinks likely."""
    likely = get_global("likely_subtags")
    name = likely.get(f"{known.language}_{known.territory}") or likely.get(known.language) or str(known)
    guessed = Locale.parse(name)
    return known.language, known.script or guessed.script, known.territory or guessed.territory


def all_languages() -> frozenset[str]:
    """Those that a payer can be written to in."""
    return languages(Path(settings.TIDEOVER_TEXTS))


@lru_cache(maxsize=4)
def languages(texts: Path) -> frozenset[str]:
    """The languages there are texts in: a folder is a language."""
    return frozenset(path.name for path in texts.iterdir() if path.is_dir())


def filled(fields: Mapping[str, object]) -> Mapping[str, object]:
    """The fields as a text sees them: an empty one is none, as to Liquid an empty text is true."""
    return {name: None if value == "" else value for name, value in fields.items()}


@lru_cache(maxsize=256)
def lines_of(folder: Path, file: str) -> Mapping[str, BoundTemplate]:
    """The lines of a file of a language by name, unfilled."""
    lines = [named(line) for _, line in filled_lines((folder / f"{file}.liquid").read_text("utf-8"))]
    return {name: environment(folder).from_string(said, name=name) for name, said in lines}


def filled_lines(text: str) -> Iterator[tuple[int, str]]:
    """The lines that say something, with their numbers: neither empty ones nor notes, which begin with "#"."""
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip() and not line.startswith("#"):
            yield number, line.strip()


def named(line: str) -> tuple[str, str]:
    """The name and the words of "name: words". Raises BadText."""
    found = NAMED.fullmatch(line)
    if found is None:
        raise BadText(f"{line!r} is not of the form 'name: text'")
    return found[1], found[2]


def parsed(text: str) -> Text:
    """Named lines up to the first empty line, then paragraphs with empty lines between them."""
    head, *blocks = EMPTY_LINE.split(text.strip())
    lines = dict(named(line) for line in map(str.strip, head.splitlines()) if line)
    flat = {name: _flat(said) for name, said in lines.items()}
    return Text(flat, tuple(filter(None, map(_flat, blocks))))


def _flat(said: str) -> str:
    """On one line, with one blank where there are several. One that holds together what stands beside it stays."""
    return re.sub("[ \t\n]+", " ", said).strip()


def is_language(folder: Path) -> bool:
    """Whether a folder is named as a language that CLDR knows."""
    try:
        return bool(_locale_of(folder))
    except (ValueError, UnknownLocaleError):
        return False


@lru_cache(maxsize=64)
def _locale_of(folder: Path) -> Locale:
    return Locale.parse(folder.name, sep="-")


@lru_cache(maxsize=64)
def environment(folder: Path, channel: str = "") -> Environment:
    """For the files of a language, or for its texts of a channel and the pieces they include.

    Texts are written plain; pages and layouts escape them. A field that does not exist raises. `{{ days | plural }}` is
    the language's form for that number, as CLDR names it: one, two, few, many, other.
    """
    loader = CachingFileSystemLoader(folder / channel, ext=".liquid", auto_reload=False, capacity=200)
    made = Environment(undefined=StrictUndefined, loader=loader)
    made.filters["plural"] = _locale_of(folder).plural_form
    if _locale_of(folder).text_direction == "rtl":
        made.add_tag(SetApart)
    return made
