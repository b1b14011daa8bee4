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
    customer: Annotated[
        str | None, typer.Argument(help="Their id at Stripe (cus_…), or their address of mail; none: the organization")
    ] = None,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask; of a customer alone")] = False,
    organization: Annotated[str | None, OF_ONE] = None,
) -> None:
    """Erase a customer, or with --organization alone all of that organization. It cannot be undone."""
    from tideover.cli.leaving import erase_all_of, erase_customer  # noqa: PLC0415

    whose = said("--organization", organization)
    if customer is None:
        raise typer.Exit(erase_all_of(whose, sure=yes))
    raise typer.Exit(erase_customer(said("CUSTOMER", customer), whose, sure=yes))


@leaving_commands.command()
def let_back_in(
    address: Annotated[str, typer.Argument(help="The address of mail that is to be written to again")],
    *,
    consent: Annotated[str, typer.Option(help="How its owner asked for it: wrote, said or chose (in your product)")],
    why: Annotated[str, typer.Option(help="What they said, and when: kept as the record")],
    winback: Annotated[bool, typer.Option("--winback", help="To win-back letters alone")] = False,
    organization: Annotated[str | None, OF_ONE] = None,
) -> None:
    """Write to somebody again who had opted out: on their own request, with the record of it."""
    from tideover.cli.leaving import let_in  # noqa: PLC0415

    words = said("ADDRESS", address), said("--consent", consent), said("--why", why)
    raise typer.Exit(let_in(*words, said("--organization", organization), winback=winback))
