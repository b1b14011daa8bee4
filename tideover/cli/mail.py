"""A test mail from the command line."""

from __future__ import annotations

import threading

import typer

from tideover.cli.start import fail, on_its_schema, warn


def check_mail(address: str, slug: str) -> int:
    """Send one test mail and say what the mail server said."""
    on_its_schema(threading.Event(), warn)
    from tideover import clock  # noqa: PLC0415
    from tideover.messages.languages import spoken_in  # noqa: PLC0415
    from tideover.messages.trial import try_out  # noqa: PLC0415
    from tideover.tenants import audit  # noqa: PLC0415
    from tideover.tenants.models import Project  # noqa: PLC0415

    projects = Project.objects.filter(organization__is_sample=False)
    projects = projects.filter(organization__slug=slug) if slug else projects
    project = projects.order_by("created_at").first()
    if project is None and slug:
        fail(f"no organization {slug} has a project")
    trial = try_out(project or Project(name="Tideover"), "", address, spoken_in(""), clock.wall())
    if project is not None:
        deed = audit.Deed("operator", "test mail", address, after={"taken": trial.taken, "outcome": trial.says})
        audit.write(project.organization_id, deed, clock.wall())
    if not trial.taken:
        fail(trial.says.rstrip("."), then="The mail server's settings (TIDEOVER_SMTP_…): docs/operate/settings.md")
    typer.echo(trial.says)
    return 0
