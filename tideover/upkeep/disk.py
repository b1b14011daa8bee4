"""Whether the disks have room: what is written and taken back in a database may never touch them."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Final

from django.db import connection

from tideover.config import config
from tideover.messages import optouts

PROBE: Final = b"\0" * 262_144  # as much as a burst of events
A_TABLE_OF_ITS_SIZE: Final = "CREATE TEMPORARY TABLE tideover_room ON COMMIT DROP AS SELECT generate_series(1, 8000)"
# By the SQLSTATE of a server: what it lacks, and what to do. What comes meanwhile is refused and comes again.
LACKING: Final = {
    "53100": ("the database server's disk is full", "Make room on it, or enlarge it; nothing is to be done here."),
    "53400": ("the database server is at a limit set for it", "Raise it: temp_file_limit, or the quota of a plan."),
}


def lacking(refused: Exception) -> tuple[str, str] | None:
    """What a database server lacks that refused a write so, and what to do; None where it is something else."""
    return LACKING.get(getattr(refused.__cause__, "sqlstate", None) or "")


def trouble() -> str:
    """What a disk of ours says to a write, for an operator; empty where it takes it. Raises what a database raises."""
    try:
        for folder in _folders():
            _write(folder)
    except OSError as full:
        return f"the disk takes no writes: {full.strerror or type(full).__name__}"
    return ""


def _folders() -> set[Path]:
    """The home folder, that in which opt-outs are kept, and that of an embedded database."""
    embedded = connection.vendor == "sqlite" and Path(connection.settings_dict["NAME"]).is_file()
    of_database = [Path(connection.settings_dict["NAME"]).parent] if embedded else []
    return {config().home, optouts.path().parent, *of_database}


def _write(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder) as file:
        file.write(PROBE)
        file.flush()
        os.fsync(file.fileno())


def ask_the_server() -> None:
    """Let a database server's own disk take a table, in the transaction at hand, which is taken back.

    Raises what the database raises. A server where we may make no table of this kind is not asked.
    """
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_database_privilege(current_database(), 'TEMPORARY')")
        if cursor.fetchone() == (True,):
            cursor.execute(A_TABLE_OF_ITS_SIZE)
