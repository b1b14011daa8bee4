"""`tideover checklist`: what is to be done before a project recovers money, each step held against what is true."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from tideover.cli.settings import BY, project_named

if TYPE_CHECKING:
    from tideover.tenants.models import Project
    from tideover.upkeep.checklist import Step

DONE, MISSING = 0, 3


def show_checklist(organization: str, project: str) -> int:
    """Each step with what of it is true; the exit code says whether all is done."""
    of = project_named(organization, project)
    from tideover import clock  # noqa: PLC0415
    from tideover.upkeep import sender  # noqa: PLC0415
    from tideover.upkeep.checklist import checklist  # noqa: PLC0415

    sender.have_looked_at(of, clock.now())
    found = checklist(of)
    for step in found.steps:
        _tell(step)
    typer.echo(f"{found.done} of {len(found.steps)} steps are done.")
    return DONE if found.next is None else MISSING


def _tell(step: Step) -> None:
    typer.echo(f"{'done   ' if step.done else 'missing'}  {step.about.title}: {step.says}")
    if not step.done:
        typer.echo(f"         -> tideover {step.about.command}")


def turn(organization: str, project: str, *, hidden: bool) -> int:
    """Whether Home leads to it."""
    of = project_named(organization, project)
    from tideover import clock  # noqa: PLC0415
    from tideover.upkeep.checklist import hide, show  # noqa: PLC0415

    hide(of, BY, clock.now()) if hidden else show(of)
    typer.echo("Home leads to it no more." if hidden else "Home leads to it, as long as a step is missing.")
    return DONE


def looked_at(project: Project, step: str) -> None:
    """A step that only people can take."""
    from tideover import clock  # noqa: PLC0415
    from tideover.upkeep.checklist import Name, passed  # noqa: PLC0415

    passed(project, Name(step), BY, clock.now())
