"""A merchant's color made readable: contrast as WCAG 2 defines it, at least 4.5 to 1."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

DEFAULT = "#00d4aa"
WHITE = "#ffffff"
DARK = "#0b1220"
NIGHT = "#14171d"  # what a page is drawn on in the dark
ENOUGH = 4.5


@dataclass(frozen=True, slots=True)
class Palette:
    """Colors as "#rrggbb": a button and its label, and the brand as text on white."""

    button: str
    on_button: str
    ink: str

    @property
    def on_dark(self) -> str:
        """The brand as text on a dark page."""
        return lightened(self.button)


@lru_cache(maxsize=1024)
def palette(brand: str) -> Palette:
    """The brand's button as near to `brand` as its label stays readable; what is no color becomes the default."""
    color = brand.lower() if re.fullmatch(r"#[0-9a-fA-F]{6}", brand) else DEFAULT
    if contrast(color, DARK) >= ENOUGH > contrast(color, WHITE):
        return Palette(color, DARK, darkened(color))
    readable = darkened(color)
    return Palette(readable, WHITE, readable)


def contrast(one: str, other: str) -> float:
    """From 1 (the same) to 21 (black on white), https://www.w3.org/TR/WCAG21/#dfn-contrast-ratio."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def darkened(color: str) -> str:
    """`color`, darkened in small steps until it is readable on white."""
    channels = _channels(color)
    while contrast(_written(channels), WHITE) < ENOUGH:
        channels = [value * 95 // 100 for value in channels]
    return _written(channels)


def lightened(color: str) -> str:
    """`color`, lightened in small steps until it is readable on a dark page."""
    channels = _channels(color)
    while contrast(_written(channels), NIGHT) < ENOUGH:
        channels = [255 - (255 - value) * 95 // 100 for value in channels]
    return _written(channels)


def _channels(color: str) -> list[int]:
    return [int(color[at : at + 2], 16) for at in (1, 3, 5)]


def _written(channels: list[int]) -> str:
    return "#" + "".join(f"{value:02x}" for value in channels)


def _luminance(color: str) -> float:
    red, green, blue = (_linear(value / 255) for value in _channels(color))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(value: float) -> float:
    linear: float = value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
    return linear
