"""What every mail must be, whatever its design: whole, small, readable by light and in the dark, and all in words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from itertools import product
from typing import Final

from tideover.core.catalogue import Template
from tideover.core.settings.designs import Design
from tideover.messages.channels.email.compose import compose
from tideover.messages.channels.email.designs import INK_DARK, QUIET_DARK, STYLES, Style
from tideover.messages.channels.way import Composed
from tideover.messages.color import DARK, ENOUGH, WHITE, contrast, palette
from tideover.messages.examples import EXAMPLE, SEVERAL, SPARSE
from tideover.messages.own.checks import MOST_BYTES
from tideover.messages.own.content import Block, Content, Kind
from tideover.messages.own.saying import Own
from tideover.messages.wording import Wording

BRANDS: Final = ("#00d4aa", "#ffee00", "#0b1220", "#ffffff", "#7a7a7a", "#d40000")
ENDLESS: Final = frozenset({"area", "br", "col", "hr", "img", "input", "link", "meta"})  # elements without an end
EACH_WAY: Final = ("en", "ar")  # read from the left, and from the right: what else a language changes are words
EVERY_BLOCK: Final = Content(tuple(Block(kind, "{{ amount }}") for kind in Kind), "Hello", "Hello", "Hello")
UNFILLED: Final = re.compile(r"{{|{%|\[\[|\[%")
_STYLED: Final = re.compile(r"(?:^|;)\s*(background|background-color|color|display)\s*:\s*([^;]+)")
_COLOR: Final = re.compile("#[0-9a-f]{6}")


def wrong_anywhere() -> Iterator[str]:
    """What is wrong with any design, in each kind of message, and in each block that a merchant's own text can have."""
    for (design, style), brand in product(STYLES.items(), BRANDS):
        yield from (f"{design}: {what}" for what in wrong_in_the_dark(style, brand))
    for design, mail in product(Design, mails()):
        found = wrong_with(compose(replace(mail, design=design)))
        yield from (f"{design}, {mail.template}, {mail.locale}: {what}" for what in found)


def mails() -> Iterator[Wording]:
    """Each kind of message with all known, little known and several owed; and a text of the merchant's."""
    for locale, (number, template) in product(EACH_WAY, enumerate(Template)):
        brand = BRANDS[number % len(BRANDS)]
        for base in (EXAMPLE, SPARSE, SEVERAL, replace(EXAMPLE, own=Own(1, EVERY_BLOCK))):
            logo = "" if base is SPARSE else "https://shop.example/logo.png"
            yield replace(base, template=template, locale=locale, brand_color=brand, logo_url=logo)


def wrong_with(mail: Composed) -> Iterator[str]:
    """All that is wrong with a mail as it is drawn by light, in words."""
    reader = Reader()
    reader.feed(mail.html)
    reader.close()
    yield from reader.faults
    yield from (f"<{each.tag}> is not closed" for each in reader.within)
    if (size := len(mail.html.encode())) > MOST_BYTES:
        yield f"{size // 1000} kB of HTML: mail programs cut what is longer than {MOST_BYTES // 1000} kB"
    if UNFILLED.search(mail.html + mail.text):
        yield "a field is not filled in"
    plain = _flat(mail.text)
    yield from (f"the plain part does not say {said!r}" for said in reader.said if said not in plain)


def wrong_in_the_dark(style: Style, brand: str) -> Iterator[str]:
    """What of a design cannot be read in the dark, with a merchant's color."""
    pairs = [(QUIET_DARK, style.ground_dark), *((ink, style.paper_dark) for ink in (INK_DARK, QUIET_DARK, WHITE))]
    pairs += [(palette(brand).on_dark, style.paper_dark)] if style.is_link else []
    for ink, ground in pairs:
        yield from _unreadable(ink, ground, "in the dark")


def _unreadable(ink: str, ground: str, said: str) -> Iterator[str]:
    if (far := contrast(ink, ground)) < ENOUGH:
        yield f"{ink} on {ground} is {far:.1f} to 1: {said}"


def _flat(words: str) -> str:
    return " ".join(words.split())


@dataclass(frozen=True, slots=True)
class Element:
    """An element that is open: in what its words are drawn, on what, and whether they are seen."""

    tag: str
    ink: str = DARK
    ground: str = WHITE
    seen: bool = True


class Reader(HTMLParser):
    """Reads a mail as a mail program does that knows nothing but elements and their own styles."""

    def __init__(self) -> None:
        super().__init__()
        self.within: list[Element] = []
        self.said: list[str] = []
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if len(told) < len(attrs):
            self.faults.append(f"<{tag}> has an attribute twice")
        if tag == "img" and "alt" not in told:
            self.faults.append("a picture has no alt text")
        if tag == "html" and not {"lang", "dir"} <= told.keys():
            self.faults.append("it does not say its language and direction")
        if tag not in ENDLESS:
            self.within.append(self._opened(tag, told))

    def _opened(self, tag: str, told: dict[str, str]) -> Element:
        around = self.within[-1] if self.within else Element("")
        style = dict(_STYLED.findall(told.get("style", "")))
        ground = style.get("background-color") or style.get("background") or told.get("bgcolor", "")
        hidden = tag in {"style", "title"} or style.get("display") == "none"
        return Element(
            tag,
            _color(style.get("color", ""), around.ink),
            _color(ground, around.ground),
            around.seen and not hidden,
        )

    def handle_endtag(self, tag: str) -> None:
        if self.within and self.within[-1].tag == tag:
            self.within.pop()
        elif tag not in ENDLESS:  # the compiler closes those, and every program overlooks that
            self.faults.append(f"</{tag}> closes what is not open")

    def handle_data(self, data: str) -> None:
        here = self.within[-1] if self.within else Element("")
        if here.seen and (words := _flat(data)):
            self.said += [part for part in words.split(" · ") if part]
            self.faults += _unreadable(here.ink, here.ground, words)


def _color(told: str, otherwise: str) -> str:
    found = _COLOR.search(told.lower())
    return found[0] if found else otherwise
