"""What a message says before it is laid out: lines and pieces, from the merchant's own text or from ours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import structlog

from tideover.core.catalogue import Channel, Template
from tideover.core.shares.verdicts import Half
from tideover.messages.languages import EMPTY_LINE, BadText, Language, Text
from tideover.messages.own.content import LINES, WORDED, Content, Kind
from tideover.messages.own.sandbox import filled, flat

log = structlog.get_logger("messages")
OURS: Final = 0  # the version of a message that our text is said in


@dataclass(frozen=True, slots=True)
class Own:
    """A version of a merchant's text; or, under the number `OURS`, a draft that speaks unread in the place of ours."""

    number: int
    content: Content
    draft: UUID | None = None


@dataclass(frozen=True, slots=True)
class InTrial:
    """That a message is written for one half of a trial."""

    trial: UUID
    half: Half


@dataclass(frozen=True, slots=True)
class Chosen:
    """The text of a message: the merchant's, or ours where there is none; and the trial that chose it."""

    own: Own | None = None
    trial: InTrial | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """A block that is said here. words: of one paragraph; empty of a kind that has none."""

    kind: Kind
    words: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """A message in words, plain and unescaped. version: of the merchant's text, or `OURS`; draft: the one it is."""

    lines: Mapping[str, str]
    pieces: tuple[Piece, ...]
    version: int = OURS
    draft: UUID | None = None


def said(own: Own | None, language: Language, channel: Channel, template: Template, merge: Mapping[str, Any]) -> Said:
    """The message. Where the merchant's text cannot be filled in, which its checks have ruled out, it is in our words.

    Raises liquid's errors only where ours is broken (see lint.py).
    """
    if own is not None:
        try:
            return filled_in(own, language, channel, merge)
        except BadText as broken:
            log.warning(
                "text.not_filled", version=own.number, template=template, language=language.code, why=str(broken)
            )
    return _in_our_words(language.text(channel, template, merge), channel)


def filled_in(own: Own, language: Language, channel: Channel, merge: Mapping[str, Any]) -> Said:
    """The merchant's text with the facts in it. Raises BadText."""
    lines = {name: flat(filled(own.content.line(name), language, merge)) for name in LINES[channel]}
    return Said(lines, tuple(_pieces(own.content, language, merge)), own.number, own.draft)


def _pieces(content: Content, language: Language, merge: Mapping[str, Any]) -> Iterator[Piece]:
    for block in content.blocks:
        if block.kind not in WORDED:
            yield Piece(block.kind)
            continue
        words = filled(block.words, language, merge)
        for paragraph in EMPTY_LINE.split(words.strip()) if block.kind == Kind.TEXT else [words]:
            if flat(paragraph):
                yield Piece(block.kind, flat(paragraph))


def _in_our_words(text: Text, channel: Channel) -> Said:
    """As our texts are laid out: the button stands before the last paragraph, and what is known below it."""
    if channel == Channel.SMS:
        return Said({}, (Piece(Kind.TEXT, text.lines["text"]),))
    *before, closing = text.paragraphs
    button, facts = Piece(Kind.BUTTON, text.lines["button"]), Piece(Kind.FACTS)
    pieces = (*(Piece(Kind.TEXT, each) for each in before), button, Piece(Kind.TEXT, closing), facts)
    return Said({name: text.lines[name] for name in LINES[channel]}, pieces)
