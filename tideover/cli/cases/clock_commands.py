"""`tideover clock …`, as it is typed; what it does stands in cli/cases/clocks.py."""

from __future__ import annotations

from typing import Annotated

import typer

clock_commands = typer.Typer(no_args_is_help=True, help="Stripe's test clocks: docs/guide/test-clocks.md.")


@clock_commands.command("list")
def list_clocks(*, json: Annotated[bool, typer.Option("--json", help="Print one JSON object")] = False) -> None:
    """List the test clocks that cases live by: what each shows, and which step comes next on it."""
    from tideover.cli.cases.clocks import show  # noqa: PLC0415

    raise typer.Exit(show(as_json=json))


@clock_commands.command("messages")
def clock_messages(
    case: Annotated[str, typer.Argument(help="The id of a case (case_…), as its page shows it")],
    *,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object")] = False,
) -> None:
    """Print what the customer of a case on a test clock would have got, word for word, by the day of the clock."""
    from tideover.cli.cases.clocks import show_messages  # noqa: PLC0415

    raise typer.Exit(show_messages(case, as_json=json))


@clock_commands.command("advance")
def advance_clock(
    case: Annotated[str, typer.Argument(help="The id of a case (case_…), as its page shows it")],
) -> None:
    """Advance the test clock that a case lives by to the next step on it, and wait until it has arrived."""
    from tideover.cli.cases.clocks import advance  # noqa: PLC0415

    raise typer.Exit(advance(case))
