"""`tideover email`, as it is typed; what it does stands in cli/messages/sending.py."""

from __future__ import annotations

from typing import Annotated

import typer

from tideover.cli.start import OF_ONE, OF_PRODUCT, said
from tideover.core.catalogue import Channel

email_commands = typer.Typer(no_args_is_help=True, help="By whom a merchant's mail goes: docs/operate/sending.md.")


@email_commands.command("show")
def show_email(
    *, organization: Annotated[str | None, OF_ONE] = None, project: Annotated[str | None, OF_PRODUCT] = None
) -> None:
    """Tell by whom mail goes, and from which address."""
    from tideover.cli.messages.sending import show  # noqa: PLC0415

    raise typer.Exit(show(said("--organization", organization), said("--project", project)))


@email_commands.command("set")
def set_email(
    provider: Annotated[str, typer.Argument(help="resend, postmark, sendgrid, mailgun, ses, brevo or smtp")],
    option: Annotated[list[str] | None, typer.Option(help="What it asks for besides, as name=value")] = None,
    *,
    organization: Annotated[str | None, OF_ONE] = None,
    project: Annotated[str | None, OF_PRODUCT] = None,
) -> None:
    """Send by an account of the merchant's; its key is asked for, or read from what is piped in."""
    from tideover.cli.messages.sending import keep  # noqa: PLC0415

    raise typer.Exit(keep(said("--organization", organization), said("--project", project), provider, option or []))


@email_commands.command("forget")
def forget_email(
    *, organization: Annotated[str | None, OF_ONE] = None, project: Annotated[str | None, OF_PRODUCT] = None
) -> None:
    """Send by the mail server of this installation again."""
    from tideover.cli.messages.sending import forget  # noqa: PLC0415

    raise typer.Exit(forget(said("--organization", organization), said("--project", project)))


@email_commands.command("key")
def key_of_email(
    *, organization: Annotated[str | None, OF_ONE] = None, project: Annotated[str | None, OF_PRODUCT] = None
) -> None:
    """Keep what the provider signs with; it is asked for, or read from what is piped in."""
    from tideover.cli.messages.sending import key  # noqa: PLC0415

    raise typer.Exit(key(said("--organization", organization), said("--project", project)))


@email_commands.command("renew")
def renew_email(
    *, organization: Annotated[str | None, OF_ONE] = None, project: Annotated[str | None, OF_PRODUCT] = None
) -> None:
    """Have the provider tell at another address; at the one of before nobody is believed any more."""
    from tideover.cli.messages.sending import renew  # noqa: PLC0415

    raise typer.Exit(renew(said("--organization", organization), said("--project", project)))


@email_commands.command("resume")
def resume_email(*, organization: Annotated[str | None, OF_ONE] = None) -> None:
    """End a pause of mail of which too much came back; from then on it is counted anew."""
    from tideover.cli.messages.pausing import resume  # noqa: PLC0415

    raise typer.Exit(resume(said("--organization", organization), Channel.EMAIL))
