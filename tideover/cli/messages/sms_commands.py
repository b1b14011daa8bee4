"""`tideover sms`, as it is typed; what it does stands in cli/messages/sms.py."""

from __future__ import annotations

from typing import Annotated

import typer

from tideover.cli.start import OF_ONE, OF_PRODUCT, said
from tideover.core.catalogue import Channel

sms_commands = typer.Typer(no_args_is_help=True, help="Text messages by a merchant's Twilio: docs/operate/sms.md.")


@sms_commands.command("show")
def show_sms(
    *, organization: Annotated[str | None, OF_ONE] = None, project: Annotated[str | None, OF_PRODUCT] = None
) -> None:
    """Tell what is set, and how long each text is."""
    from tideover.cli.messages.sms import show  # noqa: PLC0415

    raise typer.Exit(show(said("--organization", organization), said("--project", project)))


@sms_commands.command("set")
def set_sms(
    account: Annotated[str, typer.Option(help="The Account SID, AC and 32 characters")],
    sender: Annotated[
        str, typer.Option(help="A number as in +14155550100, or a messaging service, MG and 32 characters")
    ],
    *,
    organization: Annotated[str | None, OF_ONE] = None,
    project: Annotated[str | None, OF_PRODUCT] = None,
) -> None:
    """Keep a Twilio account; its token is asked for, or read from what is piped in."""
    from tideover.cli.messages.sms import keep  # noqa: PLC0415

    raise typer.Exit(keep(said("--organization", organization), said("--project", project), account, sender))


@sms_commands.command("forget")
def forget_sms(
    *, organization: Annotated[str | None, OF_ONE] = None, project: Annotated[str | None, OF_PRODUCT] = None
) -> None:
    """Keep no Twilio account any more: nothing is sent by SMS then."""
    from tideover.cli.messages.sms import forget  # noqa: PLC0415

    raise typer.Exit(forget(said("--organization", organization), said("--project", project)))


@sms_commands.command("steps")
def steps_of_sms(
    place: Annotated[str, typer.Argument(help="instead of mails, beside them, or mail alone: instead, beside, mail")],
    *,
    organization: Annotated[str | None, OF_ONE] = None,
    project: Annotated[str | None, OF_PRODUCT] = None,
) -> None:
    """Make the next version of the rules, with text messages from day 7 on, or with none."""
    from tideover.cli.messages.sms import steps  # noqa: PLC0415

    raise typer.Exit(steps(said("--organization", organization), said("--project", project), place))


@sms_commands.command("test")
def try_sms(
    number: Annotated[str, typer.Argument(help="A mobile number of yours, as in +14155550100")],
    *,
    organization: Annotated[str | None, OF_ONE] = None,
    project: Annotated[str | None, OF_PRODUCT] = None,
) -> None:
    """Send one test message, and tell what Twilio says."""
    from tideover.cli.messages.sms import try_it  # noqa: PLC0415

    raise typer.Exit(try_it(said("--organization", organization), said("--project", project), number))


@sms_commands.command("resume")
def resume_sms(*, organization: Annotated[str | None, OF_ONE] = None) -> None:
    """End a pause of text messages of which too many did not arrive; from then on they are counted anew."""
    from tideover.cli.messages.pausing import resume  # noqa: PLC0415

    raise typer.Exit(resume(said("--organization", organization), Channel.SMS))
