"""Many things in one round, where whatever is wrong with one stops no other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from django.db import connection


@contextmanager
def alone(event: str, **about: object) -> Iterator[None]:
    """What breaks within concerns this one thing: it is told in the log under `event`, and the code after it goes on.

    A database that is away concerns everybody: that is raised.
    """
    try:
        yield
    except Exception:  # whatever it is, the others have their turn
        if not connection.is_usable():
            raise
        structlog.get_logger("upkeep").exception(event, **about)
