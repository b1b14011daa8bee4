"""`tideover people`: its commands as they are typed; what they do stands in cli/people.py."""

from __future__ import annotations

from typing import Annotated

import typer

from tideover.cli.notices.commands import notices_commands
from tideover.cli.start import said

people_commands = typer.Typer(no_args_is_help=True, help="Who belongs to an organization: docs/operate/accounts.md.")
OF_ONE = typer.Option(help="Of the organization of this slug; needed where there are several")


def add_people(app: typer.Typer) -> None:
    """Who belongs to an organization, and what they are told."""
    app.add_typer(people_commands, name="people")
    app.add_typer(notices_commands, name="notices")


@people_commands.command("list")
def list_people(organization: Annotated[str | None, OF_ONE] = None) -> None:
    """Everybody with their role, and who is invited."""
    from tideover.cli.people import show_people  # noqa: PLC0415

    raise typer.Exit(show_people(said("--organization", organization)))


@people_commands.command("invite")
def invite_person(
    email: Annotated[str, typer.Argument(help="Who is to join")],
    role: Annotated[str, typer.Argument(help="owner, admin, support or analyst")],
    *,
    organization: Annotated[str | None, OF_ONE] = None,
) -> None:
    """Print a link by which this person joins, within 7 days. No mail is sent."""
    from tideover.cli.people import invite_to  # noqa: PLC0415

    raise typer.Exit(invite_to(email, role, said("--organization", organization)))


@people_commands.command("role")
def change_role(
    email: Annotated[str, typer.Argument(help="Whose")],
    role: Annotated[str, typer.Argument(help="owner, admin, support or analyst")],
    *,
    organization: Annotated[str | None, OF_ONE] = None,
) -> None:
    """Give a person another role."""
    from tideover.cli.people import give  # noqa: PLC0415

    raise typer.Exit(give(email, role, said("--organization", organization)))


@people_commands.command("remove")
def remove_person(
    email: Annotated[str, typer.Argument(help="Who")], organization: Annotated[str | None, OF_ONE] = None
) -> None:
    """Take a person, or their invitation, out of an organization: at once."""
    from tideover.cli.people import take_out  # noqa: PLC0415

    raise typer.Exit(take_out(email, said("--organization", organization)))
