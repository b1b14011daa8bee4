"""`tideover drafts …`, as it is typed; what it does stands in cli/messages/drafts.py."""

from __future__ import annotations

from typing import Annotated

import typer

from tideover.cli.messages.texts_commands import ByChannel, InLanguage, Kind, Organization, Project
from tideover.cli.start import said

drafts_commands = typer.Typer(no_args_is_help=True, help="Texts drafted by a language model: docs/guide/drafts.md.")
Name = Annotated[str, typer.Argument(help="As `tideover drafts list` names it: draft_…")]


def _of(organization: str | None, project: str | None) -> tuple[str, str]:
    return said("--organization", organization), said("--project", project)


@drafts_commands.command()
def setup(  # noqa: PLR0913 - one parameter per flag
    provider: Annotated[str, typer.Argument(help="openai (or whatever speaks as it does) or anthropic")],
    model: Annotated[str, typer.Argument(help="As the provider names it")],
    *,
    address: Annotated[str, typer.Option("--address", help="Where it stands; default: the provider's own")] = "",
    words: Annotated[str | None, typer.Option("--words", help="What you sell and how you speak; it is sent")] = None,
    organization: Organization = None,
    project: Project = None,
) -> None:
    """Have texts drafted by a model; its key is asked for, or read from what is piped in."""
    from tideover.cli.messages.drafts import setup as do  # noqa: PLC0415

    raise typer.Exit(do(provider, model, address, words, _of(organization, project)))


@drafts_commands.command()
def when(
    choice: Annotated[str, typer.Argument(help="approval: a person reads each; sending: nobody does")],
    *,
    tokens: Annotated[int | None, typer.Option("--tokens", help="At most so many within 24 hours are spent")] = None,
    organization: Organization = None,
    project: Project = None,
) -> None:
    """Say whether a person approves each draft, or messages are written in them at send time."""
    from tideover.cli.messages.drafts import when as do  # noqa: PLC0415

    raise typer.Exit(do(choice, tokens, _of(organization, project)))


@drafts_commands.command("next")
def next_(*, organization: Organization = None, project: Project = None) -> None:
    """List what the messages of the next day say: a draft, your text or ours."""
    from tideover.cli.messages.drafts import next_ as do  # noqa: PLC0415

    raise typer.Exit(do(_of(organization, project)))


@drafts_commands.command()
def off(*, organization: Organization = None, project: Project = None) -> None:
    """Draft nothing any more, and forget the key."""
    from tideover.cli.messages.drafts import off as do  # noqa: PLC0415

    raise typer.Exit(do(_of(organization, project)))


@drafts_commands.command()
def show(
    name: Annotated[str, typer.Argument(help="A draft; default: which model is set")] = "",
    *,
    organization: Organization = None,
    project: Project = None,
) -> None:
    """Tell which model is set; or print a draft as a file, with what speaks against it."""
    from tideover.cli.messages.drafts import show as do  # noqa: PLC0415

    raise typer.Exit(do(name, _of(organization, project)))


@drafts_commands.command()
def make(  # noqa: PLR0913 - one parameter per flag
    kind: Kind,
    *,
    tone: Annotated[str, typer.Option("--tone", help="In which tone")] = "friendly",
    psychology: Annotated[bool, typer.Option("--psychology", help="Let it say what stays as it is")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print all that would be sent, and send nothing")] = False,
    language: InLanguage = "en",
    channel: ByChannel = "email",
    organization: Organization = None,
    project: Project = None,
) -> None:
    """Draft a text. The same question has the same draft, and nothing goes live by it."""
    from tideover.cli.messages.drafts import make as do  # noqa: PLC0415

    named = (kind, channel, language)
    raise typer.Exit(do(named, (tone, psychology), _of(organization, project), dry_run=dry_run))


@drafts_commands.command("list")
def list_(*, organization: Organization = None, project: Project = None) -> None:
    """List every draft, and what became of it."""
    from tideover.cli.messages.drafts import list_drafts  # noqa: PLC0415

    raise typer.Exit(list_drafts(_of(organization, project)))


@drafts_commands.command()
def use(name: Name, *, organization: Organization = None, project: Project = None) -> None:
    """Make a draft the next version of its text, for new cases."""
    from tideover.cli.messages.drafts import use as do  # noqa: PLC0415

    raise typer.Exit(do(name, _of(organization, project)))


@drafts_commands.command()
def discard(name: Name, *, organization: Organization = None, project: Project = None) -> None:
    """Mark a draft as one that nobody wants."""
    from tideover.cli.messages.drafts import discard as do  # noqa: PLC0415

    raise typer.Exit(do(name, _of(organization, project)))
