"""A pause of a merchant's stream is looked for every minute, and mailed to the owners once."""

from __future__ import annotations

from datetime import datetime

import structlog

from tideover.config import public_address
from tideover.flow.alone import alone
from tideover.messages.letters import Letter, write_to
from tideover.messages.models import StreamPause
from tideover.messages.pauses import Paused, look, paused, untold
from tideover.upkeep.owners import Write, to_owners

log = structlog.get_logger("upkeep")


def keep(now: datetime) -> int:
    """Look, and tell of what is new; returns how many pauses were told."""
    look(now)
    return tell(now)


def tell(now: datetime, write: Write = write_to) -> int:
    """Mail each pause to the owners of its merchant, once. What no mail server took is told in the next round."""
    told = 0
    for row in untold():
        with alone("stream.not_told", organization=str(row.organization_id)):
            told += _told(row, now, write)
    return told


def _told(row: StreamPause, now: datetime, write: Write) -> bool:
    taken = to_owners(row.organization_id, letter_of(paused(row)), now, write)
    if taken and not any(taken):
        log.warning("stream.not_told", organization=str(row.organization_id), channel=row.channel)
        return False
    StreamPause.objects.filter(pk=row.pk).update(told_at=now)
    return bool(taken)


def letter_of(pause: Paused) -> Letter:
    """What happened, what follows from it, and what to do."""
    return Letter(
        subject=pause.title,
        heading=pause.title,
        paragraphs=[
            f"{pause.figures} Mailbox providers turn away whoever exceeds it, so we stop before.",
            f"{pause.follows} It ends by itself once the rate of seven days is lower.",
        ],
        closing=f"{pause.to_do} Once you know why, you can end the pause there.",
        label="See the pause",
        url=f"{public_address()}/status/",
    )
