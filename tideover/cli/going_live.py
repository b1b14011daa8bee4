"""`tideover rehearse` and `tideover go-live`: what a project would do, and doing it from now on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from tideover.cli.settings import project_named

if TYPE_CHECKING:
    from tideover.recovery.telling.rehearsal import Rehearsal, Rehearsed

BY = "operator"
SHOWN = 3  # messages


def show_rehearsal(organization: str, project: str, *, messages: bool) -> int:
    """Tell of each open failure what the rules would do with it, and when. Nothing is done."""
    meant = project_named(organization, project)
    from tideover import clock  # noqa: PLC0415
    from tideover.recovery.telling.rehearsal import first_messages, rehearse, rendered  # noqa: PLC0415

    found = rehearse(meant, clock.now())
    for row in found.rows:
        _tell(row)
    _sum_up(found)
    for row, step in first_messages(found, SHOWN) if messages else ():
        composed = rendered(row, step)
        typer.echo(f"\n{step.at:%a %d %b %H:%M} UTC to {row.case.customer_email}: {composed.subject}\n")
        typer.echo(composed.text)
    return 0


def _tell(row: Rehearsed) -> None:
    from tideover.core.money import spoken  # noqa: PLC0415
    from tideover.dashboard.words import REASONS, family_label  # noqa: PLC0415

    case = row.case
    who = case.customer_name or case.customer_email or case.invoice_number
    typer.echo(f"{case.public_id}  {spoken(case.owed)}  {who}: {family_label(case.family)}")
    for step in row.steps:
        written = step in row.messages or not step.template
        typer.echo(f"  {step.at:%a %d %b %H:%M}  {step.do if written else 'not written'}  {step.why}")
    for each in row.refused:
        typer.echo(f"  {each.at:%a %d %b %H:%M}  refused by {each.rule}: {each.why}")
    if row.unsent:
        typer.echo(f"  Nobody is written to: {REASONS[row.unsent]}.")


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


def turn(organization: str, project: str, *, on: bool, sure: bool) -> int:
    """Turn recovery on or off. Who turns it on is told before what that will do."""
    meant = project_named(organization, project)
    from tideover import clock  # noqa: PLC0415
    from tideover.recovery.telling.rehearsal import rehearse  # noqa: PLC0415
    from tideover.tenants.settings import turn_recovery  # noqa: PLC0415

    if meant.recovery_enabled == on:
        typer.echo(f"{meant.name} is {'live' if on else 'off'} already.")
        return 0
    if on and not sure:
        _sum_up(rehearse(meant, clock.now()))
        typer.confirm(f"Shall {meant.name} charge and write by its rules from now on?", abort=True)
    turn_recovery(meant, on=on, by=BY, now=clock.now())
    told = "is live: it charges and writes by its rules" if on else "is off: it watches, and charges and sends nothing"
    typer.echo(f"{meant.name} {told}.")
    return 0
