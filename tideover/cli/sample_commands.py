"""`tideover sample`: its commands as they are typed; what they do stands in cli/sample.py."""

from __future__ import annotations

from typing import Annotated

import typer

from tideover.cli.start import said

sample_commands = typer.Typer(no_args_is_help=True, help="A shop of invented failures to look around in.")
FOR = typer.Option("--for", help="Whose: the address with which they sign in")


@sample_commands.command("open")
def open_sample(email: Annotated[str, FOR]) -> None:
    """Make this person's sample shop; it stands in their organizations from then on."""
    from tideover.cli.sample import make  # noqa: PLC0415

    raise typer.Exit(make(said("--for", email), anew=False))


@sample_commands.command("reset")
def make_sample_anew(email: Annotated[str, FOR]) -> None:
    """Make it anew, with its days counted from now."""
    from tideover.cli.sample import make  # noqa: PLC0415

    raise typer.Exit(make(said("--for", email), anew=True))


@sample_commands.command("close")
def close_sample(email: Annotated[str, FOR]) -> None:
    """Erase it. Nothing of the person's own organizations is touched."""
    from tideover.cli.sample import take_away  # noqa: PLC0415

    raise typer.Exit(take_away(said("--for", email)))
