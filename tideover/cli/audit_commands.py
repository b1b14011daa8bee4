"""`tideover audit`: the words of the commands; what they do is in cli/upkeep.py."""

from __future__ import annotations

import typer

audit_commands = typer.Typer(no_args_is_help=True, help="Who did what: the sealed log of every effect and permission.")


@audit_commands.callback()
def audit() -> None:
    """Who did what: the sealed log of every effect and permission."""


@audit_commands.command()
def verify() -> None:
    """Find entries that were changed, taken out or never written."""
    from tideover.cli.upkeep import verify_audit  # noqa: PLC0415

    raise typer.Exit(verify_audit())


@audit_commands.command()
def erased() -> None:
    """List the organizations that were erased: when, by whom, and whether every row is gone."""
    from tideover.cli.upkeep import show_erased  # noqa: PLC0415

    raise typer.Exit(show_erased())
