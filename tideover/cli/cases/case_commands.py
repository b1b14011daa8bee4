"""`tideover why`, `promise`, `access` and `they-replied`, as they are typed: about one case or one customer each."""

from __future__ import annotations

from typing import Annotated

import typer


def add_case_commands(app: typer.Typer) -> None:
    """What is asked about a case, and done to it."""
    app.command("why")(why)
    app.command("promise")(promise)
    app.command("access")(access)
    app.command("they-replied")(they_replied)


def why(
    case: Annotated[str, typer.Argument(help="The id of a case (case_…), as its page shows it")],
    *,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object")] = False,
) -> None:
    """Tell what comes next for a case and why, what holds it back, and why a charge did not go out."""
    from tideover.cli.cases.why import tell_why  # noqa: PLC0415

    raise typer.Exit(tell_why(case, as_json=json))


def promise(
    case: Annotated[str, typer.Argument(help="The id of a case (case_…), as its page shows it")],
    day: Annotated[
        str, typer.Argument(help="The day they pay on, as in 2026-12-01; without it, what stands is told")
    ] = "",
    *,
    off: Annotated[bool, typer.Option("--off", help="Call the promise off: the plan goes on")] = False,
) -> None:
    """Move a charge to the day the customer promised to pay on; until then nothing is tried or sent but a reminder."""
    from tideover.cli.cases.promising import promise as note  # noqa: PLC0415

    if off and day:
        raise typer.BadParameter("--off takes no day.")
    raise typer.Exit(note(case, day, off=off))


def access(
    customer: Annotated[str, typer.Argument(help="A customer's id at Stripe (cus_…), as the page of a case shows it")],
) -> None:
    """Tell what a customer has, until when that is promised and why, and every day that was promised before."""
    from tideover.cli.cases.accessing import tell_access  # noqa: PLC0415

    raise typer.Exit(tell_access(customer))


def they_replied(
    case: Annotated[str, typer.Argument(help="The id of a case (case_…), as its page shows it")],
    until: Annotated[
        str, typer.Argument(help="The day on which their cases go on, as in 2026-12-01; without it, a week from now")
    ] = "",
) -> None:
    """Hold all cases of a customer who wrote or called: nothing is charged or sent to them before that day."""
    from tideover.cli.cases.replying import they_replied as hold  # noqa: PLC0415

    raise typer.Exit(hold(case, until))
