"""A PostgreSQL whose disk takes nothing more: really full where this process may mount one, else by the same error."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg

from chaos.cluster import Cluster, programs
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
def server_on_a_small_disk() -> Iterator[tuple[str, Path] | None]:
    """A PostgreSQL whose database lies on 64 MB: its address, and where that is; None where none can be had.

    That takes PostgreSQL's programs, root, and in a container the right to mount. The server is the test's own: while
    a disk of it is full no checkpoint succeeds, and whoever makes or drops a database on it fails.
    """
    with ExitStack() as afterwards:
        found = programs()
        if found is None:
            yield None
            return
        cluster = Cluster(found)
        afterwards.callback(cluster.end)
        disk = Disk(Path(tempfile.mkdtemp(prefix="tideover-disk-")))  # its parent is open to the server's user
        afterwards.callback(disk.folder.rmdir)
        try:
            disk.mount(cluster.owner)
        except CannotMount:
            yield None
            return
        afterwards.callback(disk.unmount)
        cluster.start()
        cluster.move_to(disk.folder)
        yield cluster.url, disk.folder
