"""`make check`: every rule of the house that needs no run of the product, two at a time, each with its time."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
MANAGE = [sys.executable, "manage.py"]
# What a careful operator sets; the values are for this check alone.
PRODUCTION = {
    "TIDEOVER_MODE": "production",
    "TIDEOVER_BASE_URL": "https://billing.shop.example",
    "TIDEOVER_SECRET_KEY": "only-for-this-check-" + "0123456789abcdefghijklmnopqrstuvwxyz",
    "TIDEOVER_DATA_KEYS": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
    "TIDEOVER_ADDRESS_KEY": "only-for-this-check",
}
CHECKS: Mapping[str, list[str]] = {
    "types": [str(BIN / "mypy")],
    "style": [str(BIN / "ruff"), "check", "--quiet", "."],
    "format": [str(BIN / "ruff"), "format", "--check", "--quiet", "."],
    "imports": [str(BIN / "lint-imports"), "--no-cache"],
    "migrations": [*MANAGE, "makemigrations", "--check", "--dry-run"],
    "production": [*MANAGE, "check", "--deploy", "--fail-level", "WARNING"],
    "texts": [sys.executable, "-m", "tideover.messages.lint"],
    "templates": [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "tests/architecture/test_templates.py"],
}


def main(names: list[str]) -> int:
    """Runs the checks of these names (none: all). 0 only if each of them passed."""
    unknown = set(names) - set(CHECKS)
    if unknown:
        print(f"No such check: {', '.join(sorted(unknown))}. There are: {', '.join(CHECKS)}.")
        return 2
    with tempfile.TemporaryDirectory() as home, ThreadPoolExecutor(max_workers=2) as pool:
        return int(any(list(pool.map(lambda name: _failed(name, home), names or CHECKS))))


def _failed(name: str, home: str) -> bool:
    clean = {key: value for key, value in os.environ.items() if not key.startswith("TIDEOVER_")}
    environment = clean | {"TIDEOVER_HOME": home} | (PRODUCTION if name == "production" else {})
    started = time.monotonic()
    done = subprocess.run(
        CHECKS[name], cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    failed = done.returncode != 0
    said = f"{done.stdout}{done.stderr}" if failed else ""
    print(
        f"{'FAILED' if failed else 'ok':<7} {name:<11} {time.monotonic() - started:4.0f} s\n{said}", end="", flush=True
    )
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
