"""Our text of a kind as a merchant's could begin: with its pieces in place, in lines and blocks."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Final

from tideover.core.catalogue import Channel, Template
from tideover.messages.languages import EMPTY_LINE, Language, named
from tideover.messages.own.content import Block, Content, Kind

PIECE: Final = re.compile(r"{%-?\s*include\s+'(\w+)'\s*-?%}")


def ours(language: Language, channel: Channel, template: Template) -> Content:
    """The text that goes out where a merchant has none of their own."""
    return _ours(language.folder / channel, template)


@lru_cache(maxsize=600)
def _ours(folder: Path, template: Template) -> Content:
    head, *paragraphs = EMPTY_LINE.split(_whole(folder, template).strip())
    lines = dict(named(line.strip()) for line in head.splitlines() if line.strip())
    if "text" in lines:
        return Content((Block(Kind.TEXT, lines["text"]),))
    *before, closing = (Block(Kind.TEXT, paragraph.strip()) for paragraph in paragraphs)
    blocks = (*before, Block(Kind.BUTTON, lines["button"]), closing, Block(Kind.FACTS))
    return Content(blocks, lines["subject"], lines["preheader"], lines["heading"])


def _whole(folder: Path, name: str) -> str:
    """A text with the pieces that it includes."""
    text = (folder / f"{name}.liquid").read_text("utf-8")
    return PIECE.sub(lambda found: _whole(folder, found[1]).strip(), text)
