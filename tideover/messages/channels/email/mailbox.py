"""The header that names one mailbox: a name and an address, which no reader can take for two or for another.

Python's own folding drops the quotes of a name that does not fit into its line (3.11 to 3.13), and then its commas part
it into several mailboxes. So these headers are written here: plain, quoted or as encoded words, whatever is safe.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from email.policy import Policy
from typing import Final, Self

ATOMS: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/^_`{|}~-]+( [A-Za-z0-9!#$%&'*+/^_`{|}~-]+)*")
LONGEST_LINE: Final = 76
LONGEST_WORD: Final = 39  # bytes; an encoded word has up to 75 characters


class Mailbox(str):
    """What stands after From, To or Reply-To. It is a header already, so that no policy takes it apart again."""

    __slots__ = ("name",)
    name: str

    @classmethod
    def of(cls, header: str, display: str, address: str) -> Self:
        """display: one line without control characters, or empty. address: one that can be written to."""
        made = cls(f"{_phrase(header, display, address)} <{address}>" if display else address)
        made.name = header
        return made

    def fold(self, *, policy: Policy) -> str:
        """The whole header as it goes out."""
        return f"{self.name}: {self}".replace("\n", policy.linesep) + policy.linesep


def _phrase(header: str, display: str, address: str) -> str:
    """The name as it stands in the header."""
    fits = len(f'{header}: "{display}" <{address}>') <= LONGEST_LINE
    if fits and ATOMS.fullmatch(display):
        return display
    if fits and display.isascii() and display.isprintable() and "=?" not in display:
        escaped = re.sub(r'(["\\])', r"\\\1", display)
        return f'"{escaped}"'
    return "\n ".join(f"=?utf-8?b?{base64.b64encode(part).decode()}?=" for part in _parts(display)) + "\n"


def _parts(display: str) -> Iterator[bytes]:
    """Pieces that are short enough for a word each, without cutting a character in two."""
    part = b""
    for character in display:
        encoded = character.encode("utf-8", "replace")
        if len(part) + len(encoded) > LONGEST_WORD:
            yield part
            part = b""
        part += encoded
    yield part
