"""How fast a worker understands what waited: 10,000 stored events, half failures, half the payments that end them.

Each event is read (from a Stripe in memory), its case opened or ended, the plan written or dropped: the real code from
the claim of the event to its mark. Run: python -m bench.backlog [--events 10000]
"""

from __future__ import annotations

import argparse
import json
from typing import cast

from bench import databases, machine

MODULE = "bench.backlog"
MOST_QUERIES = 12
KEYS = ("events_per_s", "failures_per_s", "payments_per_s", "queries_per_event", "cpu_ms_per_event", "rss_mb")


def main() -> None:
    """Measure on each database of this machine, print the table and write backlog.json."""
    options = _options()
    if options.inside:
        print(json.dumps(inside(options.events)))
        return
    report: dict[str, object] = {"machine": machine.described(), "events": options.events}
    with databases.fresh_postgres() as url:
        for name, address in {"sqlite": "", "postgresql": url}.items():
            if address is None:
                print("PostgreSQL is not installed: not measured")
                continue
            report[name] = databases.measured(MODULE, address, "--inside", "--events", str(options.events))
    machine.write("backlog", report)
    _show(report)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=10_000)
    parser.add_argument("--inside", action="store_true", help="measure on the configured database, print JSON")
    return parser.parse_args()


def _show(report: dict[str, object]) -> None:
    rows: list[list[object]] = [
        ["database", "events/s", "failures/s", "payments/s", "queries each", "CPU ms each", "RSS MB"]
    ]
    for name in ("sqlite", "postgresql"):
        if name in report:
            found = cast("dict[str, object]", report[name])
            rows.append([name, *(found[key] for key in KEYS)])
    print(report["machine"])
    print(machine.table(rows))


def inside(events: int) -> dict[str, object]:
    """Fill an empty database and measure there."""
    import django  # noqa: PLC0415

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415

    call_command("migrate", verbosity=0, interactive=False)
    from bench.backlog_rows import handle_all, store  # noqa: PLC0415
    from bench.merchant import MemoryStripe, make_merchant  # noqa: PLC0415
    from tideover.worker.crew import calm_memory  # noqa: PLC0415

    calm_memory()
    connection, stripe, half = make_merchant(), MemoryStripe(), events // 2
    store(connection, "invoice.payment_failed", half)
    failures = handle_all(stripe)
    stripe.paid = {f"in_{number}" for number in range(half)}
    store(connection, "invoice.paid", half)
    payments = handle_all(stripe)
    queries = (failures.queries + payments.queries) / (2 * half)
    if queries > MOST_QUERIES:
        raise RuntimeError(f"{queries:.1f} queries for each event, at most {MOST_QUERIES} are allowed")
    return {
        "events_per_s": round(2 * half / (failures.seconds + payments.seconds)),
        "failures_per_s": round(half / failures.seconds),
        "payments_per_s": round(half / payments.seconds),
        "cpu_ms_per_event": round((failures.cpu_seconds + payments.cpu_seconds) * 1000 / (2 * half), 2),
        "queries_per_event": round(queries, 2),
        "rss_mb": machine.rss_mb(),
    }


if __name__ == "__main__":
    main()
