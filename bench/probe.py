"""What a figure was taken on: the machine, how busy it was, and how long its disk takes to keep a promise."""

from __future__ import annotations

import os
import platform
import statistics
import time
from pathlib import Path
from typing import Any

SYNCS = 200


def machine() -> dict[str, Any]:
    """Processor, cores, Python, and the load of the last minute: other work on the machine shows there."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()}",
        "load": round(os.getloadavg()[0], 2),
    }


def _processor() -> str:
    about = Path("/proc/cpuinfo")
    lines = about.read_text(encoding="utf-8").splitlines() if about.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def disk(folder: Path) -> dict[str, float]:
    """Milliseconds that one 4 kB append with fdatasync takes in `folder`: median, and one in a hundred."""
    path = folder / "probe"
    took = []
    with path.open("wb", buffering=0) as file:
        for _ in range(SYNCS):
            started = time.perf_counter()
            file.write(b"x" * 4_096)
            os.fdatasync(file.fileno())
            took.append(1_000 * (time.perf_counter() - started))
    path.unlink()
    return {"fdatasync_ms": statistics.median(took), "fdatasync_p99_ms": sorted(took)[SYNCS * 99 // 100]}
