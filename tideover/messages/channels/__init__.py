"""The channels a message can go by, one table: whoever composes, delivers or lets work rest asks it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from tideover.core.catalogue import Channel
from tideover.messages.channels import email, sms
from tideover.messages.channels.way import Composed, Way
from tideover.messages.wording import Wording

WAYS: Final[Mapping[Channel, Way[Any]]] = {Channel.EMAIL: email.WAY, Channel.SMS: sms.WAY}


def compose(wording: Wording) -> Composed:
    """The message for `wording`. Raises liquid.exceptions.LiquidError only where a text is broken (see lint.py)."""
    return WAYS[wording.channel].compose(wording)
