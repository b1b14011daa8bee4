"""`tideover export`, `erase` and `let-back-in`: the words of the commands; what they do is in cli/leaving.py."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tideover.cli.start import OF_ONE, said

leaving_commands = typer.Typer()


@leaving_commands.command()
def export(
    file: Annotated[Path, typer.Argument(help="The archive to write, such as everything.zip")],
    *,
    organization: Annotated[str | None, OF_ONE] = None,
) -> None:
    """Write everything of an organization to one archive, as CSV and as JSON. No key is in it."""
    from tideover.cli.leaving import export_everything  # noqa: PLC0415

    raise typer.Exit(export_everything(file, said("--organization", organization)))


@leaving_commands.command()
def erase(
    customer: Annotated[str, typer.Argument(help="Their id at Stripe (cus_…), or their address of mail")],
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask")] = False,
    organization: Annotated[str | None, OF_ONE] = None,
) -> None:
    """Erase a customer: everything stops for them, their words go, amounts and counts stay. It cannot be undone."""
    from tideover.cli.leaving import erase_customer  # noqa: PLC0415

    raise typer.Exit(erase_customer(said("CUSTOMER", customer), said("--organization", organization), sure=yes))


@leaving_commands.command()
def let_back_in(
    address: Annotated[str, typer.Argument(help="The address of mail that is to be written to again")],
    *,
    consent: Annotated[str, typer.Option(help="How its owner asked for it: wrote, said or chose (in your product)")],
    why: Annotated[str, typer.Option(help="What they said, and when: kept as the record")],
    organization: Annotated[str | None, OF_ONE] = None,
) -> None:
    """Write to somebody again who had opted out: on their own request, with the record of it."""
    from tideover.cli.leaving import let_in  # noqa: PLC0415

    words = said("ADDRESS", address), said("--consent", consent), said("--why", why)
    raise typer.Exit(let_in(*words, said("--organization", organization)))
