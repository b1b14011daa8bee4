"""`tideover demo --compare`: the same days with each preset, alone and beside Stripe, in one table."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from rich.console import Console
from rich.table import Table

from tideover.cli.demo.comparing import World, side_by_side
from tideover.cli.demo.lines import compared
from tideover.cli.demo.options import Options, preset_charges
from tideover.cli.demo.run import prepare
from tideover.cli.start import fail
from tideover.core.rules import PRESETS


def compare_all(options: Options) -> int:
    """Live through the days once for each variant, and tell how each did with the same first failures. 1 on trouble."""
    console = Console(stderr=options.json)
    prepare(options)
    worlds: dict[str, World] = {}
    for variant in variants(options):
        console.print(f"{variant.name} …")
        for world in _lived(variant):
            worlds.setdefault(world.name, world)  # Stripe alone is the same each time
    ordered = sorted(worlds.values(), key=lambda world: world.name != options.name)
    same = side_by_side(ordered, int(options.ends_at.timestamp()))
    written = options.home / "compared.json"
    written.write_text(json.dumps(same, indent=2) + "\n", "utf8")
    if options.json:
        print(json.dumps(same, indent=2))  # noqa: T201 - the answer itself
    else:
        _tell(options, same, console)
        console.print(f"Written to {written}")
    return 0


def variants(options: Options) -> Iterator[Options]:
    """What is asked for first, then each preset: alone where it charges, and beside Stripe's own retries."""
    yield replace(options, home=options.home / options.name)
    for preset in PRESETS:
        for coexist in (False, True) if preset_charges(preset) else (True,):
            other = replace(options, preset=preset, coexist=coexist)
            if other.name != options.name:
                yield replace(other, home=options.home / other.name)


def _lived(variant: Options) -> Iterator[World]:
    """Ours and those of Stripe alone, from a run in a process of its own, as a process has one database."""
    asked = [
        sys.executable,
        "-m",
        "tideover",
        "demo",
        "--json",
        "--no-serve",
        "--port",
        "0",
        "--home",
        str(variant.home),
    ]
    asked += ["--preset", variant.preset, "--coexist" if variant.coexist else "--take-over"]
    asked += ["--days", str(variant.days), "--customers", str(variant.customers), "--seed", str(variant.seed)]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)  # noqa: S603 - ourselves
    if done.returncode:
        fail(f"the run of {variant.name} went wrong:\n{(done.stderr or done.stdout)[-2000:]}")
    told: dict[str, Any] = json.loads((variant.home / "failures.json").read_text("utf8"))
    for name, invoices in told.items():
        yield World(name, tuple(invoices))


def _tell(options: Options, same: dict[str, Any], console: Console) -> None:
    table = Table(
        title=f"{options.days} days, {options.customers} customers, seed {options.seed}",
        show_header=False,
        title_justify="left",
    )
    for name, value in compared(same):
        table.add_row(name, value)
    console.print(table)
