"""A database that cannot be asked: on PostgreSQL the connection is cut, on SQLite the file cannot be opened."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

from django.db import OperationalError, connection


def _no_file(*_: Any) -> NoReturn:
    raise OperationalError("unable to open database file")


@contextmanager
def database_away() -> Iterator[None]:
    """While it lasts every statement fails as it does then."""
    if connection.vendor != "postgresql":
        with connection.execute_wrapper(_no_file):
            yield
        return
    connection.ensure_connection()
    living, connection.connection = connection.connection, _cut()
    try:
        yield
    finally:
        connection.connection = living


def _cut() -> Any:
    """A connection like ours that the server has ended."""
    own = connection.get_new_connection(connection.get_connection_params())
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [own.info.backend_pid])
    return own
