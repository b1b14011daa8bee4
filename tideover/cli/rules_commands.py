"""`tideover rules …`, as it is typed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tideover.cli.start import said

rules_commands = typer.Typer(
    no_args_is_help=True, help="When failed payments are charged and written about: docs/guide/rules.md."
)
Organization = Annotated[
    str | None, typer.Option("--organization", help="Of the organization of this slug; needed where there are several")
]
Project = Annotated[
    str | None, typer.Option("--project", help="Of the project of this slug; needed where there are several")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Tell what would change, and change nothing")]
WHICH = "A version's number, a preset's name or a file"


def _of(organization: str | None, project: str | None) -> tuple[str, str]:
    return said("--organization", organization), said("--project", project)


@rules_commands.command()
def show(
    which: Annotated[str | None, typer.Argument(help=f"{WHICH}; default: the newest version")] = None,
    *,
    form: Annotated[str | None, typer.Option("--format", help="toml or json")] = None,
    organization: Organization = None,
    project: Project = None,
) -> None:
    """Print rules as a file that can be edited and kept in your repository."""
    from tideover.cli.rules import show as do  # noqa: PLC0415

    raise typer.Exit(do(said("WHICH", which), said("--format", form), *_of(organization, project)))


@rules_commands.command()
def versions(*, organization: Organization = None, project: Project = None) -> None:
    """List every version with who made it and what it changed."""
    from tideover.cli.rules import versions as do  # noqa: PLC0415

    raise typer.Exit(do(*_of(organization, project)))


@rules_commands.command()
def diff(
    before: Annotated[str | None, typer.Argument(help=f"{WHICH}; default: the version before the newest")] = None,
    after: Annotated[str | None, typer.Argument(help="The same; default: the newest version")] = None,
    *,
    organization: Organization = None,
    project: Project = None,
) -> None:
    """Tell in words what differs between two versions, presets or files."""
    from tideover.cli.rules import diff as do  # noqa: PLC0415

    raise typer.Exit(do(said("BEFORE", before), said("AFTER", after), *_of(organization, project)))


@rules_commands.command()
def copy(
    preset: Annotated[str, typer.Argument(help="Such as tuned: docs/guide/presets.md")],
    *,
    dry_run: DryRun = False,
    organization: Organization = None,
    project: Project = None,
) -> None:
    """Start from a preset: it becomes the next version, for new cases."""
    from tideover.cli.rules import copy as do  # noqa: PLC0415

    raise typer.Exit(do(preset, *_of(organization, project), dry_run=dry_run))


@rules_commands.command()
def edit(
    file: Annotated[Path, typer.Argument(help="What `tideover rules show` printed, edited; - is what is piped in")],
    *,
    dry_run: DryRun = False,
    organization: Organization = None,
    project: Project = None,
) -> None:
    """Make what stands in a file the next version, for new cases. Each difference is told before."""
    from tideover.cli.rules import edit as do  # noqa: PLC0415

    raise typer.Exit(do(file, *_of(organization, project), dry_run=dry_run))


@rules_commands.command(name="dry-run")
def dry_run(
    which: Annotated[str, typer.Argument(help=f"{WHICH}; - is a file that is piped in")],
    *,
    days: Annotated[int, typer.Option("--last", min=1, max=365, help="Payments that failed in so many days")] = 30,
    organization: Organization = None,
    project: Project = None,
) -> None:
    """Tell what rules would change for payments that failed in the last days. Nothing is saved, sent or charged."""
    from tideover.cli.rules import dry_run as do  # noqa: PLC0415

    raise typer.Exit(do(which, days, *_of(organization, project)))


@rules_commands.command()
def undo(
    version: Annotated[int, typer.Argument(min=1, help="Whose content comes back, under a new number")],
    *,
    dry_run: DryRun = False,
    organization: Organization = None,
    project: Project = None,
) -> None:
    """Make the next version with the content of an older one."""
    from tideover.cli.rules import undo as do  # noqa: PLC0415

    raise typer.Exit(do(version, *_of(organization, project), dry_run=dry_run))


@rules_commands.command()
def apply(*, dry_run: DryRun = False, organization: Organization = None, project: Project = None) -> None:
    """Let open cases go on by the newest version too. What changes for how many is told before."""
    from tideover.cli.rules import apply as do  # noqa: PLC0415

    raise typer.Exit(do(*_of(organization, project), dry_run=dry_run))
