"""Planted bugs: each goes into a copy of the product, and a run that does not find it proves the harness blind.

A bug is a file in chaos/bugs. It says what it is, which rules must find it, and where the run differs; then come its
changes, each under the file it belongs to: lines that go (-), lines that come (+), and lines that tell the place ( ).
Where the lines are no longer there the bug is refused, loudly, so that none passes because it no longer exists.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from chaos.options import Options
from chaos.report import shown

ROOT = Path(__file__).resolve().parent.parent
BUGS: Final = ROOT / "chaos" / "bugs"


class Stale(Exception):  # noqa: N818 - what it is
    """The lines a bug replaces are not in the source any more, or not only once."""


@dataclass(frozen=True, slots=True)
class Change:
    """Whole lines of a file, and what stands there instead."""

    file: str
    find: str
    put: str


@dataclass(frozen=True, slots=True)
class Mutant:
    """A bug, and the rules one of which must find it. options: what differs from the usual short run."""

    name: str
    what: str
    found_by: frozenset[str]
    options: dict[str, Any]
    changes: tuple[Change, ...]


def read(path: Path) -> Mutant:
    """The bug in a file of chaos/bugs."""
    head, *changes = path.read_text("utf8").split("\n@@ ")
    said = dict(line.split(": ", 1) for line in head.splitlines() if line)
    options = (option.split("=", 1) for option in said.get("options", "").split())
    return Mutant(
        name=path.stem,
        what=said["what"],
        found_by=frozenset(said["found by"].split()),
        options={name: json.loads(value) for name, value in options},
        changes=tuple(_change(told) for told in changes),
    )


def _change(told: str) -> Change:
    file, *lines = told.rstrip("\n").splitlines()
    return Change(file, _with(lines, " -"), _with(lines, " +"))


def _with(lines: list[str], marks: str) -> str:
    return "".join(f"{line[1:]}\n" for line in lines if line[:1] in marks)


def mutants(folder: Path = BUGS) -> Iterator[Mutant]:
    """All bugs, in the order of their numbers."""
    yield from (read(path) for path in sorted(folder.glob("*.bug"), key=lambda path: int(path.stem[1:])))


def planted(mutant: Mutant, folder: Path) -> Path:
    """A copy of the product and the harness with the bug in it. Raises Stale where it does not fit any more."""
    for name in ("tideover", "chaos"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "node_modules"))
    for change in mutant.changes:
        _plant(mutant.name, change, folder / change.file)
    return folder


def _plant(name: str, change: Change, path: Path) -> None:
    source = path.read_text("utf8") if path.exists() else ""
    if source.count(change.find) != 1:
        raise Stale(f"{name}: {change.file} has {source.count(change.find)} places with {change.find!r}")
    path.write_text(source.replace(change.find, change.put), "utf8")


def hunt(names: list[str], seed: int) -> int:
    """Run each mutant; 0 when every one was found by a rule it breaks."""
    chosen = [mutant for mutant in mutants() if not names or mutant.name in names]
    missed = [mutant.name for mutant in chosen if not _found(mutant, seed)]
    print(
        f"{len(chosen) - len(missed)} of {len(chosen)} planted bugs found" + (f"; MISSED: {missed}" if missed else "")
    )
    return 1 if missed else 0


def _found(mutant: Mutant, seed: int) -> bool:
    from chaos.__main__ import run  # noqa: PLC0415 - it imports us

    with tempfile.TemporaryDirectory(prefix=f"tideover-{mutant.name}-") as tree:
        options = small(seed, **mutant.options)
        folder = Path(tempfile.mkdtemp(prefix=f"tideover-chaos-{mutant.name}-"))
        try:
            report = asyncio.run(run(options, folder, planted(mutant, Path(tree))))
        except Exception as broke:  # noqa: BLE001 - one run that comes to no end is one bug not found: the others go on
            print(f"MISSED {mutant.name}: the run broke: {type(broke).__name__} {broke}", flush=True)
            return False
    hits = [violation for violation in report["violations"] if violation["rule"] in mutant.found_by]
    others = sorted({violation["rule"] for violation in report["violations"]} - mutant.found_by)
    print(
        f"{'found ' if hits else 'MISSED'} {mutant.name}: {mutant.what} "
        f"({len(hits)} times in {report['seconds']} s{'; also ' + ' '.join(others) if others else ''})"
    )
    for violation in hits[:1]:
        print(f"         {shown(violation)}", flush=True)
    return bool(hits)


def small(  # noqa: PLR0913, PLR0917 - what a bug may say of the run that finds it
    seed: int,
    sleepovers: int = 1,
    wrong_clocks: int = 0,
    full_disks: int = 0,
    acts: float = 0.5,
    seconds: float = 7,
    mail: tuple[str, ...] = (),
    odd_events: int = 2,
    before: bool = False,  # noqa: FBT001, FBT002 - as it stands in a bug's file
    payers: float = 0,
    stripe_share: int = 25,
    ends: tuple[str, ...] = (),
) -> Options:
    """A short storm with fewer people and no failpoints: enough to find a bug that is there.

    before: with processes of the version before this one.
    mail: only the mail server fails, in these ways; everything else is nearly quiet, so that much is written.
    """
    disasters = {
        "everybody_dies": 1,
        "zombie": 2,
        "sleepover": sleepovers,
        "wrong_clock": wrong_clocks,
        "connected_again": 1,
    }
    return Options(
        seed=seed, acts=acts, seconds=seconds, crowd=28, town=0, before=before, failpoints=False,
        payers=payers, ends=tuple(ends),
        disasters=({} if mail else disasters) | {"full_disk": full_disks},
        kill_every=(2_000, 3_000) if mail else (80, 160), stripe_share=2 if mail else stripe_share, webhook_share=25,
        calm_hours=(0.3, 8, 14, 25, 25, 25, 0.3), mail_faults=tuple(mail),
        patience=5 if mail else 1.3, odd_events=odd_events,
    )  # fmt: skip
