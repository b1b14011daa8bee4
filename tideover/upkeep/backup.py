"""A backup of the database in one file, and the way back: SQLite's online backup, or PostgreSQL's own dump.

The file holds everything but the three keys (TIDEOVER_DATA_KEYS and the others), and is encrypted with the first:
without it nothing in it can be read, by a thief or by you.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.db import connection, connections

from tideover.config import config
from tideover.tenants.envelopes import Unreadable
from tideover.tenants.sealed_files import is_sealed, open_file, seal_file
from tideover.upkeep.schema import unapplied

SQLITE_MAGIC = b"SQLite format 3\x00"
PG_MAGIC = b"PGDMP"
A_TABLE_OF_OURS = "tenants_organization"
OTHERS = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""


class CannotBackUp(Exception):  # noqa: N818 - says what was not possible
    """The backup or restore did not happen; `str()` says why and the database is as it was."""


def back_up(file: Path, *, plain: bool = False) -> int:
    """Write a consistent backup while everything runs; returns its size in bytes. Raises CannotBackUp.

    The file appears under its name only when it is whole, and only its owner can read it. plain: as the database's own
    programs read it, for who encrypts it elsewhere.
    """
    if file.is_dir():
        raise CannotBackUp(f"{file} is a folder: name a file in it")
    file.parent.mkdir(parents=True, exist_ok=True)
    with _alone(file.with_name(f".{file.name}.partial")) as partial:
        if plain:
            _dump(partial)
        else:
            with _beside_the_database() as dumped:  # what is readable stays where the database is
                _dump(dumped)
                seal_file(dumped, partial)
        partial.replace(file)
    return file.stat().st_size


def _dump(file: Path) -> None:
    _dump_sqlite(file) if connection.vendor == "sqlite" else _dump_postgres(file)


@contextmanager
def _alone(file: Path) -> Iterator[Path]:
    """An empty file that its owner alone reads, gone at the end unless it has another name by then."""
    os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
    try:
        yield file
    finally:
        file.unlink(missing_ok=True)


@contextmanager
def _beside_the_database() -> Iterator[Path]:
    """A file for what is readable, on this machine's own disk."""
    home = config().home
    home.mkdir(parents=True, exist_ok=True)
    with _alone(home / f".backup-{os.getpid()}.partial") as file:
        yield file


def put_back(file: Path) -> None:
    """Replace the database by a backup and bring it up to this version. Raises CannotBackUp and changes nothing then.

    No other process may use the database meanwhile. What follows (quarantine, opt-outs) is `restoring.restore`.
    """
    _magic(file)  # one that cannot be read is told here
    if not is_sealed(file):
        _put_back(file)
        return
    with _beside_the_database() as opened:
        try:
            open_file(file, opened)
        except Unreadable as closed:
            raise CannotBackUp(f"{file} cannot be opened: {closed}") from None
        _put_back(opened)


def _put_back(file: Path) -> None:
    magic = _magic(file)
    if connection.vendor == "sqlite":
        if magic != SQLITE_MAGIC:
            raise CannotBackUp(f"{file} is not a backup of an SQLite database")
        _load_sqlite(file)
    else:
        if not magic.startswith(PG_MAGIC):
            raise CannotBackUp(f"{file} is not a dump of a PostgreSQL database")
        _load_postgres(file)
    connections.close_all()
    call_command("migrate", verbosity=0, interactive=False)
    if unapplied():
        raise CannotBackUp("the restored database could not be brought up to this version")


def _magic(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(len(SQLITE_MAGIC))
    except OSError as missing:
        raise CannotBackUp(f"{file} cannot be read: {missing.strerror}") from None


def _must_be_ours(file: Path, *, ours: bool) -> None:
    if not ours:
        raise CannotBackUp(f"{file} is a backup of another program's database")


# ── SQLite ──


def _dump_sqlite(file: Path) -> None:
    connection.ensure_connection()
    with closing(sqlite3.connect(file)) as copy:
        connection.connection.backup(copy, pages=4096)
        copy.execute("VACUUM")  # what was deleted or erased is not in the copy's free pages either
        copy.execute("PRAGMA journal_mode=DELETE")  # one file: no -wal beside it that could be forgotten
        _must_be_whole(copy)


def _load_sqlite(file: Path) -> None:
    with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as copy:
        _must_be_whole(copy)
        found = copy.execute("SELECT count(*) FROM sqlite_master WHERE name = ?", [A_TABLE_OF_OURS]).fetchone()
        _must_be_ours(file, ours=found == (1,))
        _must_be_alone_on_sqlite()
        copy.backup(connection.connection)


def _must_be_alone_on_sqlite() -> None:
    """A worker that is still running would act on the old data before it is in quarantine.

    Only the last connection may leave WAL mode: https://www.sqlite.org/wal.html#persistence_of_wal_mode
    """
    connection.ensure_connection()
    here: sqlite3.Connection = connection.connection
    here.execute("PRAGMA busy_timeout=1000")
    try:
        (mode,) = here.execute("PRAGMA journal_mode=DELETE").fetchone()
    except sqlite3.OperationalError:
        mode = "wal"
    if mode == "wal":
        raise CannotBackUp("the database is in use: stop Tideover first")


def _must_be_whole(copy: sqlite3.Connection) -> None:
    try:
        (found,) = copy.execute("PRAGMA integrity_check(1)").fetchone()
    except sqlite3.DatabaseError as broken:
        found = str(broken)
    if found != "ok":
        raise CannotBackUp(f"the backup is damaged: {found}")


# ── PostgreSQL ──


def _dump_postgres(file: Path) -> None:
    _run(["pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={file}"])


def _load_postgres(file: Path) -> None:
    listed = _run(["pg_restore", "--list", str(file)])  # a damaged file is found before anything is touched
    _must_be_ours(file, ours=f" {A_TABLE_OF_OURS} " in listed)
    with connection.cursor() as cursor:
        cursor.execute(OTHERS)
        if cursor.fetchone() != (0,):
            raise CannotBackUp("the database is in use: stop Tideover first")
        cursor.execute("SELECT current_schema()")
        (schema,) = cursor.fetchone()
        name = connection.ops.quote_name(schema)
        cursor.execute(f"DROP SCHEMA {name} CASCADE")
        cursor.execute(f"CREATE SCHEMA {name}")
    _run(["pg_restore", "--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error", str(file)])


def _run(command: Sequence[str]) -> str:
    """What one of PostgreSQL's programs says; the password goes by the environment, never by the arguments."""
    program = shutil.which(command[0])
    if program is None:
        raise CannotBackUp(f"{command[0]} is not on this machine: install PostgreSQL's client programs")
    settings: dict[str, Any] = connection.get_connection_params()
    names = {"PGHOST": "host", "PGPORT": "port", "PGUSER": "user", "PGPASSWORD": "password", "PGDATABASE": "dbname"}
    ours = {variable: str(settings[key]) for variable, key in names.items() if settings.get(key)}
    arguments = [f"--dbname={ours['PGDATABASE']}"] if command[0] == "pg_restore" and "--list" not in command else []
    done = subprocess.run(  # noqa: S603 - a program of this machine, with arguments of ours
        [program, *arguments, *command[1:]], env={**os.environ, **ours}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise CannotBackUp(f"{command[0]} failed: {done.stderr.strip()[:500]}")
    return done.stdout
