"""`make bench-ingest`: how many of Stripe's events a second the webhook takes in, beside what others would.

Ours, a plain Django view with the same work and dj-stripe's (which only stores) get the same events: 5 kB,
signed, each with an id of its own, over 64 connections, in turns, on the same database. The floor is the webhook's work
without HTTP. Medians of the rounds; ratios within this run only, as disks and neighbors change from run to run.
"""

from __future__ import annotations

import argparse
import json
import shutil
import signal
import sqlite3
import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bench import probe, report
from bench.contestants import ROOT, SECRET, Contestant, Guests, Place, guests, said, serving
from bench.load import Order

sys.path.insert(0, str(ROOT / "scripts"))
import postgres

SOAK_RATE = 500.0
FLOOR_EVENTS = 6_000
# About what a second takes here: enough that no contestant runs out, not so many that making them takes longer.
PER_SECOND = {"webhook": 9_000, "django view": 2_500, "dj-stripe": 1_200}
TARGETS = {"webhook_vs_django": 6.0, "webhook_vs_djstripe": 15.0, "p99_vs_django": 1 / 3}


class Run:
    """One database's rounds. Every order takes event numbers that no other takes."""

    def __init__(self, place: Place, token: str, options: argparse.Namespace) -> None:
        self._place, self._token, self._options = place, token, options
        self._next = 1
        self.stored = 0
        self.told: dict[str, list[dict[str, float]]] = {}

    def _numbers(self, count: int) -> int:
        first = self._next
        self._next += count
        return first

    def load(self, contestant: Contestant, **order: Any) -> dict[str, Any]:  # noqa: ANN401 - an Order's fields
        whole = Order(contestant.port, contestant.path, SECRET, self._numbers(order["count"]), **order)
        outcome: dict[str, Any] = json.loads(
            said([sys.executable, "-m", "bench.load", json.dumps(asdict(whole))], self._place.environment())
        )
        if contestant.name != "dj-stripe":
            self.stored += outcome["stored"]
        return outcome

    def measure(self, contestant: Contestant) -> None:
        """A few to warm up, then as many as it takes in the seconds asked for."""
        seconds, connections = self._options.seconds, self._options.connections
        self.load(contestant, count=200, connections=connections)
        count = int(PER_SECOND[contestant.name] * seconds)
        outcome = self.load(contestant, count=count, connections=connections, seconds=seconds)
        if outcome["errors"]:
            raise SystemExit(f"{contestant.name} answered {outcome['errors']} events with something else than 200")
        outcome["events_per_s"] = outcome["stored"] / outcome["seconds"]
        self.told.setdefault(contestant.name, []).append(outcome)

    def floor(self) -> None:
        first = self._numbers(FLOOR_EVENTS)
        command = [sys.executable, "-m", "bench.floor", self._token, SECRET, str(first), str(FLOOR_EVENTS)]
        rate = float(said(command, self._place.environment()))
        self.stored += FLOOR_EVENTS
        self.told.setdefault("floor", []).append({"events_per_s": rate})

    def median(self, name: str, what: str) -> float:
        return statistics.median(outcome[what] for outcome in self.told[name])


def measured(place: Place, installed: Guests | None, options: argparse.Namespace) -> dict[str, Any]:
    """The rounds on one database, whose order turns, and the ratios that follow."""
    with serving(place, installed) as (token, contestants):
        run = Run(place, token, options)
        for number in range(options.rounds):
            turn = number % len(contestants)
            for contestant in [*contestants[turn:], *contestants[:turn]]:
                run.measure(contestant)
            run.floor()
        told = {**_ratios(run), "disk": probe.disk(place.home), "rounds": run.told}
        if options.soak:
            count = int(SOAK_RATE * 60 * options.soak)
            told["soak"] = run.load(
                contestants[0], count=count, connections=options.connections, rate=SOAK_RATE, seconds=60 * options.soak
            )
        rows = _rows(place)
    if rows < run.stored:
        raise SystemExit(f"{run.stored} events were acknowledged, but {rows} are in the table")
    return {**told, "acknowledged": run.stored, "rows": rows}


def _ratios(run: Run) -> dict[str, float]:
    webhook = run.median("webhook", "events_per_s")
    ratios = {"share_of_floor": webhook / run.median("floor", "events_per_s")}
    if "django view" in run.told:
        ratios["webhook_vs_django"] = webhook / run.median("django view", "events_per_s")
        ratios["p99_vs_django"] = run.median("webhook", "p99_ms") / run.median("django view", "p99_ms")
        ratios["webhook_vs_djstripe"] = webhook / run.median("dj-stripe", "events_per_s")
    return ratios


def _rows(place: Place) -> int:
    count = "SELECT count(*) FROM inbox_stripeevent"
    if place.name == "sqlite":
        file = sqlite3.connect(place.home / "tideover.sqlite3")
        rows: int = file.execute(count).fetchone()[0]
        file.close()
        return rows
    import psycopg  # noqa: PLC0415 - there only where PostgreSQL is used

    with psycopg.connect(place.url) as connection:
        return int(connection.execute(count).fetchall()[0][0])


@contextmanager
def _home() -> Iterator[Path]:
    """A folder on the disk that keeps the real database, not in memory."""
    report.HOME.mkdir(parents=True, exist_ok=True)
    home = Path(tempfile.mkdtemp(prefix="ingest-", dir=report.HOME))
    (home / "static").mkdir()
    try:
        yield home
    finally:
        shutil.rmtree(home)


@contextmanager
def _place(name: str) -> Iterator[Place | None]:
    with ExitStack() as opened:
        home = opened.enter_context(_home())
        if name == "sqlite":
            yield Place(name, home, "", f"sqlite:///{home / 'djstripe.sqlite3'}")
            return
        programs = postgres.find()
        if programs is None:
            yield None
            return
        postgres.SETTINGS = ("max_connections=60",)  # fsync and all: what is measured is a promise kept
        url = opened.enter_context(postgres.running(programs))
        import psycopg  # noqa: PLC0415 - there only where PostgreSQL is used

        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE DATABASE djstripe")
        yield Place(name, home, url, urlsplit(url)._replace(path="/djstripe").geturl())


def tell(name: str, told: dict[str, Any]) -> None:
    """One database's table."""
    print(f"\n{name}: fdatasync {told['disk']['fdatasync_ms']:.2f} ms (p99 {told['disk']['fdatasync_p99_ms']:.1f})")
    rounds = told["rounds"]
    rows = [
        [who, *[statistics.median(outcome.get(what, 0.0) for outcome in rounds[who]) for what in _COLUMNS.values()]]
        for who in rounds
    ]
    print(report.table(["", *_COLUMNS], rows))
    for ratio, target in TARGETS.items():
        if ratio in told:
            print(f"  {ratio} {told[ratio]:.2f} (target {'at most' if target < 1 else 'at least'} {target:.2g})")
    print(
        f"  share_of_floor {told['share_of_floor']:.2f}; {told['rows']:,} rows, {told['acknowledged']:,} acknowledged"
    )
    if "soak" in told:
        soak = told["soak"]
        print(f"  soak at {SOAK_RATE:.0f}/s: {soak['stored']:,} stored, {soak['errors']} errors", end="")
        print(f", p50 {soak['p50_ms']:.1f} ms, p99 {soak['p99_ms']:.1f} ms")


_COLUMNS = {"events/s": "events_per_s", "p50 ms": "p50_ms", "p99 ms": "p99_ms", "worst ms": "worst_ms"}


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.ingest", description="The webhook's speed, beside others'.")
    parser.add_argument("--rounds", type=int, default=3, help="how often each has its turn")
    parser.add_argument("--seconds", type=float, default=3.0, help="how long a turn takes")
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--databases", default="sqlite,postgresql")
    parser.add_argument("--soak", type=float, default=0, metavar="MINUTES", help="then 500 events/s for so long")
    parser.add_argument("--json", action="store_true", help="print the file instead of the tables")
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    options = _options(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the servers end with us
    told: dict[str, Any] = {"machine": probe.machine()}
    installed = guests()
    if installed is None:
        print("SKIPPED: gunicorn and dj-stripe cannot be installed here: the webhook runs against its floor alone.")
    for name in options.databases.split(","):
        with _place(name) as place:
            if place is None:
                print(f"SKIPPED: {name}: no initdb found on this machine")
                continue
            told[name] = measured(place, installed, options)
            if not options.json:
                tell(name, told[name])
    path = report.keep("ingest", told)
    print(json.dumps(told, indent=2) if options.json else f"\n{told['machine']}\nWritten to {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
