"""A browser as people call it, from what it says of itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

# By what it says; the first that fits, as most of them also name those they descend from.
BROWSERS: Final[Mapping[str, str]] = {
    "Edg": "Edge",
    "OPR/": "Opera",
    "SamsungBrowser/": "Samsung Internet",
    "Firefox/": "Firefox",
    "FxiOS/": "Firefox",
    "CriOS/": "Chrome",
    "Chrome/": "Chrome",
    "Safari/": "Safari",
}
SYSTEMS: Final[Mapping[str, str]] = {
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Android": "Android",
    "CrOS": "ChromeOS",
    "Windows": "Windows",
    "Mac OS X": "macOS",
    "Linux": "Linux",
}


def in_words(user_agent: str) -> str:
    """As in "Firefox on Windows"; what is none of the usual is told as it is."""
    browser, system = _first(BROWSERS, user_agent), _first(SYSTEMS, user_agent)
    if browser and system:
        return f"{browser} on {system}"
    return browser or user_agent[:80] or "A browser without a name"


def _first(known: Mapping[str, str], said: str) -> str:
    return next((name for sign, name in known.items() if sign in said), "")
