"""Each bench runs once per database, each time in a process of its own with a fresh, durable database."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts"))

import postgres  # noqa: E402 - the tests' own PostgreSQL, here with its durability switched on again

DURABLE = ("max_connections=60", "shared_buffers=256MB", "max_wal_size=4GB")


@contextmanager
def fresh_postgres() -> Iterator[str | None]:
    """The URL of a cluster that keeps its commits, or None where PostgreSQL is not installed."""
    programs = postgres.find()
    if programs is None:
        yield None
        return
    postgres.SETTINGS = DURABLE
    with postgres.running(programs) as url:
        yield url


def another(url: str) -> str:
    """The URL of a second, empty database: beside that of `url`, or "" where a file of one's own will do."""
    if not url:
        return ""
    import psycopg  # noqa: PLC0415 - there only where PostgreSQL is used

    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE another")
    return urlsplit(url)._replace(path="/another").geturl()


def measured(module: str, url: str, *arguments: str) -> dict[str, Any]:
    """What `python -m module` prints as its last line, run against a database of its own."""
    with _surroundings(url) as environment:
        command = [sys.executable, "-m", module, *arguments]
        done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@contextmanager
def at_hand(module: str, url: str, *arguments: str) -> Iterator[Callable[[], dict[str, float]]]:
    """`python -m module` with a database of its own: each call gives it a line and returns the line it answers with."""
    with _surroundings(url) as environment:
        command = [sys.executable, "-m", module, *arguments]
        with subprocess.Popen(
            command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            asked, answers = process.stdin, process.stdout

            def ask() -> dict[str, float]:
                asked.write("once more\n")
                asked.flush()
                found: dict[str, float] = json.loads(answers.readline())
                return found

            yield ask


@contextmanager
def _surroundings(url: str) -> Iterator[dict[str, str]]:
    with tempfile.TemporaryDirectory(dir=_home()) as home:
        yield os.environ | {
            "TIDEOVER_HOME": home,
            "TIDEOVER_DATABASE_URL": url or f"sqlite:///{home}/bench.sqlite3",
            "DJANGO_SETTINGS_MODULE": "tideover.settings",
        }


def _home() -> Path:
    home = ROOT / ".tideover" / "bench"
    home.mkdir(parents=True, exist_ok=True)
    return home
