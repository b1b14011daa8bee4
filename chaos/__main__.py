"""`python -m chaos run`, `replay FILE` and `mutants`: break everything, then let the oracle read the books."""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import signal
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from chaos.cluster import programs
from chaos.options import Options
from chaos.play import Play
from chaos.report import artefacts, shown, verdict, write
from chaos.scene import Scene

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / ".tideover" / "chaos"


async def run(options: Options, folder: Path, tree: Path = ROOT) -> dict[str, Any]:
    """One run in `folder`; its report."""
    _end_the_children_too()
    scene = Scene(options, folder, tree)
    began = time.monotonic()
    try:
        await scene.raise_curtain()
        play = Play(scene)
        await play.perform()
        await scene.close_books()
        books = await artefacts(play)
    finally:
        await scene.lower_curtain()
    (folder / "artefacts.json").write_text(json.dumps(books))
    return verdict(play, books) | {"seconds": round(time.monotonic() - began, 1), "folder": str(folder)}


def _end_the_children_too() -> None:
    """An end from outside cancels the run, whose curtain then falls over everybody."""
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m chaos", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("run", help="runs with the seeds from --seed on, on one database or on both")
    one.add_argument("--db", choices=("sqlite", "postgres", "both"), default="both")
    one.add_argument("--seed", type=int, default=1)
    one.add_argument("--runs", type=int, default=1)
    one.add_argument("--again", type=int, default=0, help="how often a run that proves too little is had once more")
    one.add_argument("--minutes", type=float, default=0, help="a long run: so many minutes of faults")
    again = commands.add_parser("replay", help="the run of a report once more")
    again.add_argument("report", type=Path)
    planted = commands.add_parser("mutants", help="plant known bugs; each must be found")
    planted.add_argument("names", nargs="*")
    planted.add_argument("--seed", type=int, default=1)
    return parser


def main() -> int:
    """0 when no rule was broken in runs that count, and every planted bug was found; 2 when a run proves too little."""
    given = _arguments().parse_args()
    if given.command == "mutants":
        from chaos.mutants import hunt  # noqa: PLC0415

        return hunt(given.names, given.seed)
    if given.command == "replay":
        kept = json.loads(given.report.read_text())
        one = kept["runs"][-1] if "runs" in kept else kept
        return _many([Options(**one["options"])])
    wanted = [_options(given, database, given.seed + n) for n in range(given.runs) for database in _databases(given)]
    return _many(wanted, given.again)


def _databases(given: argparse.Namespace) -> list[str]:
    wanted = ["sqlite", "postgres"] if given.db == "both" else [given.db]
    if "postgres" in wanted and programs() is None:
        print("NO POSTGRESQL ON THIS MACHINE: that half of the proof is missing.", flush=True)
        wanted.remove("postgres")
    return wanted


def _options(given: argparse.Namespace, database: str, seed: int) -> Options:
    return Options.long(seed, database, given.minutes) if given.minutes else Options(seed=seed, database=database)


def _many(wanted: list[Options], again: int = 0) -> int:
    reports = []
    for options in wanted:
        reports.append(_one(options))
        for another in range(1, again + 1):
            if reports[-1]["violations"] or not reports[-1]["invalid"]:
                break
            reports[-1] = _one(replace(options, seed=options.seed + 1000 * another))
        write({**reports[-1], "runs": reports}, HOME / "report.json")
    if any(report["violations"] for report in reports):
        return 1
    return 2 if any(report["invalid"] for report in reports) else 0


def _one(options: Options) -> dict[str, Any]:
    folder = Path(tempfile.mkdtemp(prefix=f"tideover-chaos-{options.database}-{options.seed}-"))
    report = asyncio.run(run(options, folder))
    _tell(report)
    if not report["violations"] and not report["invalid"]:
        shutil.rmtree(folder)  # nothing to look into
    return report


def _tell(report: dict[str, Any]) -> None:
    print(
        f"{report['database']}, seed {report['seed']}: {report['faults_total']} faults "
        f"({report['processed_reply_lost']} processed and the reply lost), {report['kills']} kills, "
        f"{report['failpoints_hit']} of {report['failpoints_total']} failpoints, {report['seconds']} s: "
        f"{len(report['violations'])} violations{', INVALID' if report['invalid'] else ''}"
    )
    print("  " + ", ".join(f"{name} {count}" for name, count in report["seen"].items()))
    for what, why in report["left_out"].items():
        print(f"  left out: {what}: {why}", flush=True)
    for line in [*map(shown, report["violations"][:25]), *report["invalid"]]:
        print(f"  {line}", flush=True)
    if report["violations"] or report["invalid"]:
        print(f"  books and logs: {report['folder']}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
