"""Where a figure was taken: processors, load, and what one commit costs on this disk, as no rate means much without."""

from __future__ import annotations

import json
import os
import platform
import resource
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

PROBES = 200
PAGE = b"x" * 4096
HOME = Path(".tideover/bench")


def disk_probe() -> float:
    """Milliseconds that one write of 4 kB and its fdatasync take here: the median of 200."""
    HOME.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=HOME) as file:
        return statistics.median(_synced(file.fileno()) for _ in range(PROBES))


def _synced(file: int) -> float:
    started = time.perf_counter()
    os.pwrite(file, PAGE, 0)
    os.fdatasync(file)
    return (time.perf_counter() - started) * 1000


def described() -> dict[str, object]:
    """This machine at this moment."""
    return {
        "processors": os.cpu_count(),
        "load": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        "fdatasync_ms": round(disk_probe(), 3),
    }


def rss_mb() -> float:
    """The most memory this process ever held, in MB."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)


def rss_mb_of(process: int) -> float:
    """The memory that another process holds now, in MB; 0 where it has ended."""
    told = subprocess.run(["ps", "-o", "rss=", "-p", str(process)], capture_output=True, text=True, check=False)
    return round(int(told.stdout.strip() or 0) / 1024, 1)


@contextmanager
def stopwatch() -> Iterator[list[float]]:
    """Yields a list that holds the seconds afterwards."""
    took: list[float] = []
    started = time.perf_counter()
    yield took
    took.append(time.perf_counter() - started)


def write(name: str, report: Mapping[str, object]) -> None:
    """Leave the report where others look for it."""
    HOME.mkdir(parents=True, exist_ok=True)
    (HOME / f"{name}.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


def table(rows: Sequence[Sequence[object]]) -> str:
    """Rows as aligned columns; the first row names them."""
    widths = [max(len(str(row[column])) for row in rows) for column in range(len(rows[0]))]
    return "\n".join("  ".join(str(cell).ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
