"""`tideover doctor`, as it is typed."""

from __future__ import annotations

from typing import Annotated

import typer

from tideover.cli.start import said


def add_doctor(app: typer.Typer) -> None:
    """What is wrong, and what mends it."""
    app.command()(doctor)


def doctor(
    symptom: Annotated[
        str | None, typer.Argument(help="What is wrong: no-recoveries, connection, no-mail or empty; default: anything")
    ] = None,
    *,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object")] = False,
    organization: Annotated[str | None, typer.Option(help="Of the organization of this slug; default: each")] = None,
) -> None:
    """Look for what is wrong: with what it shows by, what it costs, and the step that mends it.

    Ends with 0 where nothing is to be mended, with 3 where something should be looked at, with 4 where it is broken.
    """
    from tideover.cli.doctor import doctor as look  # noqa: PLC0415

    raise typer.Exit(look(said("SYMPTOM", symptom), said("--organization", organization), as_json=json))
