"""How fast a worker writes: 10,000 messages that are due, worded, marked and handed to a sink, in one process.

Each goes the whole way of a real one: claimed, its invoice read (from a Stripe in memory), composed, its row made,
marked as handed over, settled. Run: python -m bench.messages [--messages 10000]
"""

from __future__ import annotations

import argparse
import json
from typing import cast

from bench import databases, machine

MODULE = "bench.messages"
COLUMNS = {
    "messages/s": "messages_per_s",
    "renderings/s": "renderings_per_s",
    "share of rendering": "rendering_share",
    "queries each": "queries_per_message",
    "of them for its words": "queries_per_rendering",
    "CPU ms each": "cpu_ms_per_message",
    "RSS MB": "rss_mb",
}


def main() -> None:
    """Measure on each database of this machine, print the table and write messages.json."""
    options = _options()
    if options.inside:
        print(json.dumps(inside(options.messages)))
        return
    report: dict[str, object] = {"machine": machine.described(), "messages": options.messages}
    with databases.fresh_postgres() as url:
        for name, address in {"sqlite": "", "postgresql": url}.items():
            if address is None:
                print("PostgreSQL is not installed: not measured")
                continue
            report[name] = databases.measured(MODULE, address, "--inside", "--messages", str(options.messages))
    machine.write("messages", report)
    _show(report)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--inside", action="store_true", help="measure on the configured database, print JSON")
    return parser.parse_args()


def _show(report: dict[str, object]) -> None:
    rows: list[list[object]] = [["database", *COLUMNS]]
    for name in ("sqlite", "postgresql"):
        if name in report:
            found = cast("dict[str, object]", report[name])
            rows.append([name, *(found[key] for key in COLUMNS.values())])
    print(report["machine"])
    print(machine.table(rows))


def inside(messages: int) -> dict[str, object]:
    """Fill an empty database with cases whose first message is due, and write them all."""
    import django  # noqa: PLC0415

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415

    call_command("migrate", verbosity=0, interactive=False)
    from bench.messages_rows import written  # noqa: PLC0415
    from tideover.worker.crew import calm_memory  # noqa: PLC0415

    calm_memory()
    return written(messages) | {"rss_mb": machine.rss_mb()}


if __name__ == "__main__":
    main()
