"""A new link for a payer whose old one opens nothing any more: one message each time they ask, a few a day. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from tideover.core.catalogue import Template, Tone
from tideover.core.situation import Planned, Situation
from tideover.core.steps import Do, NewLink
from tideover.core.timing import DAY

MOST_A_DAY: Final = 3
FRESH_FOR: Final = DAY  # who asked longer ago has found another way, or asks again


def may_ask(asked: Sequence[datetime], now: datetime) -> bool:
    """Whether one more is sent to who has asked at these instants; those that lie ahead of a wrong clock count."""
    return sum(at > now - DAY for at in asked) < MOST_A_DAY


def new_links(situation: Situation, now: datetime) -> Iterator[Planned]:
    """The message that is still to come for what was asked: one, however often it was; at once, at any hour."""
    asked = [(NewLink(number).key, at) for number, at in enumerate(situation.links_asked, 1)]
    for key, at in asked[-1:]:
        if at > now - FRESH_FOR and not situation.has_done(key):
            why = "The payer's link opens nothing any more, and they asked for a new one on its page."
            yield Planned(key, Do.MESSAGE, max(at, now), str(Template.NEW_LINK), str(Tone.FRIENDLY), RULE, why)


RULE: Final = "pay-page.new_link"
