"""`tideover texts …`, as it is typed; what it does stands in cli/messages/texts.py and trials.py."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tideover.cli.start import OF_ONE, OF_PRODUCT, said

texts_commands = typer.Typer(no_args_is_help=True, help="What messages say, in your words: docs/guide/texts.md.")
trial_commands = typer.Typer(
    no_args_is_help=True, help="Two versions of a text beside each other: which is paid after?"
)
texts_commands.add_typer(trial_commands, name="trial")
Kind = Annotated[str, typer.Argument(help="A kind of message, such as failed or final")]
File = Annotated[Path, typer.Argument(help="What `tideover texts show` printed, edited; - is what is piped in")]
InLanguage = Annotated[str, typer.Option("--language", help="Such as de or pt-BR")]
ByChannel = Annotated[str, typer.Option("--channel", help="email or sms")]
B = Annotated[
    str, typer.Argument(help="The number of a version, `ours`, or a file as `tideover texts show` printed it")
]
Half = Annotated[str, typer.Argument(help="a, which is in use, or b")]
Note = Annotated[str, typer.Option("--note", help="What changes, for whoever reads the history")]
Organization = Annotated[str | None, OF_ONE]
Project = Annotated[str | None, OF_PRODUCT]


def _of(organization: str | None, project: str | None) -> tuple[str, str]:
    return said("--organization", organization), said("--project", project)


@texts_commands.command("list")
def list_(*, organization: Organization = None, project: Project = None) -> None:
    """List the texts that are yours, and how many are ours."""
    from tideover.cli.messages.texts import list_texts  # noqa: PLC0415

    raise typer.Exit(list_texts(*_of(organization, project)))


@texts_commands.command()
def design(
    name: Annotated[str, typer.Argument(help="One of those that are listed; default: list them")] = "",
    *,
    organization: Organization = None,
    project: Project = None,
) -> None:
    """List the designs that mails can have, or choose the one of every mail."""
    from tideover.cli.messages.texts import design as do  # noqa: PLC0415

    raise typer.Exit(do(name, *_of(organization, project)))


@texts_commands.command()
def show(  # noqa: PLR0913 - one parameter per flag
    kind: Kind,
    *,
    version: Annotated[int, typer.Option(min=0, help="An older one; default: what is said now")] = 0,
    language: InLanguage = "en",
    channel: ByChannel = "email",
    organization: Organization = None,
    project: Project = None,
) -> None:
    """Print a text as a file that can be edited and kept in your repository."""
    from tideover.cli.messages.texts import show as do  # noqa: PLC0415

    raise typer.Exit(do((kind, channel, language), version, *_of(organization, project)))


@texts_commands.command()
def edit(  # noqa: PLR0913 - one parameter per flag
    kind: Kind,
    file: File,
    *,
    note: Note = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell what would change, and change nothing")] = False,
    language: InLanguage = "en",
    channel: ByChannel = "email",
    organization: Organization = None,
    project: Project = None,
) -> None:
    """Make what stands in a file the next version of a text, for new cases. Each difference is told before."""
    from tideover.cli.messages.texts import edit as do  # noqa: PLC0415

    raise typer.Exit(do((kind, channel, language), file, note, *_of(organization, project), dry_run=dry_run))


@texts_commands.command()
def check(kind: Kind, file: File, *, language: InLanguage = "en", channel: ByChannel = "email") -> None:
    """Look at a file as saving it would, and change nothing."""
    from tideover.cli.messages.texts import check as do  # noqa: PLC0415

    raise typer.Exit(do((kind, channel, language), file))


@texts_commands.command()
def history(
    kind: Kind,
    *,
    language: InLanguage = "en",
    channel: ByChannel = "email",
    organization: Organization = None,
    project: Project = None,
) -> None:
    """List every version of a text with who made it and what it changed."""
    from tideover.cli.messages.texts import history as do  # noqa: PLC0415

    raise typer.Exit(do((kind, channel, language), *_of(organization, project)))


@texts_commands.command()
def restore(  # noqa: PLR0913 - one parameter per flag
    kind: Kind,
    version: Annotated[str, typer.Argument(help="The number of an older version, or `ours` for the text as it came")],
    *,
    language: InLanguage = "en",
    channel: ByChannel = "email",
    organization: Organization = None,
    project: Project = None,
) -> None:
    """Make the next version with the content of an older one, or give the place back to our text."""
    from tideover.cli.messages.texts import restore as do  # noqa: PLC0415

    raise typer.Exit(do((kind, channel, language), said("VERSION", version), *_of(organization, project)))


# ── tideover texts trial ──


@trial_commands.command()
def start(  # noqa: PLR0913 - one parameter per flag
    kind: Kind,
    b: B,
    *,
    days: Annotated[int, typer.Option("--days", help="Within how many days after the first message paid counts")] = 7,
    ends_by_itself: Annotated[
        bool, typer.Option("--ends-by-itself", help="Once one is better, or no difference matters")
    ] = False,
    language: InLanguage = "en",
    channel: ByChannel = "email",
    organization: Organization = None,
    project: Project = None,
) -> None:
    """Put another version beside the one in use, for half of the customers whose cases begin from now on."""
    from tideover.cli.messages.trials import start as do  # noqa: PLC0415

    whose = _of(organization, project)
    raise typer.Exit(do((kind, channel, language), said("B", b), days, *whose, ends_by_itself=ends_by_itself))


@trial_commands.command("show")
def trials(*, organization: Organization = None, project: Project = None) -> None:
    """Tell of every trial: its halves in figures, what can be said of them, and how it ended."""
    from tideover.cli.messages.trials import show as do  # noqa: PLC0415

    raise typer.Exit(do(*_of(organization, project)))


@trial_commands.command()
def use(  # noqa: PLR0913 - one parameter per flag
    kind: Kind,
    half: Half,
    *,
    language: InLanguage = "en",
    channel: ByChannel = "email",
    organization: Organization = None,
    project: Project = None,
) -> None:
    """End the trial of a text, and have one half for every case that begins from now on."""
    from tideover.cli.messages.trials import finish  # noqa: PLC0415

    raise typer.Exit(finish((kind, channel, language), said("HALF", half), *_of(organization, project)))


@trial_commands.command()
def stop(
    kind: Kind,
    *,
    language: InLanguage = "en",
    channel: ByChannel = "email",
    organization: Organization = None,
    project: Project = None,
) -> None:
    """End the trial of a text without a choice: what was in use stays."""
    from tideover.cli.messages.trials import finish  # noqa: PLC0415

    raise typer.Exit(finish((kind, channel, language), "stopped", *_of(organization, project)))
