"""How long the server takes for a page of the dashboard: 1,000,000 cases and 5,000,000 rows of their journal.

A shop of a year is filled in by the database itself and counted by the worker's own code. Then Home, the list of cases
(each filter and order, its first pages and pages from deep within), Status and single cases are asked for, many times,
as a browser does: the 95th percentile of the time until the whole answer is there. Exits 1 where a page takes longer
than it may. Run: python -m bench.dashboard [--cases 1000000] [--sqlite-cases 200000] [--rounds 5]
"""

from __future__ import annotations

import argparse
import json
import sys
from typing import Final, cast

from bench import databases, machine

MODULE = "bench.dashboard"
# The longest that 95 of 100 answers may take, in ms. The others are told and have no limit.
MOST: Final = {"home": 60, "cases": 60, "status": 60, "case": 50}


def main() -> int:
    """Measure on each database of this machine, print the table and write dashboard.json."""
    options = _options()
    if options.inside:
        print(json.dumps(inside(options.inside, options.rounds)))
        return 0
    report: dict[str, object] = {"machine": machine.described()}
    with databases.fresh_postgres() as url:
        for name, address, cases in (("sqlite", "", options.sqlite_cases), ("postgresql", url, options.cases)):
            if address is None:
                print("PostgreSQL is not installed: not measured")
            elif cases:
                asked = ["--inside", str(cases), "--rounds", str(options.rounds)]
                report[name] = databases.measured(MODULE, address, *asked)
    machine.write("dashboard", report)
    return _show(report)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=1_000_000, help="on PostgreSQL; 0: do not measure it")
    parser.add_argument("--sqlite-cases", type=int, default=200_000, help="on SQLite; 0: do not measure it")
    parser.add_argument("--rounds", type=int, default=5, help="how often each address is asked for")
    parser.add_argument("--inside", type=int, help="fill the configured database with so many cases, print JSON")
    return parser.parse_args()


def _show(report: dict[str, object]) -> int:
    rows: list[list[object]] = [["database", "cases", "page", "p50 ms", "p95 ms", "at most", "slowest address"]]
    slow = 0
    for name in ("sqlite", "postgresql"):
        if name in report:
            found = cast("dict[str, dict[str, dict[str, object]]]", report[name])
            for page, took in found["pages"].items():
                limit = MOST.get(page)
                slow += limit is not None and cast("float", took["p95"]) > limit
                rows.append([name, found["cases"], page, took["p50"], took["p95"], limit or "", took["slowest"]])
            print(f"{name}: {found['counted_per_s']} cases counted a second, recounted in {found['recount_s']} s")
    print(report["machine"])
    print(machine.table(rows))
    return int(slow > 0)


def inside(cases: int, rounds: int) -> dict[str, object]:
    """Fill an empty database and measure there."""
    import django  # noqa: PLC0415

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415

    call_command("migrate", verbosity=0, interactive=False)
    from bench.dashboard_pages import measure  # noqa: PLC0415
    from bench.dashboard_rows import count, fill  # noqa: PLC0415
    from bench.merchant import make_merchant  # noqa: PLC0415

    connection = make_merchant()
    type(connection.project).objects.update(recovery_enabled=True)
    fill(connection, cases)
    counted, recount = count(connection.project)
    return {
        "cases": cases,
        "counted_per_s": round(cases / counted),
        "recount_s": round(recount, 1),
        "pages": measure(connection, cases, rounds),
    }


if __name__ == "__main__":
    sys.exit(main())
