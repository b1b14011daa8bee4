"""A made-up language: English with each Latin letter replaced, and a number at the end of each line that is looked up.

What is read in it and still has a Latin word was not taken from the language's folder; a number that is never read
belongs to a line that nothing reads. It is filed as Hebrew, so that CLDR has its dates and it is read from the right.
"""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

from tideover.messages.lint import OURS

CODE = "he"
TAGS = re.compile(r"({[{%].*?[%}]})")
NAME = re.compile(r"([a-z_.]+: +)(.*)")
MARK = re.compile("⟦([0-9]+)⟧")
# Names and addresses are the same in every language.
NAMES = re.compile(r"[\w.+-]+@[\w.-]+|https?://\S+|\bVisa\b|\bStripe\b|\bTideover\b")
WORD = re.compile("[A-Za-z]{2,}")
READ_ALOUD = re.compile(r'(?:aria-label|alt|title|placeholder|data-busy|data-no-answer|data-not-loaded)="([^"]*)"')


def write_made_up(texts: Path) -> dict[str, str]:
    """Write the language, and English as it is, into the folder; which line has which number."""
    numbers: dict[str, str] = {}
    for path in (OURS / "en").rglob("*.liquid"):
        name = path.relative_to(OURS / "en")
        for language in ("en", CODE):
            (texts / language / name).parent.mkdir(parents=True, exist_ok=True)
        text = path.read_text("utf-8")
        (texts / "en" / name).write_text(text, "utf-8")
        (texts / CODE / name).write_text(_told(text, name, numbers), "utf-8")
    return numbers


def _told(text: str, name: Path, numbers: dict[str, str]) -> str:
    return "\n".join(_line(line, name, numbers) for line in text.split("\n"))


def _line(line: str, name: Path, numbers: dict[str, str]) -> str:
    found = NAME.fullmatch(line)
    if line.startswith("#") or not line:
        return line
    if found is None:
        return _replaced(line)
    if len(name.parts) > 1:  # a text has its lines at its head, and is read as a whole
        return found[1] + _replaced(found[2])
    number = str(len(numbers))
    numbers[number] = f"{name.stem} {found[1].strip(' :')}"
    return f"{found[1]}{_replaced(found[2])} ⟦{number}⟧"


def _replaced(words: str) -> str:
    return "".join(part if TAGS.fullmatch(part) else re.sub("[A-Za-z]", "ש", part) for part in TAGS.split(words))


def latin_words(read: str) -> list[str]:
    """The Latin words in what somebody reads."""
    return WORD.findall(NAMES.sub("", MARK.sub("", read)))


def read_of(html: str) -> str:
    """What a person reads or hears of a page or a mail."""
    aloud = " ".join(READ_ALOUD.findall(html))
    body = re.sub(r"<!--.*?-->|<(script|style|svg)\b.*?</\1>", " ", html, flags=re.DOTALL)
    return unescape(f"{re.sub(r'<[^>]+>', ' ', body)} {aloud}")
