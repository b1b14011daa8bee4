"""The charge a person asked for last: that it is under way, and then what came of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Final

from tideover.core.outcomes import Word, code_of, word_of
from tideover.core.steps import CHARGES
from tideover.recovery.models import Action

TOLD_FOR: Final = timedelta(days=1)
OPEN: Final = {Action.State.PLANNED, Action.State.CLAIMED}
CAME_OF_IT: Final[Mapping[Word, str]] = {
    Word.PAID: "went through",
    Word.DECLINED: "was declined",
    Word.NEEDS_AUTHENTICATION: "waits for the customer: the bank wants them to confirm it",
    Word.PROCESSING: "began a bank debit, whose answer takes days",
    Word.GAVE_UP: "may have been made, and nobody could ask what became of it",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """waits: nobody knows yet what came of it."""

    waits: bool
    text: str


def asked_of(actions: Iterable[Action], now: datetime) -> Asked | None:
    """What there is to tell of it; None where nobody asked, or long ago."""
    by_people = (action for action in actions if action.do in CHARGES and action.asked_by)
    asked = max(by_people, key=attrgetter("pk"), default=None)
    if asked is None:
        return None
    if asked.state in OPEN:
        put_off = f" It was put off: {asked.reason}." if asked.reason else ""
        return Asked(waits=True, text=f"The charge that {asked.asked_by} asked for is under way.{put_off}")
    if asked.settled_at is None or asked.settled_at < now - TOLD_FOR:
        return None
    return Asked(waits=False, text=f"The charge that {asked.asked_by} asked for {_came(asked)}.")


def _came(asked: Action) -> str:
    word = word_of(asked.outcome)
    known = CAME_OF_IT.get(word) if word else None
    code = code_of(asked.outcome).replace("_", " ")
    if known:
        return f"{known} ({code})" if code else known
    return f"was not made: {asked.reason.rstrip('.') or 'no reason was given'}"
