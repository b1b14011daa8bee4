"""How a mail of each design is drawn: what its layout is filled with before it is compiled, and what stands first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final

from tideover.core.settings.designs import Design
from tideover.messages.typefaces import LATIN, SERIF

# What words are drawn in, on light and on dark; with them the grounds of a style are readable, by the lint.
INK: Final = "#1b2333"
QUIET: Final = "#5a6478"
INK_DARK: Final = "#e8ecf3"
QUIET_DARK: Final = "#a7b0c0"
NIGHT: Final = "#0d1117"


@dataclass(frozen=True, slots=True)
class Type:
    """Letters: their size, how far lines stand apart, and how bold they are."""

    size: int
    line: int
    weight: int = 400


@dataclass(frozen=True, slots=True)
class Style:
    """A design: what layout.mjml asks for.

    ground: behind the mail; paper: behind its words; each also in the dark. padding: above and below the words; side:
    beside them. head: where the sender's name stands: on the paper, on a band above it, or nowhere. centered: name,
    heading and button. is_link, is_wide: how the button is drawn. rows: the type of facts; figures_apart: at the end of
    their line. first: kinds of block that stand above all others, in this order.
    """

    ground: str = "#f3f5f8"
    paper: str = "#ffffff"
    ground_dark: str = NIGHT
    paper_dark: str = "#161c26"
    radius: str = "12px"
    padding: str = "32px 0 16px"
    side: int = 32
    faces: str = LATIN
    words: Type = Type(16, 24)
    roomy: int = 28  # the lines of a script that reaches further up and down
    heading: Type = Type(22, 30, 600)
    head: str = "paper"
    centered: bool = False
    is_link: bool = False
    is_wide: bool = False
    button: Type = Type(16, 20, 600)
    inner: str = "14px 24px"
    rows: Type = Type(14, 20)
    figures_apart: bool = False
    first: Sequence[str] = ()

    @property
    def align(self) -> str:
        """Where name, heading and button stand; the field is filled in with each mail."""
        return "center" if self.centered else "{{ start }}"


BARE: Final[Mapping[str, Any]] = {"ground": "#ffffff", "paper_dark": NIGHT, "radius": "0", "padding": "8px 0 16px"}
STYLES: Final[Mapping[Design, Style]] = {
    Design.CARD: Style(),
    Design.LETTER: Style(**BARE, faces=SERIF, words=Type(17, 28), roomy=30, heading=Type(20, 30, 600)),
    Design.NOTE: Style(**BARE, head="none", heading=Type(16, 24, 600), is_link=True, rows=Type(13, 20)),
    Design.LEDGER: Style(
        radius="4px", heading=Type(20, 28, 600), rows=Type(15, 22), figures_apart=True, first=("amount", "rows")
    ),
    Design.BAND: Style(radius="0 0 12px 12px", padding="28px 0 16px", head="band"),
    Design.BUTTON: Style(
        heading=Type(28, 36, 700), button=Type(18, 24, 700), inner="18px 24px", is_wide=True, first=("button",)
    ),
    Design.CENTERED: Style(ground="#f6f4f0", radius="16px", heading=Type(24, 32, 600), centered=True),
    Design.COMPACT: Style(
        radius="8px",
        padding="20px 0 8px",
        side=20,
        words=Type(14, 20),
        roomy=24,
        heading=Type(17, 24, 600),
        button=Type(14, 18, 600),
        inner="10px 18px",
        rows=Type(13, 18),
    ),
}


def arranged(blocks: Sequence[Mapping[str, Any]], design: Design) -> list[Mapping[str, Any]]:
    """The blocks of a mail in the order of its design; those that it does not place stay as they are written."""
    first = STYLES[design].first
    leading = chain.from_iterable(_of_kind(blocks, kind) for kind in first)
    return [*leading, *(block for block in blocks if block["kind"] not in first)]


def _of_kind(blocks: Sequence[Mapping[str, Any]], kind: str) -> Iterator[Mapping[str, Any]]:
    return (block for block in blocks if block["kind"] == kind)
