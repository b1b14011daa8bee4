"""The channels a message can go by, one table: whoever composes, delivers or lets work rest asks it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from tideover.core.catalogue import Channel
from tideover.flow.models import Breaker
from tideover.messages.channels import email, sms
from tideover.messages.channels.way import Composed, Way
from tideover.messages.wording import Wording

WAYS: Final[Mapping[Channel, Way[Any]]] = {Channel.EMAIL: email.WAY, Channel.SMS: sms.WAY}


def own_account(channel: Channel, project_id: UUID) -> Breaker | None:
    """The account of the project's own that its messages of this channel go by; None: they go by the provider."""
    own = WAYS[channel].own
    account: Breaker | None = own.rows().filter(project_id=project_id).first() if own else None
    return account


def compose(wording: Wording) -> Composed:
    """The message for `wording`. Raises liquid.exceptions.LiquidError only where a text is broken (see lint.py)."""
    return WAYS[wording.channel].compose(wording)
