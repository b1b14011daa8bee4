"""How fast due actions are claimed and settled while a million others are parked for later days.

The effect is nothing, so that the figure is the schedule's own: the claim with its lease and token, and the settling
with one update a batch, both of them the code that real actions go through. A database with the parked ones and one
without take turns, as machines change their speed within a minute. Beside it the same work in Procrastinate,
DBOS and Celery, where `.tideover/bench/rivals` holds them.
Run: python -m bench.actions [--parked 1000000] [--due 10000] [--runs 5] [--no-rivals]
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from typing import cast

from bench import databases, machine

MODULE = "bench.actions"


def main() -> None:
    """Measure on each database of this machine, print the table and write actions.json."""
    options = _options()
    if options.inside:
        inside(options.parked, options.due)
        return
    report: dict[str, object] = {"machine": machine.described(), "parked": options.parked, "due": options.due}
    with databases.fresh_postgres() as url:
        for name, address in {"sqlite": "", "postgresql": url}.items():
            if address is None:
                print("PostgreSQL is not installed: not measured")
                continue
            report[name] = measured(address, options)
        if options.rivals:
            from bench import rivals  # noqa: PLC0415

            report["rivals"] = rivals.measure(url, min(options.due, 1000))
    machine.write("actions", report)
    _show(report)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--parked", type=int, default=1_000_000)
    parser.add_argument("--due", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--rivals", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument(
        "--inside", action="store_true", help="measure on the configured database whenever a line comes in"
    )
    return parser.parse_args()


def _show(report: dict[str, object]) -> None:
    rows: list[list[object]] = [["engine", "settled/s", "none parked", "slower with parked", "RSS MB"]]
    for name in ("sqlite", "postgresql"):
        if name in report:
            found = cast("dict[str, float]", report[name])
            slower = f"{found['parked_slowdown']:+.0%}"
            rows.append([f"Tideover, {name}", found["settled_per_s"], found["empty_per_s"], slower, found["rss_mb"]])
    for name, told in cast("dict[str, dict[str, object]]", report.get("rivals", {})).items():
        rows.append([name, told.get("per_s", told.get("skipped", "")), "", "", told.get("rss_mb", "")])
    print(report["machine"])
    print(machine.table(rows))


def measured(url: str, options: argparse.Namespace) -> dict[str, object]:
    """Drain a database without and one with the parked actions, in turns: medians."""
    asked = ["--inside", "--due", str(options.due)]
    with (
        databases.at_hand(MODULE, url, *asked, "--parked", "0") as without,
        databases.at_hand(MODULE, databases.another(url), *asked, "--parked", str(options.parked)) as with_parked,
    ):
        turns = [(without(), with_parked()) for _ in range(options.runs)]
    empty, full = ([found["per_s"] for found in runs] for runs in zip(*turns, strict=True))
    rate, before = statistics.median(full), statistics.median(empty)
    return {
        "settled_per_s": round(rate),
        "empty_per_s": round(before),
        "parked_slowdown": round(before / rate - 1, 3),
        "rss_mb": turns[-1][1]["rss_mb"],
        "runs_per_s": [round(found) for found in full],
        "empty_runs_per_s": [round(found) for found in empty],
    }


def inside(parked: int, due: int) -> None:
    """Fill an empty database; then drain `due` actions for each line that comes in, and answer with a line of JSON."""
    import django  # noqa: PLC0415

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415

    call_command("migrate", verbosity=0, interactive=False)
    from bench import actions_rows  # noqa: PLC0415
    from tideover.worker.crew import calm_memory  # noqa: PLC0415

    calm_memory()  # as a worker does at its start
    bench = actions_rows.prepared()
    if parked:
        bench.park(parked)
    bench.drain(due)  # warms caches and the planner's statistics
    for _ in sys.stdin:
        print(json.dumps({"per_s": bench.drain(due), "rss_mb": machine.rss_mb()}), flush=True)


if __name__ == "__main__":
    main()
