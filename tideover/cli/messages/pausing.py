"""`tideover email resume` and `tideover sms resume`: a pause by what came back is told, and ended by a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from tideover.cli.people import organization_named
from tideover.cli.settings import BY
from tideover.cli.start import fail
from tideover.core.catalogue import channel_label

if TYPE_CHECKING:
    from tideover.core.catalogue import Channel
    from tideover.tenants.models import Organization


def resume(slug: str, channel: Channel) -> int:
    """End the pause of this channel."""
    merchant = organization_named(slug)
    from tideover import clock  # noqa: PLC0415
    from tideover.messages.pauses import lift  # noqa: PLC0415

    tell(merchant, channel)
    if not lift(merchant, channel, BY, clock.now()):
        fail(f"{channel_label(channel)} is not paused", then="Why customers get nothing: tideover doctor no-mail")
    typer.echo(f"{channel_label(channel)} goes out again. Everything is counted anew from now on.")
    return 0


def tell(merchant: Organization, channel: Channel) -> None:
    """The pause that stands, if one does."""
    from tideover.messages.pauses import pauses  # noqa: PLC0415

    for pause in pauses(merchant):
        if pause.channel == channel:
            typer.echo(f"{pause.title} since {pause.since:%Y-%m-%d %H:%M} UTC. {pause.figures}")
            typer.echo(f"{pause.follows} {pause.to_do}")
