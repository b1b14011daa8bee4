"""`tideover go-live`: from now on a project charges and writes, or does not any more."""

from __future__ import annotations

import typer

from tideover.cli.settings import project_named

BY = "operator"


def turn(organization: str, project: str, *, on: bool, sure: bool) -> int:
    """Turn recovery on or off. Who turns it on is told how many cases it concerns, and asked."""
    meant = project_named(organization, project)
    from tideover import clock  # noqa: PLC0415
    from tideover.recovery.models import Case  # noqa: PLC0415
    from tideover.tenants.settings import turn_recovery  # noqa: PLC0415

    if meant.recovery_enabled == on:
        typer.echo(f"{meant.name} is {'live' if on else 'off'} already.")
        return 0
    if on and not sure:
        open_cases = Case.objects.filter(project=meant, state=Case.State.FAILING).count()
        typer.echo(
            f"{open_cases} failed payments are open. Each goes on from the day it is at; nothing is made up for."
        )
        typer.confirm(f"Shall {meant.name} charge and write by its rules from now on?", abort=True)
    turn_recovery(meant, on=on, by=BY, now=clock.now())
    told = "is live: it charges and writes by its rules" if on else "is off: it watches, and charges and sends nothing"
    typer.echo(f"{meant.name} {told}.")
    return 0
