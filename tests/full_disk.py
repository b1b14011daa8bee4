"""A PostgreSQL whose disk takes nothing more: really full where this process may mount one, else by the same error."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from chaos.disk import CannotMount, Disk

REFUSE = """
SET CONSTRAINTS ALL IMMEDIATE;
SET CONSTRAINTS ALL DEFERRED;
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN RAISE EXCEPTION 'could not extend file "base/1/2": refused by a test' USING ERRCODE = '{state}'; END $body$;
DO $body$
DECLARE name text;
BEGIN
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = current_schema() LOOP
        EXECUTE format('CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON %I EXECUTE FUNCTION refuse()', name);
    END LOOP;
END $body$
"""  # first what is still to be checked of earlier writes, else no trigger may be made behind them


@contextmanager
def refusing(execute: Callable[[str], object], state: str = "53100") -> Iterator[None]:
    """While it lasts each table refuses rows with this SQLSTATE, 53100 (disk_full) unless told otherwise."""
    execute(REFUSE.format(state=state))
    yield
    execute("DROP FUNCTION refuse() CASCADE")


@contextmanager
def full(url: str, folder: Path | None) -> Iterator[None]:
    """While it lasts the disk at `folder` has no room; where there is none, the tables of `url` refuse rows."""
    if folder is None:
        with psycopg.connect(url, autocommit=True) as server, refusing(server.execute):  # type: ignore[arg-type]
            yield
        return
    disk = Disk(folder)
    disk.fill()
    yield
    disk.make_room()


@contextmanager
def small_disk(admin: psycopg.Connection) -> Iterator[Path | None]:
    """A place for a tablespace of `admin`'s server that takes 64 MB; None where this process may not mount one.

    That takes root on the server's own machine, and in a container the right to mount.
    """
    disk = Disk(Path(tempfile.mkdtemp(prefix="tideover-disk-")))  # its parent is open to the server's user
    try:
        disk.mount(Path(admin.execute("SHOW data_directory").fetchone()[0]).stat().st_uid)  # type: ignore[index]
    except (OSError, CannotMount):
        yield None
    else:
        try:
            yield disk.folder
        finally:
            disk.unmount()
    finally:
        disk.folder.rmdir()


@contextmanager
def tablespace(url: str) -> Iterator[Path | None]:
    """Where a tablespace `small` of this server lies, on a small disk of its own; None where there can be none."""
    with psycopg.connect(url, autocommit=True) as admin, small_disk(admin) as folder:
        if folder:
            admin.execute(f"CREATE TABLESPACE small LOCATION '{folder}'")  # type: ignore[arg-type]
        yield folder
        if folder:
            admin.execute("DROP TABLESPACE small")
