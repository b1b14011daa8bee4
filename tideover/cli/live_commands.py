"""`tideover checklist`, `rehearse` and `go-live`, as they are typed."""

from __future__ import annotations

from typing import Annotated

import typer

from tideover.cli.start import OF_ONE, OF_PRODUCT, said


def add_live_commands(app: typer.Typer) -> None:
    """Before going live, and going live."""
    app.command("checklist")(checklist)
    app.command("rehearse")(rehearse)
    app.command("go-live")(go_live)


def checklist(
    *,
    hide: Annotated[bool, typer.Option("--hide", help="Home leads to it no more")] = False,
    show: Annotated[bool, typer.Option("--show", help="Home leads to it again")] = False,
    organization: Annotated[str | None, OF_ONE] = None,
    project: Annotated[str | None, OF_PRODUCT] = None,
) -> None:
    """Tell what is to be done before a project recovers money; exits with 3 while something is missing."""
    from tideover.cli.checking import show_checklist, turn  # noqa: PLC0415

    if hide and show:
        raise typer.BadParameter("--hide and --show are opposites.")
    of = said("--organization", organization), said("--project", project)
    raise typer.Exit(turn(*of, hidden=hide) if hide or show else show_checklist(*of))


def rehearse(
    *,
    messages: Annotated[bool, typer.Option("--messages", help="Print the first messages that would go out")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print it as a table: a line for each step")] = False,
    last: Annotated[
        int | None, typer.Option("--last", help="Of what failed in the last so many days: what they would have done")
    ] = None,
    organization: Annotated[str | None, OF_ONE] = None,
    project: Annotated[str | None, OF_PRODUCT] = None,
) -> None:
    """Tell what the rules would do with each open failure. Nothing is charged or sent."""
    from tideover.cli.going_live import show_rehearsal, write_rehearsal  # noqa: PLC0415

    of = said("--organization", organization), said("--project", project)
    if last is not None:
        raise typer.Exit(_backtest(of, last, messages=messages, as_csv=as_csv))
    if as_csv:
        raise typer.Exit(write_rehearsal(*of))
    raise typer.Exit(show_rehearsal(*of, messages=messages))


def _backtest(of: tuple[str, str], days: int, *, messages: bool, as_csv: bool) -> int:
    from tideover.cli.backtesting import show_backtest, write_backtest  # noqa: PLC0415
    from tideover.recovery.telling.backtest import MOST_DAYS  # noqa: PLC0415

    if messages:
        raise typer.BadParameter("--messages is of what comes, and --last of what was.")
    if not 1 <= days <= MOST_DAYS:
        raise typer.BadParameter(f"--last is 1 to {MOST_DAYS} days.")
    return write_backtest(*of, days) if as_csv else show_backtest(*of, days)


def go_live(
    *,
    off: Annotated[bool, typer.Option("--off", help="Charge and send nothing any more; cases are watched on")] = False,
    only_new: Annotated[
        bool, typer.Option("--only-new", help="Begin with what fails from now on; what is open is closed, for good")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask")] = False,
    organization: Annotated[str | None, OF_ONE] = None,
    project: Annotated[str | None, OF_PRODUCT] = None,
) -> None:
    """Let a project charge and write by its rules: until then it only watches."""
    from tideover.cli.going_live import turn  # noqa: PLC0415

    of = said("--organization", organization), said("--project", project)
    raise typer.Exit(turn(*of, on=not off, sure=yes, only_new=only_new))
