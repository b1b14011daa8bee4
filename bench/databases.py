"""Each bench runs once per database, each time in a process of its own with a fresh, durable database."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

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


def measured(module: str, url: str, *arguments: str) -> dict[str, Any]:
    """What `python -m module` prints as its last line, run against a database of its own."""
    with tempfile.TemporaryDirectory(dir=_home()) as home:
        environment = os.environ | {
            "TIDEOVER_HOME": home,
            "TIDEOVER_DATABASE_URL": url or f"sqlite:///{home}/bench.sqlite3",
            "DJANGO_SETTINGS_MODULE": "tideover.settings",
        }
        done = subprocess.run(
            [sys.executable, "-m", module, *arguments],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _home() -> Path:
    home = ROOT / ".tideover" / "bench"
    home.mkdir(parents=True, exist_ok=True)
    return home
