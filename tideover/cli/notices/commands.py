"""`tideover notices`: its commands as they are typed; what they do stands in cli/notices/telling.py."""

from __future__ import annotations

from typing import Annotated

import typer

from tideover.cli.start import OF_ONE, OF_PRODUCT, said

notices_commands = typer.Typer(no_args_is_help=True, help="What members are told by mail: docs/guide/notices.md.")
WHO = typer.Argument(help="Whose, by their address")
WHAT = typer.Argument(help="recovered, attention, dead_key, paused or digest")


@notices_commands.command("show")
def show(
    *, organization: Annotated[str | None, OF_ONE] = None, project: Annotated[str | None, OF_PRODUCT] = None
) -> None:
    """How often each member is told of each thing."""
    from tideover.cli.notices.telling import show_notices  # noqa: PLC0415

    raise typer.Exit(show_notices(said("--organization", organization), said("--project", project)))


@notices_commands.command("set")
def set_(
    email: Annotated[str, WHO],
    kind: Annotated[str, WHAT],
    pace: Annotated[str, typer.Argument(help="at-once, daily, weekly or off, as far as the kind has it")],
    *,
    organization: Annotated[str | None, OF_ONE] = None,
    project: Annotated[str | None, OF_PRODUCT] = None,
) -> None:
    """Choose how often one member is told of one thing."""
    from tideover.cli.notices.telling import set_notice  # noqa: PLC0415

    raise typer.Exit(set_notice(email, kind, pace, said("--organization", organization), said("--project", project)))


@notices_commands.command("send")
def send(
    email: Annotated[str, WHO],
    kind: Annotated[str, WHAT],
    *,
    preview: Annotated[bool, typer.Option("--preview", help="Print its words, and send nothing")] = False,
    organization: Annotated[str | None, OF_ONE] = None,
    project: Annotated[str | None, OF_PRODUCT] = None,
) -> None:
    """Send one member a notice as it is now."""
    from tideover.cli.notices.telling import send_notice  # noqa: PLC0415

    whose = said("--organization", organization), said("--project", project)
    raise typer.Exit(send_notice(email, kind, *whose, preview=preview))
