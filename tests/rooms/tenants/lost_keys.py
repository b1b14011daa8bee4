"""Operators who change TIDEOVER_DATA_KEYS, and envelopes that were damaged."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connection as database

from tideover.config import config
from tideover.tenants import envelopes, secrets
from tideover.tenants.models import Connection

DAMAGES: dict[str, Callable[[str], str]] = {
    "no envelope": lambda _: "rk_live_written_by_hand",
    "cut off": lambda sealed: sealed[:-20],
    "one letter changed": lambda sealed: sealed[:50] + ("A" if sealed[50] != "A" else "B") + sealed[51:],
    "something added": lambda sealed: f"x{sealed}",
    "another alphabet": lambda sealed: "ж" + sealed[1:],
    "a blank": lambda _: " ",
}


@contextmanager
def data_keys(keys: str) -> Iterator[None]:
    """A process that was started with these TIDEOVER_DATA_KEYS."""
    before = config().data_keys
    config().data_keys = keys
    _forget()
    try:
        yield
    finally:
        config().data_keys = before
        _forget()


def _forget() -> None:
    secrets._fernet.cache_clear()
    envelopes.keys.cache_clear()


def kept(connection: Connection, column: str = "api_key") -> str:
    """What stands in the database."""
    with database.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM tenants_connection WHERE account_id = %s", [connection.account_id])  # noqa: S608
        return str(cursor.fetchone()[0])


def damage(connection: Connection, kind: str = "cut off", column: str = "api_key") -> None:
    broken = DAMAGES[kind](kept(connection, column))
    with database.cursor() as cursor:
        cursor.execute(
            f"UPDATE tenants_connection SET {column} = %s WHERE account_id = %s",  # noqa: S608
            [broken, connection.account_id],
        )
