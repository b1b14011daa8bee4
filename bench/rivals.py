"""The same nothing in other engines, on the same machine in the same run: Procrastinate, DBOS and Celery.

They live in an environment of their own: `python -m venv .tideover/bench/rivals` and there `pip install procrastinate
dbos celery redis "psycopg[binary,pool]"`. What is missing is skipped, and said. None has parked jobs here, which is the
kinder case for each (docs/adr/0030-flow-control.md).
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.databases import ROOT

PYTHON = ROOT / ".tideover" / "bench" / "rivals" / "bin" / "python"
HERE = Path(__file__).resolve().parent
PORT = 6399


def measure(url: str | None, jobs: int) -> dict[str, dict[str, Any]]:
    """Jobs a second and memory of each engine, or why it was skipped."""
    if not PYTHON.exists():
        return {"others": {"skipped": "no .tideover/bench/rivals"}}
    no_postgres = {"skipped": "PostgreSQL is not installed"}
    found = {
        "Procrastinate": _told("procrastinate", url, jobs) if url else no_postgres,
        "DBOS": _told("dbos", url, jobs) if url else no_postgres,
    }
    with _redis() as broker:
        found["Celery"] = _told("celery", broker, jobs) if broker else {"skipped": "no redis-server"}
    return found


def _told(engine: str, url: str, jobs: int) -> dict[str, Any]:
    try:
        done = subprocess.run(
            [PYTHON, HERE / "rivals_run.py", engine, url, str(jobs)],
            capture_output=True,
            text=True,
            timeout=180,
            check=True,
            cwd=ROOT / ".tideover" / "bench",
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as failed:
        words = failed.stderr or b""
        text = words if isinstance(words, str) else words.decode()
        return {"skipped": f"did not run: {(text.splitlines() or [type(failed).__name__])[-1][:100]}"}
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


@contextmanager
def _redis() -> Iterator[str | None]:
    """A Redis for this run alone, or None."""
    program = shutil.which("redis-server")
    if program is None:
        yield None
        return
    with tempfile.TemporaryDirectory() as home:
        server = subprocess.Popen(
            [program, "--port", str(PORT), "--dir", home, "--save", ""], stdout=subprocess.DEVNULL, env=os.environ
        )
        try:
            time.sleep(1)
            yield f"redis://127.0.0.1:{PORT}/0"
        finally:
            server.terminate()
            server.wait(10)
