"""What a merchant's text is made of: lines at its head, and blocks; the same in a form, as JSON and as a file."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from tideover.core.catalogue import Channel

LONGEST_LINE: Final = 1500  # with its conditions; how long it may be once it is filled in, the checks tell
LONGEST_BLOCK: Final = 4000
MOST_BLOCKS: Final = 30


class Kind(StrEnum):
    """The blocks there are. What every mail ends with (why it came, who wrote it, the way out) is none of them."""

    TEXT = "text"
    BUTTON = "button"
    AMOUNT = "amount"
    FACTS = "facts"
    INVOICES = "invoices"
    CARD = "card"
    DIVIDER = "divider"
    IMAGE = "image"


WORDED: Final = frozenset({Kind.TEXT, Kind.BUTTON})  # the others say what is known, and have no words of their own
# What a text of a channel has.
LINES: Final[Mapping[Channel, Sequence[str]]] = {
    Channel.EMAIL: ("subject", "preheader", "heading"),
    Channel.SMS: (),
}
KINDS: Final[Mapping[Channel, Sequence[Kind]]] = {Channel.EMAIL: tuple(Kind), Channel.SMS: (Kind.TEXT,)}
_BLOCK: Final = re.compile(r"\[(\w+)\](?: +(.*))?")
_LINE: Final = re.compile(r"(\w+): *(.*)")
# Marks that reorder or hide what is read, and those that no line of a mail has.
_TRICKS: Final = re.compile(
    "[\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)


class BadContent(ValueError):  # noqa: N818 - what it is
    """It is no text of its channel. Its words say what is wrong, and where: a line's name, or a block's number."""

    def __init__(self, where: str, why: str) -> None:
        super().__init__(f"{where}: {why}")
        self.where, self.why = where, why


@dataclass(frozen=True, slots=True)
class Block:
    """One thing in a message. words: with fields; empty where its kind has none."""

    kind: Kind
    words: str = ""


@dataclass(frozen=True, slots=True)
class Content:
    """A text. A line that its channel does not have is empty."""

    blocks: tuple[Block, ...]
    subject: str = ""
    preheader: str = ""
    heading: str = ""

    def line(self, name: str) -> str:
        return str(getattr(self, name))

    def places(self, channel: Channel) -> Iterator[tuple[str, str]]:
        """Whatever has words: by the name of a line, or by the block's number."""
        for name in LINES[channel]:
            yield name, self.line(name)
        for number, block in enumerate(self.blocks, start=1):
            if block.kind in WORDED:
                yield f"block {number}", block.words


def checked(content: Content, channel: Channel) -> Content:
    """The same, clean, if a text of the channel can look so. Raises BadContent."""
    lines = {name: _clean(name, content.line(name), LONGEST_LINE, one_line=True) for name in LINES[channel]}
    if not content.blocks:
        raise BadContent("blocks", "There is no block.")
    if len(content.blocks) > MOST_BLOCKS:
        raise BadContent("blocks", f"At most {MOST_BLOCKS} blocks.")
    blocks = tuple(_checked(f"block {at}", each, channel) for at, each in enumerate(content.blocks, start=1))
    if channel == Channel.SMS and len(blocks) != 1:
        raise BadContent("blocks", "A text message is one text.")
    return Content(blocks, **lines)


def _checked(where: str, block: Block, channel: Channel) -> Block:
    if block.kind not in KINDS[channel]:
        raise BadContent(where, f"A message by this channel has no {block.kind}.")
    if block.kind not in WORDED:
        return Block(block.kind)
    of_one_line = block.kind == Kind.BUTTON or channel == Channel.SMS
    words = _clean(where, block.words, LONGEST_BLOCK, one_line=of_one_line)
    taken = next((line for line in words.splitlines() if _opens(line)), None)
    if taken is not None:
        raise BadContent(where, f"A line of a text cannot be {taken!r}: that is how a block begins in a file.")
    return Block(block.kind, words)


def _clean(where: str, words: str, longest: int, *, one_line: bool) -> str:
    words = unicodedata.normalize("NFC", words.replace("\r\n", "\n").replace("\r", "\n")).strip()
    if one_line:
        words = " ".join(words.split("\n"))
    words = "\n".join(line.rstrip() for line in words.split("\n"))
    if not words:
        raise BadContent(where, "Nothing is written here.")
    if len(words) > longest:
        raise BadContent(where, f"At most {longest} characters with all conditions, not {len(words)}.")
    odd = _TRICKS.search(words) or next((mark for mark in words if _is_odd(mark)), None)
    if odd is not None:
        mark = odd if isinstance(odd, str) else odd[0]
        raise BadContent(where, f"A character that is not seen stands here (U+{ord(mark):04X}). Type it anew.")
    return words


def _is_odd(mark: str) -> bool:
    return mark != "\n" and unicodedata.category(mark) in {"Cc", "Cs", "Co", "Cn", "Zl", "Zp"}


def _opens(line: str) -> Kind | None:
    """The kind of block that a line of a file begins."""
    found = _BLOCK.fullmatch(line)
    return Kind(found[1]) if found and found[1] in set(Kind) else None


# ── as JSON ──


def to_json(content: Content) -> dict[str, Any]:
    """As a row keeps it."""
    blocks = [{"kind": block.kind.value, "words": block.words} for block in content.blocks]
    return {"subject": content.subject, "preheader": content.preheader, "heading": content.heading, "blocks": blocks}


def from_json(told: Mapping[str, Any]) -> Content:
    """What a row keeps."""
    blocks = tuple(Block(Kind(each["kind"]), each["words"]) for each in told["blocks"])
    return Content(blocks, told["subject"], told["preheader"], told["heading"])


# ── as a file ──


def written(content: Content, channel: Channel) -> str:
    """As a file: lines, then blocks, each begun by its kind in brackets. The same text is the same file."""
    head = [f"{name}: {content.line(name)}" for name in LINES[channel]]
    blocks = ["\n".join(_block(block)) for block in content.blocks]
    return "\n\n".join(["\n".join(head), *blocks] if head else blocks) + "\n"


def _block(block: Block) -> Iterator[str]:
    if block.kind == Kind.TEXT:
        yield from ("[text]", block.words)
    else:
        yield f"[{block.kind}] {block.words}".rstrip()


def read(text: str, channel: Channel) -> Content:
    """What a file says. Raises BadContent."""
    return checked(understood(text, channel), channel)


def understood(text: str, channel: Channel) -> Content:
    """What a file says, whether a text can look so or not. Raises BadContent where it is no such file."""
    lines, blocks = _head(text, channel), list(_blocks(text))
    return Content(tuple(blocks), **lines)


def begins(text: str) -> Mapping[str, int]:
    """On which line of a file each line of the head, and each block, begins."""
    found: dict[str, int] = {}
    blocks = 0
    for number, line in enumerate(text.splitlines(), start=1):
        if _opens(line):
            blocks += 1
            found[f"block {blocks}"] = number
        elif not blocks and (named := _LINE.fullmatch(line)):
            found.setdefault(named[1], number)
    return found


def _head(text: str, channel: Channel) -> dict[str, str]:
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if line.startswith("["):
            break
        if not line.strip() or line.startswith("#"):
            continue
        named = _LINE.fullmatch(line)
        if named is None or named[1] not in LINES[channel] or named[1] in found:
            allowed = ", ".join(LINES[channel]) or "no lines"
            raise BadContent(
                f"line {number}", f"Before the first block stand {allowed}, once each, as in 'name: words'."
            )
        found[named[1]] = named[2]
    return found


def _blocks(text: str) -> Iterator[Block]:
    kind, said = None, list[str]()
    for number, line in enumerate(text.splitlines(), start=1):
        opened = _opens(line)
        if opened is None and kind is None and line.startswith("["):
            raise BadContent(f"line {number}", f"There is no block {line!r}. There are {', '.join(Kind)}.")
        if opened is None:
            said.append(line)
            continue
        if kind is not None:
            yield Block(kind, "\n".join(said).strip())
        found = _BLOCK.fullmatch(line)
        kind, said = opened, [found[2] or ""] if found else []
    if kind is not None:
        yield Block(kind, "\n".join(said).strip())
