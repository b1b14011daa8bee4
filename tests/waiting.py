"""Waiting for what happens in another process or thread, for as long as it takes; pytest's limit ends what never comes."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

Seen = TypeVar("Seen")


def until(seen: Callable[[], Seen]) -> Seen:
    """The first answer of `seen` that is true, asked again and again."""
    while not (answer := seen()):
        time.sleep(0.01)  # leaves the processor to whom we wait for; how long it is decides nothing
    return answer
