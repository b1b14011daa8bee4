"""The payment link for somebody whom the payer named: one message to each, a few of a case in all. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from tideover.core.catalogue import Template, Tone
from tideover.core.situation import Planned, Situation
from tideover.core.steps import Do, Forwarded
from tideover.core.timing import DAY

MOST: Final = 3  # of a case
FRESH_FOR: Final = 2 * DAY  # who had a message of the merchant's that day gets it on the next
RULE: Final = "pay-page.forward"


def forwards(situation: Situation, now: datetime) -> Iterator[Planned]:
    """Each message that is still to come for what was asked; at once, at any hour, as somebody waits for it."""
    for number, at in enumerate(situation.forwards, 1):
        key = Forwarded(number).key
        if at > now - FRESH_FOR and not situation.has_done(key):
            why = "The payer asked on the payment page that its link be sent to somebody else."
            yield Planned(key, Do.MESSAGE, max(at, now), str(Template.FORWARDED), str(Tone.FRIENDLY), RULE, why)
