"""`tideover recipients`, as it is typed; what it does stands in cli/cases/recipients.py."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tideover.cli.start import OF_ONE, OF_PRODUCT, said

recipient_commands = typer.Typer(no_args_is_help=True, help="Who is written to besides customers, or in their place.")
CUSTOMER = typer.Argument(help="A customer's id at Stripe (cus_…)")


@recipient_commands.command("list")
def list_recipients(
    customer: Annotated[str | None, typer.Argument(help="A customer's id at Stripe; default: everybody's")] = None,
    *,
    organization: Annotated[str | None, OF_ONE] = None,
    project: Annotated[str | None, OF_PRODUCT] = None,
) -> None:
    """Tell who is written to, for whom, from which day on, and how they came to be."""
    from tideover.cli.cases.recipients import tell  # noqa: PLC0415

    of = said("--organization", organization), said("--project", project)
    raise typer.Exit(tell(said("CUSTOMER", customer), *of))


@recipient_commands.command("add")
def add_recipient(  # noqa: PLR0913 - one parameter per flag
    customer: Annotated[str, CUSTOMER],
    address: Annotated[str, typer.Argument(help="Where they get mail")],
    *,
    name: Annotated[str, typer.Option(help="What they are called in the greeting")] = "",
    role: Annotated[str, typer.Option(help="billing, owner, admin or other")] = "other",
    language: Annotated[str, typer.Option(help="Such as de; default: the customer's own")] = "",
    from_day: Annotated[int, typer.Option(help="The day of the sequence from which on they are written to")] = 0,
    organization: Annotated[str | None, OF_ONE] = None,
    project: Annotated[str | None, OF_PRODUCT] = None,
) -> None:
    """Write to somebody besides a customer; who is there already is changed."""
    from tideover.cli.cases.recipients import add  # noqa: PLC0415

    cells = {"customer": customer, "address": address, "name": name, "role": role, "language": language}
    of = said("--organization", organization), said("--project", project)
    raise typer.Exit(add({**cells, "from_day": str(from_day)}, *of))


@recipient_commands.command("remove")
def remove_recipient(
    customer: Annotated[str, CUSTOMER],
    address: Annotated[str, typer.Argument(help="Where they get mail until now")],
    *,
    organization: Annotated[str | None, OF_ONE] = None,
    project: Annotated[str | None, OF_PRODUCT] = None,
) -> None:
    """Write to somebody no more for this customer."""
    from tideover.cli.cases.recipients import remove  # noqa: PLC0415

    raise typer.Exit(remove(customer, address, said("--organization", organization), said("--project", project)))


@recipient_commands.command("import")
def import_recipients(
    file: Annotated[Path, typer.Argument(help="A CSV with the columns that export writes; - is what is piped in")],
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell what is wrong with it, and change nothing")] = False,
    organization: Annotated[str | None, OF_ONE] = None,
    project: Annotated[str | None, OF_PRODUCT] = None,
) -> None:
    """Add whoever a file names, all or nobody: each problem is told by its line before."""
    from tideover.cli.cases.recipients import take  # noqa: PLC0415

    raise typer.Exit(take(file, said("--organization", organization), said("--project", project), dry_run=dry_run))


@recipient_commands.command("export")
def export_recipients(
    *, organization: Annotated[str | None, OF_ONE] = None, project: Annotated[str | None, OF_PRODUCT] = None
) -> None:
    """Print everybody as the CSV that import takes."""
    from tideover.cli.cases.recipients import export  # noqa: PLC0415

    raise typer.Exit(export(said("--organization", organization), said("--project", project)))
