"""The message: composed from what is true at this moment, and handed over at most once by its own marks."""

from __future__ import annotations

from datetime import datetime

from tideover.core.outcomes import Outcome
from tideover.failpoints import failpoint
from tideover.gateways.answers import Busy
from tideover.messages.delivery import fate_of
from tideover.recovery import claims, writing
from tideover.recovery.conclude import Ending, conclude
from tideover.recovery.effects import Effects
from tideover.recovery.last_look import approach, last_look
from tideover.recovery.models import Action

BY_ITS_MARKS = "settled from the message's own marks"


def perform(action: Action, effects: Effects, now: datetime) -> None:
    """A planned message."""
    mine = approach(action)
    if mine.has_message and _settled_by_its_marks(action, now):  # one that slept past its lease has sent it meanwhile
        return
    look = last_look(mine, effects, now, lambda look: look)
    try:
        outcome = writing.write(mine, look.known, effects, now)
        failpoint("message.before_settle")
        mark = writing.attention(outcome.reason)
        conclude(action, Ending(outcome, marks={"attention": mark} if mark else {}), now, look.known)
    except (claims.LostLease, Busy):
        _put_right(action, now)
        raise


def _put_right(action: Action, now: datetime) -> None:
    """Its worker was away for longer than its lease, others took it for unknown, and now it is known."""
    word = writing.WORDS.get(fate_of(action.pk))
    claims.correct(action, Outcome(word, reason=BY_ITS_MARKS) if word else None, now)


def may_have_left(action: Action) -> bool:
    """Whether the message has left the house, or nobody knows."""
    return fate_of(action.pk) in writing.WORDS


def settle_doubt(action: Action, _effects: Effects, now: datetime) -> None:
    """The message's row has the marks: before `data_started` nothing left the house, after it nobody knows."""
    if not _settled_by_its_marks(action, now):
        claims.give_back(action, now)


def _settled_by_its_marks(action: Action, now: datetime) -> bool:
    """Settle the action whose message has left, or never will; False where nothing has left yet."""
    word = writing.WORDS.get(fate_of(action.pk))
    if word is None:
        return False
    conclude(action, Ending(Outcome(word, reason=BY_ITS_MARKS)), now)
    return True
