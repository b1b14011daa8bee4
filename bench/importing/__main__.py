"""An account of 100,000 invoices is read into the mirror, and who reads it is killed with SIGKILL again and again.

The account is 22 months of a shop in the simulator, which lives in this process; `tideover import` reads it from a
process of its own and goes on where the one before was cut off. In the end every customer, subscription, invoice,
payment and method must be there once, as the account has it; no second may have seen more requests than the rate
allows, and memory must not grow with what was read. Exits 1 otherwise.
Run: python -m bench.importing [--invoices 100000] [--kills 5] [--rate 5] [--no-sqlite] [--no-postgresql]
"""

from __future__ import annotations

import argparse
import json
import sys
from datetime import timedelta
from typing import Any, Final

from bench import databases, machine

MODULE = "bench.importing"
GROWS_BY_AT_MOST: Final = 1.2  # memory at the end, beside that at a tenth
HEAD: Final = ["database", "invoices", "rows", "s", "requests", "twice", "most in 1 s", "MB at 10, 50, 100 %", "wrong"]


def main() -> int:
    """Measure on each database of this machine, print the table and write import.json."""
    options = _options()
    if options.reads:
        _read_at(options.rate)
    if options.inside:
        print(json.dumps(inside(options)))
        return 0
    report: dict[str, Any] = {"machine": machine.described(), "rate": options.rate, "killed": options.kills}
    with databases.fresh_postgres() as url:
        for name, address, wanted in (("sqlite", "", options.sqlite), ("postgresql", url, options.postgresql)):
            if address is None:
                print("PostgreSQL is not installed: not measured")
            elif wanted:
                asked = {"--invoices": options.invoices, "--kills": options.kills, "--rate": options.rate}
                words = [str(word) for pair in asked.items() for word in pair]
                report[name] = databases.measured(MODULE, address, "--inside", *words)
    machine.write("import", report)
    return _show(report)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--invoices", type=int, default=100_000)
    parser.add_argument("--kills", type=int, default=5, help="how often the one who reads is killed")
    parser.add_argument("--rate", type=float, default=5, help="calls a second to one account; the product's: 5")
    parser.add_argument("--sqlite", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--postgresql", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--inside", action="store_true", help="measure on the configured database, print JSON")
    parser.add_argument("--reads", action="store_true", help="be the one who reads, and is killed")
    return parser.parse_args()


def _read_at(rate: float) -> None:
    """`tideover import` at this rate, whatever the product's is; it ends the process."""
    import django  # noqa: PLC0415

    django.setup()
    from tideover.cli.main import app  # noqa: PLC0415
    from tideover.flow import rate_limit  # noqa: PLC0415

    rate_limit.BETWEEN_CALLS = timedelta(seconds=1 / rate)
    app(["import"])


def _show(report: dict[str, Any]) -> int:
    rows: list[list[object]] = [[*HEAD]]
    held = True
    for name in ("sqlite", "postgresql"):
        if found := report.get(name):
            held = held and _holds(found)
            most = f"{found['most_in_a_second']} of {found['allowed_in_a_second']}"
            memory = ", ".join(str(found["rss_mb"][share]) for share in ("10", "50", "100"))
            told = [found["invoices"], found["rows"], found["seconds"], found["requests"], found["twice"]]
            rows.append([name, *told, most, memory, found["missing"] + found["too_many"] + found["differ"]])
    print(f"{report['machine']}; {report['rate']} calls a second, killed {report['killed']} times")
    print(machine.table(rows))
    return int(not held)


def _holds(found: dict[str, Any]) -> bool:
    whole = not (found["missing"] or found["too_many"] or found["differ"])
    flat = found["rss_mb"]["100"] <= GROWS_BY_AT_MOST * found["rss_mb"]["10"]
    return whole and flat and found["most_in_a_second"] <= found["allowed_in_a_second"]


def inside(options: argparse.Namespace) -> dict[str, object]:
    """Fill an account and read it into the configured database, which is empty."""
    import django  # noqa: PLC0415

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415

    call_command("migrate", verbosity=0, interactive=False)
    from bench.importing.account import Account  # noqa: PLC0415
    from bench.importing.rows import allowed_in_a_second, compared, connected, read  # noqa: PLC0415

    account = Account.of(options.invoices)
    with account.served() as world:
        connected(world)
        with machine.stopwatch() as seconds:
            reading = read(account.listed, options.kills, options.rate)
    return {
        "invoices": len(account.sim.store.invoices),
        "seconds": round(seconds[0]),
        "requests": len(account.asked_at),
        "twice": len(account.asked_at) - account.pages,
        "most_in_a_second": account.most_within(1.0),
        "allowed_in_a_second": allowed_in_a_second(options.rate),
        "rss_mb": {str(share): reading.rss_at(share) for share in (10, 50, 100)},
        **compared(account.sim.store),
    }


if __name__ == "__main__":
    sys.exit(main())
