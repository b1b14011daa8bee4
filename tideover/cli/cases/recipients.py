"""`tideover recipients`: who is written to besides customers, one by one or as a file."""

from __future__ import annotations

import csv
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import typer

from tideover.cells import guarded
from tideover.cli.settings import project_named
from tideover.cli.start import fail
from tideover.core.ways.reader_file import FileRead, problems_of, read_file, wish_of
from tideover.core.ways.readers import WORDS, Role, Source

BY: Final = "operator"


def tell(customer: str, organization: str, project: str) -> int:
    """A line for each."""
    of = project_named(organization, project)
    from tideover.recovery.ways.recipients import recipients_of  # noqa: PLC0415

    mine = recipients_of(of).filter(customer_id=customer) if customer else recipients_of(of)
    for row in mine.iterator():
        when = f"from day {row.from_day}" if row.from_day else "from the first day"
        typer.echo(f"{row.customer_id}  {row.address}  {WORDS[Role(row.role)]}, {when}, by: {row.source}")
    if not mine.exists():
        typer.echo("Nobody is written to besides the customers themselves.")
    return 0


def add(cells: Mapping[str, str], organization: str, project: str) -> int:
    """One."""
    of = project_named(organization, project)
    from tideover import clock  # noqa: PLC0415
    from tideover.recovery.commands import Refusal  # noqa: PLC0415
    from tideover.recovery.ways import recipients  # noqa: PLC0415

    if wrong := next(problems_of(cells), ""):
        fail(wrong.rstrip("."))
    answer = recipients.add(of, wish_of(cells), by=BY, source=Source.COMMAND, now=clock.now())
    if isinstance(answer, Refusal):
        fail(answer.why.rstrip("."))
    typer.echo(f"{answer.address} is written to for {answer.customer_id}, from day {answer.from_day} on.")
    return 0


def remove(customer: str, address: str, organization: str, project: str) -> int:
    """The one of this address."""
    of = project_named(organization, project)
    from tideover import clock  # noqa: PLC0415
    from tideover.messages.keyed import address_hash  # noqa: PLC0415
    from tideover.recovery.ways import recipients  # noqa: PLC0415

    found = recipients.recipients_of(of).filter(customer_id=customer, address_hash=address_hash(address)).first()
    if found is None:
        fail("nobody of this address is written to for this customer", then="See who is: tideover recipients list")
    recipients.remove(found, by=BY, now=clock.now())
    typer.echo(f"{address} is written to no more for {customer}.")
    return 0


def take(file: Path, organization: str, project: str, *, dry_run: bool) -> int:
    """All, or nobody where anything is wrong."""
    of = project_named(organization, project)
    from tideover import clock  # noqa: PLC0415
    from tideover.recovery.ways import recipients  # noqa: PLC0415

    read = recipients.looked_through(of, _read(file))
    for wrong in read.problems:
        typer.echo(str(wrong), err=True)
    if read.problems:
        fail(f"{len(read.problems)} lines are wrong, and nobody was added", then="Correct them, and import it again.")
    if dry_run:
        typer.echo(f"{len(read.wishes)} would be written to. Nothing was changed.")
        return 0
    added = recipients.take(of, [wish for _, wish in read.wishes], by=BY, now=clock.now())
    typer.echo(f"{len(added)} are written to from now on.")
    return 0


def _read(file: Path) -> FileRead:
    try:
        return read_file(sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8"))
    except OSError as missing:
        fail(f"{file} cannot be read: {missing.strerror}")
    except UnicodeDecodeError:
        fail(f"{file} is no text in UTF-8", then="Save it as CSV with UTF-8.")


def export(organization: str, project: str) -> int:
    """Everybody, as import takes them."""
    of = project_named(organization, project)
    from tideover.recovery.ways.recipients import lines_of  # noqa: PLC0415

    writer = csv.writer(sys.stdout, lineterminator="\n")
    for line in lines_of(of):
        writer.writerow([guarded(cell) for cell in line])
    return 0
