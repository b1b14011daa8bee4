"""The tables of the database against those this version knows, and the upgrade of them: by one process at a time."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.apps import apps
from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

from tideover.config import config

BREAKS_OLDER_CODE = "_breaking"  # how the name of a migration ends that takes away what older code needs
LOOK_AGAIN_SECONDS = 0.2
OUR_LOCK: Final = 0x7469_6465  # of those a PostgreSQL server knows by number alone: "tide"
# A statement of an upgrade takes as long as the table is large. One that waits for a lock makes all others wait behind
# it: it gives up, and is tried again when the upgrade is.
AS_LONG_AS_IT_TAKES: Final = {
    "statement_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    "lock_timeout": "20s",
}


def too_new() -> list[str]:
    """Migrations in the database that are not ours and say that no older code can work on what they leave.

    All others of a newer version only add: what they add is empty or has a default where we write.
    """
    loader = MigrationLoader(connection)
    ours = {room.label for room in apps.get_app_configs() if room.name.startswith("tideover.")}
    unknown = {(room, name) for room, name in loader.applied_migrations if room in ours} - loader.disk_migrations.keys()
    return sorted(f"{room}.{name}" for room, name in unknown if name.endswith(BREAKS_OLDER_CODE))


def unapplied() -> int:
    """How many migrations of this version the database does not have."""
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


@contextmanager
def upgrading() -> Iterator[None]:
    """The only process that changes the tables, for as long as it lasts; who comes second finds the work done."""
    with _alone_on_a_server() if connection.vendor == "postgresql" else _alone_on_this_machine():
        yield


@contextmanager
def _alone_on_this_machine() -> Iterator[None]:
    """The embedded database is one machine's. The lock ends with its process, however that ends."""
    home = config().home
    home.mkdir(parents=True, exist_ok=True)
    with (home / "upgrading.lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def _alone_on_a_server() -> Iterator[None]:
    """The lock is the session's, so that it ends with it."""
    with connection.cursor() as cursor:
        # Asked for again and again: who waits inside of a statement would hold up an index that is made CONCURRENTLY.
        while not _is_ours(cursor):
            time.sleep(LOOK_AGAIN_SECONDS)
        for name, value in AS_LONG_AS_IT_TAKES.items():
            cursor.execute(f"SET {name} = '{value}'")
        try:
            yield
        finally:
            for name in AS_LONG_AS_IT_TAKES:
                cursor.execute(f"RESET {name}")
            cursor.execute("SELECT pg_advisory_unlock(%s)", [OUR_LOCK])


def _is_ours(cursor: CursorWrapper) -> bool:
    cursor.execute("SELECT pg_try_advisory_lock(%s)", [OUR_LOCK])
    return bool(cursor.fetchone()[0])
