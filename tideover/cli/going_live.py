"""`tideover rehearse` and `tideover go-live`: what a project would do, and doing it from now on."""

from __future__ import annotations

import csv
import sys
from typing import TYPE_CHECKING

import typer

from tideover.cli.checking import looked_at
from tideover.cli.settings import project_named

if TYPE_CHECKING:
    from tideover.recovery.telling.rehearsal import Rehearsal, Rehearsed
    from tideover.tenants.models import Project

BY = "operator"
SHOWN = 3  # messages


def write_rehearsal(organization: str, project: str) -> int:
    """The same as CSV, a line for each step."""
    meant = project_named(organization, project)
    from tideover import clock  # noqa: PLC0415
    from tideover.cells import guarded  # noqa: PLC0415
    from tideover.dashboard.onboarding.file import rehearsal_lines  # noqa: PLC0415
    from tideover.recovery.telling.rehearsal import rehearsed_all  # noqa: PLC0415

    writer = csv.writer(sys.stdout, quoting=csv.QUOTE_ALL)
    for line in rehearsal_lines(rehearsed_all(meant, clock.now())):
        writer.writerow([guarded(cell) for cell in line])
    return 0


def show_rehearsal(organization: str, project: str, *, messages: bool) -> int:
    """Tell of each open failure what the rules would do with it, and when. Nothing is done."""
    meant = project_named(organization, project)
    from tideover import clock  # noqa: PLC0415
    from tideover.recovery.telling.rehearsal import first_messages, rehearse, rendered  # noqa: PLC0415

    looked_at(meant, "rehearsal")
    found = rehearse(meant, clock.now())
    for row in found.rows:
        _tell(row)
    _tell_earlier(meant)
    _sum_up(found)
    for row, step in first_messages(found, SHOWN) if messages else ():
        composed = rendered(row, step)
        typer.echo(
            f"\n{step.at:%a %d %b %H:%M} UTC to {row.case.customer_email or row.case.customer_id}: {composed.subject}\n"
        )
        typer.echo(composed.text)
    return 0


def _tell(row: Rehearsed) -> None:
    from tideover.core.money import spoken  # noqa: PLC0415
    from tideover.dashboard.words import FORESEEN, REASONS, family_label  # noqa: PLC0415

    case = row.case
    who = case.customer_name or case.customer_email or case.customer_id or case.invoice_number
    typer.echo(f"{case.public_id}  {spoken(case.owed)}  {who}: {family_label(case.family)}")
    for theirs in row.foreseen:
        typer.echo(f"  {theirs.at:%a %d %b %H:%M}  {FORESEEN[theirs.announced]}")
    for step in row.steps:
        written = step in row.messages or not step.template
        typer.echo(f"  {step.at:%a %d %b %H:%M}  {step.do if written else 'not written'}  {step.why}")
    for each in row.refused:
        typer.echo(f"  {each.at:%a %d %b %H:%M}  refused by {each.rule}: {each.why}")
    if row.unsent:
        typer.echo(f"  Nobody is written to: {REASONS[row.unsent]}.")


def _tell_earlier(project: Project) -> None:
    from tideover.recovery.telling.earlier import connected, earlier  # noqa: PLC0415

    for each in earlier(connected(project)):
        typer.echo(" ".join(each.sentences))


def _sum_up(found: Rehearsal) -> None:
    """What going live does at most, counted."""
    charges, messages = found.charges, found.messages
    typer.echo(f"{len(found.rows) + found.left_out} failed payments are open.")
    if found.left_out:
        typer.echo(f"Planned here are the largest {len(found.rows)} of them.")
    typer.echo(f"At most {len(charges)} charges, {found.soon(charges)} of them within a day.")
    typer.echo(f"At most {len(messages)} messages to {found.written_to} people, {found.soon(messages)} within a day.")
    typer.echo(
        f"{len(found.refused)} charges are refused by a network's rule; {found.given_up_soon} are given up soon."
    )
    typer.echo("Each goes on from the day it is at; what was missed is not made up for.")


def turn(organization: str, project: str, *, on: bool, sure: bool, only_new: bool = False) -> int:
    """Turn recovery on or off. Who turns it on is told before what that will do.

    only_new: the cases that are open now are closed first.
    """
    if only_new and not on:
        raise typer.BadParameter("--only-new is a way of going live, and --off is none.")
    meant = project_named(organization, project)
    from tideover import clock  # noqa: PLC0415
    from tideover.tenants.settings import turn_recovery  # noqa: PLC0415

    if meant.recovery_enabled == on:
        typer.echo(f"{meant.name} is {'live' if on else 'off'} already.")
        return 0
    if on and not sure:
        _ask(meant, only_new=only_new)
    if only_new and not _left(meant):
        return 1
    turn_recovery(meant, on=on, by=BY, now=clock.now())
    told = "is live: it charges and writes by its rules" if on else "is off: it watches, and charges and sends nothing"
    typer.echo(f"{meant.name} {told}.")
    return 0


def _ask(project: Project, *, only_new: bool) -> None:
    from tideover import clock  # noqa: PLC0415
    from tideover.recovery.telling.rehearsal import rehearse  # noqa: PLC0415

    found = rehearse(project, clock.now())
    if only_new:
        count = len(found.rows) + found.left_out
        typer.echo(f"{count} failed payments are open: their cases are closed as not taken up, for good.")
    else:
        _tell_earlier(project)
        _sum_up(found)
    typer.confirm(f"Shall {project.name} charge and write by its rules from now on?", abort=True)


def _left(project: Project) -> bool:
    """Close what is open now; whether all of it is closed."""
    from tideover import clock  # noqa: PLC0415
    from tideover.recovery.earlier.leaving import leave  # noqa: PLC0415

    still = leave(project, BY, clock.now())
    if still:
        typer.echo(f"Not closed yet: {still}. {project.name} is off still: try again.", err=True)
    return not still
