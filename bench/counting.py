"""How many questions a database was asked; imported only once Django is awake."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection as database


@contextmanager
def counted() -> Iterator[list[int]]:
    """Yields a list with their number so far."""
    queries = [0]

    def count(execute: Callable[..., Any], *arguments: Any) -> Any:  # noqa: ANN401 - Django's own signature
        queries[0] += 1
        return execute(*arguments)

    with database.execute_wrapper(count):
        yield queries
