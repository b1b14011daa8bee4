"""`make test`: the suite on SQLite, then all that opens the database once more on PostgreSQL, and what was not run."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import postgres

ROOT = Path(__file__).resolve().parent.parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
BROWSER_OF_MACOS = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
NOTHING_COLLECTED = 5
OPENS_A_BROWSER = """
import os, sys
from playwright.sync_api import sync_playwright
with sync_playwright() as playwright:
    flags = [] if os.geteuid() else ["--no-sandbox"]
    playwright.chromium.launch(executable_path=sys.argv[1], args=flags).close()
"""
STRICT = os.environ.get("CI") == "true" or os.environ.get("REQUIRE_ALL") == "1"


@dataclass(frozen=True)
class Result:
    """One run of pytest, as its own report tells it."""

    database: str
    code: int
    counts: dict[str, int]
    skips: list[str]
    seconds: float

    @property
    def failed(self) -> bool:
        return self.code not in {0, NOTHING_COLLECTED}

    def line(self) -> str:
        words = [f"{count} {word}" for word, count in sorted(self.counts.items()) if word in _WORTH_TELLING]
        said = ", ".join(words) or "none of the tests asked for opens a database"
        return f"  {self.database:<12} {said} ({self.seconds:.0f} s)"


_WORTH_TELLING = {"passed", "failed", "error", "skipped", "xfailed", "xpassed"}


def main(arguments: list[str]) -> int:
    """Runs everything this machine can run. 0 only if all of it passed and, in CI, nothing was left out."""
    environment = dict(os.environ, PYTHONDONTWRITEBYTECODE="1")
    environment.pop("TIDEOVER_DATABASE_URL", None)
    missing: list[str] = []
    if STRICT:
        environment["REQUIRE_ALL"] = "1"
    if _ask_for_the_browser(arguments):
        browser, problem = _browser()
        environment |= {"CHROME": browser}
        if problem:
            missing.append(f"the tests in a browser: {problem}")
            arguments = ["--ignore=tests/browser", *arguments]
    results = [_run("SQLite", arguments, environment)]
    programs = postgres.find()
    if programs is None:
        missing.append("the second run, on PostgreSQL: no initdb found (on Debian: sudo apt install postgresql)")
    else:
        results.append(_on_postgres(programs, arguments, environment))
    _tell(results, missing)
    return int(any(result.failed for result in results) or (STRICT and bool(missing)))


def _ask_for_the_browser(arguments: list[str]) -> bool:
    """Whether tests/browser is among the tests asked for."""
    places = [argument.rstrip("/") for argument in arguments if argument.startswith("tests")]
    return not places or any(place == "tests" or place.startswith("tests/browser") for place in places)


def _browser() -> tuple[str, str]:
    """The browser's path, made ready to be driven; and why it cannot be, if so."""
    named = [os.environ.get("CHROME"), *BROWSERS, BROWSER_OF_MACOS]
    path = next((path for name in named if name and (path := shutil.which(name))), None)
    if path is None:
        return "", "no Chromium or Chrome found (name one with CHROME=/path)"
    for target in (".venv/.e2e", "frontend"):
        made = subprocess.run(["make", "--no-print-directory", target], cwd=ROOT, stdin=subprocess.DEVNULL, check=False)
        if made.returncode:
            return path, f"make {target} failed, see above"
    opened = subprocess.run([sys.executable, "-c", OPENS_A_BROWSER, path], capture_output=True, text=True, check=False)
    if opened.returncode:
        said = next(
            (line for line in opened.stderr.splitlines() if "error while loading" in line), opened.stderr[-300:]
        )
        return path, f"{path} cannot be driven: {said.strip()}"
    return path, ""


def _on_postgres(programs: Path, arguments: list[str], environment: dict[str, str]) -> Result:
    with postgres.running(programs) as url:
        there = dict(environment, TIDEOVER_DATABASE_URL=url)
        return _run("PostgreSQL", ["--only-database", *arguments], there)


def _run(database: str, arguments: list[str], environment: dict[str, str]) -> Result:
    print(f"\nThe tests on {database}:", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        started = time.monotonic()
        command = [sys.executable, "-m", "pytest", *_spread(arguments), *arguments]
        there = dict(environment, TIDEOVER_TEST_REPORT=str(report))
        done = subprocess.run(command, cwd=ROOT, env=there, stdin=subprocess.DEVNULL, check=False)
        told = json.loads(report.read_text()) if report.exists() else {"counts": {}, "skips": []}
    return Result(database, done.returncode, told["counts"], told["skips"], time.monotonic() - started)


def _spread(arguments: list[str]) -> list[str]:
    """A whole run uses all cores; a few chosen tests are quicker without starting workers."""
    chosen = [argument for argument in arguments if argument not in {"--only-database", "--ignore=tests/browser"}]
    # Files keep their order: the browser's come last (tests/conftest.py).
    return [] if chosen else ["-n", "auto", "--dist", "loadfile", "--no-loadscope-reorder"]


def _tell(results: list[Result], missing: list[str]) -> None:
    print("\nWhat ran:")
    for result in results:
        print(result.line())
    left_out = missing + sorted({skip for result in results for skip in result.skips})
    if left_out:
        print("What did not run, and why:" + (" (here that is a failure)" if STRICT else ""))
        for words in left_out:
            print(f"  {words}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
