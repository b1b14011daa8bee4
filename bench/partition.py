"""Two workers in two network namespaces on one PostgreSQL; one is cut off in the middle of its charges.

What it had begun must be taken over by the other within 35 seconds (a lease of 30, and 5 to notice), no invoice may be
charged under two keys, and when the line is back the first worker must settle nothing it no longer holds.
Needs root, iproute2 and PostgreSQL. Run: python -m bench.partition
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from bench import databases, machine
from bench.relay import relaying

WITHIN_SECONDS = 35.0
CHARGES = 24
WORKERS = ("a", "b")


def main() -> int:
    """Run it once; 0 if all held, 2 where this machine lacks something."""
    if os.getuid() != 0 or shutil.which("ip") is None:
        print("bench-partition needs root and iproute2: not run")
        return 2
    with databases.fresh_postgres() as url:
        if url is None:
            print("PostgreSQL is not installed: not run")
            return 2
        report = _run(url)
    machine.write("partition", report)
    print(report)
    return 0 if report["held"] else 1


def _run(url: str) -> dict[str, object]:
    os.environ["TIDEOVER_DATABASE_URL"] = url
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tideover.settings")
    with tempfile.TemporaryDirectory() as home, ExitStack() as stack:
        os.environ["TIDEOVER_HOME"] = home
        from bench import partition_rows  # noqa: PLC0415 - wakes Django, which reads the settings above

        partition_rows.prepare(CHARGES)
        ledger = Path(home, "ledger")
        for number, name in enumerate(WORKERS):
            address = stack.enter_context(_namespace(name, number))
            port = stack.enter_context(relaying(address, urlsplit(url).port or 5432))
            stack.enter_context(_worker(name, f"postgres://tideover@{address}:{port}/postgres", ledger))
        _until(lambda: partition_rows.begun_by(ledger, "a") >= 4, 30)
        held = partition_rows.under_way_of(ledger, "a")
        _link("a", "down")
        cut_at = time.monotonic()
        _until(lambda: not partition_rows.unsettled(held), 60)
        taken_over = time.monotonic() - cut_at
        _until(lambda: partition_rows.left() == 0, 60)
        _link("a", "up")
        time.sleep(5)  # the first worker finds out what became of its work
        verdict = partition_rows.verdict(ledger)
    held_up = taken_over <= WITHIN_SECONDS and bool(held) and verdict["charged_twice"] == 0 and verdict["unpaid"] == 0
    return {"held": held_up, "cut_off_with": len(held), "taken_over_s": round(taken_over, 1), **verdict}


@contextmanager
def _namespace(name: str, number: int) -> Iterator[str]:
    """A namespace `tide_<name>` with a line to this machine; yields this machine's address on that line."""
    here, there, space = f"tide{name}0", f"tide{name}1", f"tide_{name}"
    ours, theirs = f"10.213.{number}.1", f"10.213.{number}.2"
    _ip("netns", "add", space)
    try:
        _ip("link", "add", here, "type", "veth", "peer", "name", there)
        _ip("link", "set", there, "netns", space)
        _ip("addr", "add", f"{ours}/24", "dev", here)
        _ip("link", "set", here, "up")
        _ip("-n", space, "addr", "add", f"{theirs}/24", "dev", there)
        _ip("-n", space, "link", "set", there, "up")
        yield ours
    finally:
        _ip("netns", "del", space)


def _link(name: str, state: str) -> None:
    _ip("link", "set", f"tide{name}0", state)


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True)


@contextmanager
def _worker(name: str, url: str, ledger: Path) -> Iterator[None]:
    environment = os.environ | {"TIDEOVER_DATABASE_URL": url}
    command = ["ip", "netns", "exec", f"tide_{name}", sys.executable, "-m", "bench.partition_rows", name, str(ledger)]
    with subprocess.Popen(command, env=environment, cwd=databases.ROOT, stderr=subprocess.DEVNULL) as process:
        try:
            yield
        finally:
            process.kill()


def _until(true: Callable[[], bool], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            raise TimeoutError("it did not happen in time")
        time.sleep(0.1)


if __name__ == "__main__":
    sys.exit(main())
