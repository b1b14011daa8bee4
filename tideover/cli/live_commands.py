"""`tideover rehearse` and `tideover go-live`, as they are typed."""

from __future__ import annotations

from typing import Annotated

import typer

from tideover.cli.start import OF_ONE, OF_PRODUCT, said


def add_live_commands(app: typer.Typer) -> None:
    """Before going live, and going live."""
    app.command("rehearse")(rehearse)
    app.command("go-live")(go_live)


def rehearse(
    *,
    messages: Annotated[bool, typer.Option("--messages", help="Print the first messages that would go out")] = False,
    organization: Annotated[str | None, OF_ONE] = None,
    project: Annotated[str | None, OF_PRODUCT] = None,
) -> None:
    """Tell what the rules would do with each open failure. Nothing is charged or sent."""
    from tideover.cli.going_live import show_rehearsal  # noqa: PLC0415

    of = said("--organization", organization), said("--project", project)
    raise typer.Exit(show_rehearsal(*of, messages=messages))


def go_live(
    *,
    off: Annotated[bool, typer.Option("--off", help="Charge and send nothing any more; cases are watched on")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask")] = False,
    organization: Annotated[str | None, OF_ONE] = None,
    project: Annotated[str | None, OF_PRODUCT] = None,
) -> None:
    """Let a project charge and write by its rules: until then it only watches."""
    from tideover.cli.going_live import turn  # noqa: PLC0415

    raise typer.Exit(turn(said("--organization", organization), said("--project", project), on=not off, sure=yes))
