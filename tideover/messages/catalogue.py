"""The texts: one Liquid file per template and language, shared pieces beside them, one layout for all."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from babel import Locale, UnknownLocaleError
from liquid import BoundTemplate, CachingFileSystemLoader, Environment, StrictUndefined
from mjml import mjml2html

FOLDER: Final = Path(__file__).resolve().parent / "templates" / "messages"
FALLBACK: Final = "en"
LAYOUT: Final = "layout.mjml"
PLAIN_LAYOUT: Final = "layout.txt"
EMPTY_LINE: Final = re.compile(r"\n[ \t]*\n")


class BadText(ValueError):  # noqa: N818 - says what is wrong
    """A text that does not have the parts a message needs."""


@dataclass(frozen=True, slots=True)
class Words:
    """A rendered text: its named lines and its paragraphs, plain and unescaped."""

    lines: Mapping[str, str]
    paragraphs: tuple[str, ...]


@lru_cache(maxsize=4)
def words_environment(folder: Path) -> Environment:
    """Texts are written plain; the layout escapes them. A field that does not exist raises."""
    loader = CachingFileSystemLoader(folder, ext=".liquid", auto_reload=False, capacity=200)
    return Environment(undefined=StrictUndefined, loader=loader)


@lru_cache(maxsize=1)
def html_layout() -> BoundTemplate:
    """The MJML layout as an HTML template: compiled once per process, since its fields survive the compiler."""
    compiled = mjml2html((FOLDER / LAYOUT).read_text("utf-8"))
    return Environment(undefined=StrictUndefined, autoescape=True).from_string(compiled, name=LAYOUT)


@lru_cache(maxsize=1)
def plain_layout() -> BoundTemplate:
    return Environment(undefined=StrictUndefined).from_string((FOLDER / PLAIN_LAYOUT).read_text("utf-8"))


@lru_cache(maxsize=4)
def languages(folder: Path = FOLDER) -> frozenset[str]:
    """The languages there are texts in."""
    return frozenset(path.name for path in folder.iterdir() if (path / "labels.liquid").is_file())


@lru_cache(maxsize=512)
def spoken_in(locale: str) -> tuple[str, str]:
    """The (language, Babel locale) to write in: the customer's own, or English throughout.

    Dates and amounts follow the language of the text: a French date in an English sentence helps nobody.
    """
    try:
        known = Locale.parse(locale.replace("-", "_"))
    except (ValueError, UnknownLocaleError):
        return FALLBACK, FALLBACK
    return (known.language, str(known)) if known.language in languages() else (FALLBACK, FALLBACK)


def words(language: str, name: str, merge: Mapping[str, Any], folder: Path = FOLDER) -> Words:
    """The text `name` with its fields filled in. Raises liquid's errors for a field it should not name."""
    return parsed(words_environment(folder).get_template(f"{language}/{name}").render(**merge))


def parsed(text: str) -> Words:
    """Named lines ("subject: …") up to the first empty line, then paragraphs with empty lines between them."""
    head, *blocks = EMPTY_LINE.split(text.strip())
    lines: dict[str, str] = {}
    for line in filter(None, map(str.strip, head.splitlines())):
        name, colon, value = line.partition(": ")
        if not colon:
            raise BadText(f"{line!r} is not of the form 'name: text'")
        lines[name] = " ".join(value.split())
    return Words(lines, tuple(filter(None, (" ".join(block.split()) for block in blocks))))
