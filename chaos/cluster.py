"""A PostgreSQL that keeps what it has acknowledged, and can be torn down in the middle of anything."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

PLACES = ("usr/lib/postgresql/*/bin", "opt/homebrew/opt/postgresql*/bin", "usr/local/opt/postgresql*/bin")


def programs() -> Path | None:
    """The folder of PostgreSQL's programs on this machine, or None."""
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).resolve().parent
    found = sorted(folder for place in PLACES for folder in Path("/").glob(place) if (folder / "initdb").exists())
    return found[-1] if found else None


class Cluster:
    """A cluster of its own in a folder of its own. Unlike the tests' one it flushes to disk before it says yes."""

    def __init__(self, folder: Path) -> None:
        self._programs, self._home = folder, Path(tempfile.mkdtemp(prefix="tideover-chaos-pg-"))
        self._user, self._database = self._lower_user(), "postgres"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port: int = probe.getsockname()[1]

    def _lower_user(self) -> str | None:
        """PostgreSQL refuses root, so root lends its place to a user who may do nothing else."""
        if os.getuid() != 0:
            return None
        name = "postgres" if "postgres" in {entry.pw_name for entry in pwd.getpwall()} else "nobody"
        shutil.chown(self._home, name)
        return name

    @property
    def url(self) -> str:
        return f"postgres://tideover@127.0.0.1:{self._port}/{self._database}"

    @property
    def owner(self) -> int:
        """The user whose files it writes."""
        return self._home.stat().st_uid

    def start(self) -> None:
        """Make and start it. Raises CalledProcessError when it cannot."""
        self._run("initdb", "-U", "tideover", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync")
        self._run("pg_ctl", "-w", "-l", str(self._home / "log"), "-o", self._settings(), "start")

    def _settings(self) -> str:
        settings = f"-p {self._port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self._home}"
        return settings + " -c max_connections=90 -c fsync=on -c synchronous_commit=on -c shared_buffers=64MB"

    def move_to(self, folder: Path) -> None:
        """From now on its database is a new one that lies in this folder, all but its log."""
        import psycopg  # noqa: PLC0415 - only where there is a PostgreSQL

        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(f"CREATE TABLESPACE small LOCATION '{folder}'")
            connection.execute("CREATE DATABASE tideover TABLESPACE small")
        self._database = "tideover"

    def restart(self) -> None:
        """Kill it in the middle of everything and start it again: it recovers from its log."""
        self._run("pg_ctl", "-w", "-m", "immediate", "-l", str(self._home / "log"), "-o", self._settings(), "restart")

    def end(self) -> None:
        """Stop it and remove its folder."""
        self._run("pg_ctl", "-w", "-m", "immediate", "stop", check=False)
        shutil.rmtree(self._home, ignore_errors=True)

    def _run(self, program: str, *words: str, check: bool = True) -> None:
        command = [str(self._programs / program), "-D", str(self._home / "data"), *words]
        with (self._home / "setup.log").open("ab") as said:
            subprocess.run(
                command, stdin=subprocess.DEVNULL, stdout=said, stderr=said, check=check, user=self._user, cwd="/"
            )
