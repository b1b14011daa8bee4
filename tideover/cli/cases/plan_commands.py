"""`tideover plan`, as it is typed; what it does stands in cli/cases/plan.py."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer


class Deed(StrEnum):
    """What may be done about the plan of a case."""

    SHOW = "show"
    OFFER = "offer"
    END = "end"


def add_plan_command(app: typer.Typer) -> None:
    """Paying in parts."""
    app.command("plan")(plan)


def plan(
    case: Annotated[str, typer.Argument(help="The id of a case (case_…), as its page shows it")],
    deed: Annotated[Deed, typer.Argument(help="show what was agreed, offer a plan whatever the day, or end it")],
    *,
    json: Annotated[bool, typer.Option("--json", help="Of show: print one JSON object")] = False,
) -> None:
    """Show what of a case is paid in parts, offer a plan to its customer, or end the one that stands."""
    from tideover.cli.cases import plan as done  # noqa: PLC0415

    if deed == Deed.SHOW:
        raise typer.Exit(done.show(case, as_json=json))
    raise typer.Exit(done.offer(case) if deed == Deed.OFFER else done.end(case))
