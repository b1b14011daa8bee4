"""A merchant's segment of a customer: one word, as the customer's metadata at Stripe names it. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

KEY: Final = "tideover_segment"
LONGEST: Final = 40
ALLOWED: Final = f"one word of at most {LONGEST} letters a to z, digits, - and _"
NO_SEGMENT: Final = f"{KEY}: what stands there is no segment: {ALLOWED}."  # a stranger's words are not repeated
_SEGMENT: Final = re.compile(rf"[a-z0-9][a-z0-9_-]{{0,{LONGEST - 1}}}")


def is_a_segment(word: str) -> bool:
    """Whether a segment may be called so: a group's name fits, and no address of a person does."""
    return bool(_SEGMENT.fullmatch(word))


def segment_in(metadata: Mapping[str, object]) -> str:
    """The segment that stands there, in small letters; empty where none does."""
    said = _said(metadata)
    return said if is_a_segment(said) else ""


def is_odd(metadata: Mapping[str, object]) -> bool:
    """Whether something stands there that is no segment."""
    return bool(_said(metadata)) and not segment_in(metadata)


def _said(metadata: Mapping[str, object]) -> str:
    said = metadata.get(KEY)
    return said.strip().lower() if isinstance(said, str) else ""
