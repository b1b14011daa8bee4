"""Chance that repeats itself: every draw of the simulated people comes from a seed and a name."""

from __future__ import annotations

import random
from typing import Final

_MASK: Final = (1 << 64) - 1
_ODD: Final = 0x9E3779B97F4A7C15
_STIR: Final = 0xBF58476D1CE4E5B9
_SPAN: Final = float(1 << 64)


def stream(seed: int, *names: int | str) -> random.Random:
    """A stream of draws of its own for one purpose, so that one person's luck never shifts another's."""
    return random.Random(":".join(map(str, (seed, *names))))  # noqa: S311 - a simulated world must repeat, not hide


def chance(*keys: int) -> float:
    """A number in [0, 1) that depends on the keys alone: no state, so the order of questions changes nothing."""
    mixed = _ODD
    for key in keys:
        mixed = ((mixed ^ (key & _MASK)) * _STIR + _ODD) & _MASK
        mixed ^= mixed >> 31
    mixed = (mixed * _STIR) & _MASK
    return (mixed ^ (mixed >> 29)) / _SPAN
