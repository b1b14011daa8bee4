"""A picture held to what it says it is: only the parts that draw it are kept, in the order of the format.

What was hidden in it or hung on behind its end (places, comments, scripts, another file) does not come along.
PNG: https://www.w3.org/TR/png-3/ · JPEG: https://www.w3.org/Graphics/JPEG/itu-t81.pdf, annex B
"""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from tideover.core.settings.values import BadValue

MOST_BYTES: Final = 200_000
LONGEST_SIDE: Final = 2_000
PNG: Final = b"\x89PNG\r\n\x1a\n"
JPEG: Final = b"\xff\xd8"
_END: Final = 0xD9
_SCAN: Final = 0xDA
_DRAWN: Final = frozenset({b"IHDR", b"PLTE", b"tRNS", b"gAMA", b"sRGB", b"IDAT", b"IEND"})
# Frames with the size of the picture; C4, C8 and CC are tables.
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_APPLICATION: Final = frozenset(range(0xE1, 0xF0)) - {0xEE}  # EE tells how the colors are to be read
_COMMENT: Final = 0xFE
WHAT_IT_IS: Final = "PNG or JPEG, at most 200 kB, at most 2000 pixels a side"
NO_PICTURE: Final = "This is no PNG and no JPEG. Mail programs show no other kind, and an SVG can carry a script."
BROKEN: Final = "The picture is damaged: it could not be read to its end."


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture that can be shown. type: as the web calls its kind."""

    type: str
    content: bytes


def drawing(content: bytes) -> Drawing:
    """The picture, without what does not draw it. Raises BadValue."""
    if len(content) > MOST_BYTES:
        raise BadValue("The picture is larger than 200 kB.")
    try:
        if content.startswith(PNG):
            return Drawing("image/png", PNG + b"".join(_png(content)))
        if content.startswith(JPEG):
            return Drawing("image/jpeg", JPEG + b"".join(_jpeg(content)))
    except IndexError:
        raise BadValue(BROKEN) from None
    raise BadValue(NO_PICTURE)


def _png(content: bytes) -> Iterator[bytes]:
    """The chunks that draw, each whole by its checksum, from the first to the end."""
    at, kind = len(PNG), b""
    while kind != b"IEND":
        size = _number(content, at, 4)
        kind, whole = content[at + 4 : at + 8], content[at : at + 12 + size]
        if len(whole) < 12 + size or zlib.crc32(whole[4:-4]) != _number(whole, len(whole) - 4, 4):
            raise BadValue(BROKEN)
        if at == len(PNG):
            _measure(_number(whole, 8, 4), _number(whole, 12, 4))
        if kind in _DRAWN:
            yield whole
        at += 12 + size


def _jpeg(content: bytes) -> Iterator[bytes]:
    """The segments that draw, and the scans behind them."""
    at, measured = len(JPEG), False
    while (marker := _marker(content, at)) != _END:
        size = 2 + _number(content, at + 2, 2)
        if marker in _FRAMES:
            _measure(_number(content, at + 7, 2), _number(content, at + 5, 2))
            measured = True
        end = _end_of_scan(content, at + size) if marker == _SCAN else at + size
        if end > len(content):
            raise BadValue(BROKEN)
        if marker not in _APPLICATION and marker != _COMMENT:
            yield content[at:end]
        at = end
    if not measured:
        raise BadValue(BROKEN)
    yield bytes([0xFF, _END])


def _marker(content: bytes, at: int) -> int:
    if content[at] != 0xFF:
        raise BadValue(BROKEN)
    return content[at + 1]


def _end_of_scan(content: bytes, at: int) -> int:
    """Where the next segment begins: within a scan FF stands before 00 or a restart."""
    while content[at] != 0xFF or content[at + 1] == 0 or 0xD0 <= content[at + 1] <= 0xD7:
        at += 1
    return at


def _number(content: bytes, at: int, size: int) -> int:
    part = content[at : at + size]
    if len(part) < size:
        raise BadValue(BROKEN)
    return int.from_bytes(part)


def _measure(width: int, height: int) -> None:
    if not (0 < width <= LONGEST_SIDE and 0 < height <= LONGEST_SIDE):
        raise BadValue(f"The picture is {width} by {height} pixels; {LONGEST_SIDE} a side is the most.")


def as_text(picture: Drawing) -> str:
    """The picture as a `data:` address, which can stand in a file of settings."""
    return f"data:{picture.type};base64,{base64.b64encode(picture.content).decode()}"


def from_text(text: str) -> Drawing:
    """The picture of a `data:` address. Raises BadValue."""
    head, _, body = text.partition(",")
    if not (head.startswith("data:image/") and head.endswith(";base64")):
        raise BadValue("A picture is written as data:image/png;base64,… or empty.")
    try:
        return drawing(base64.b64decode(body, validate=True))
    except binascii.Error:
        raise BadValue(BROKEN) from None


@dataclass(frozen=True, slots=True)
class Picture:
    """A kind of setting: a picture as a `data:` address, or none."""

    def checked(self, value: object) -> str:
        if not isinstance(value, str):
            raise BadValue(f"It is a text, not {value!r}.")
        return as_text(from_text(value.strip())) if value.strip() else ""

    @property
    def bounds(self) -> str:
        return f"{WHAT_IT_IS}; in a file data:image/png;base64,…"
