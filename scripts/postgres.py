"""A PostgreSQL of its own for one run of the tests: found on this machine, started, and gone afterwards."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PLACES = ("/usr/lib/postgresql/*/bin", "/opt/homebrew/opt/postgresql*/bin", "/usr/local/opt/postgresql*/bin")
# The tests compare databases, not disks: a cluster that lives for a minute need not survive a power cut.
SETTINGS: tuple[str, ...] = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200")


def find() -> Path | None:
    """The folder of the newest initdb on this machine, or None."""
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).resolve().parent
    found = [folder for place in PLACES for folder in Path("/").glob(place[1:]) if (folder / "initdb").exists()]
    return max(found, key=_major, default=None)


def _major(folder: Path) -> int:
    digits = "".join(letter for letter in folder.parent.name if letter.isdigit())
    return int(digits or 0)


@contextmanager
def running(programs: Path) -> Iterator[str]:
    """Starts a fresh cluster and yields its URL. Raises CalledProcessError, with PostgreSQL's words, when it cannot."""
    home = Path(tempfile.mkdtemp(prefix="tideover-pg-"))
    runner = _runner(home)
    try:
        _run(
            [programs / "initdb", "-D", home / "data", "-U", "tideover", "-A", "trust", "-E", "UTF8", "--no-locale"],
            runner,
        )
        port = _free_port()
        options = " ".join(f"-c {setting}" for setting in SETTINGS)
        options += f" -p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={home}"
        _run([programs / "pg_ctl", "-D", home / "data", "-l", home / "log", "-w", "-o", options, "start"], runner)
        try:
            yield f"postgres://tideover@127.0.0.1:{port}/postgres"
        finally:
            _run([programs / "pg_ctl", "-D", home / "data", "-m", "immediate", "-w", "stop"], runner)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _runner(home: Path) -> str | None:
    """Who runs the server: PostgreSQL refuses root, so root lends its place to a user who may do nothing else."""
    if os.getuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    name = "postgres" if "postgres" in known else "nobody"
    shutil.chown(home, name)
    return name


def _run(command: list[str | Path], runner: str | None) -> None:
    # No pipes: the server would inherit them, and reading to their end would wait for the server's.
    with tempfile.TemporaryFile() as said:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=said, stderr=said, check=False, user=runner, cwd="/"
        )
        if done.returncode:
            said.seek(0)
            raise subprocess.CalledProcessError(done.returncode, [str(word) for word in command], said.read().decode())


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
