"""The message: composed from what is true at this moment, and handed over at most once by its own marks."""

from __future__ import annotations

from datetime import datetime, timedelta

from tideover.core.catalogue import TEMPLATES, Template
from tideover.core.conversation import Joined, Waits
from tideover.core.outcomes import Outcome, Word
from tideover.failpoints import failpoint
from tideover.gateways.answers import Busy
from tideover.messages.delivery import fate_of
from tideover.recovery import claims, conversing, writing
from tideover.recovery.conclude import Ending, conclude
from tideover.recovery.effects import Effects
from tideover.recovery.last_look import Approach, Held, Later, approach, is_of_return, last_look
from tideover.recovery.models import Action
from tideover.recovery.returned import collecting
from tideover.recovery.ways.reading_along import NOBODY, readers_of

A_WHILE, A_DAY = timedelta(minutes=10), timedelta(days=1)
BY_ITS_MARKS = "settled from the message's own marks"


def perform(action: Action, effects: Effects, now: datetime) -> None:
    """A planned message."""
    mine = approach(action)
    if mine.has_message and _settled_by_its_marks(action, now):  # one that slept past its lease has sent it meanwhile
        return
    if (
        mine.has_others
        and not TEMPLATES[Template(action.template)].alone
        and mine.held_back is None
        and _left_to_another(mine, now)
    ):
        return
    if is_of_return(action) and mine.held_back is None:
        _while_nobody_pays(mine, effects, now)
    look = last_look(mine, effects, now, lambda look: look)
    try:
        outcome = writing.write(mine, look.known, effects, now)
        failpoint("message.before_settle")
        mark = writing.attention(action, outcome.reason)
        case = look.known.case
        look.known.readers = readers_of([case]).get(case.pk, NOBODY)  # a mail that came back goes on to the next
        conclude(action, Ending(outcome, marks={"attention": mark} if mark else {}), now, look.known)
    except (claims.LostLease, Busy):
        _put_right(action, now)
        raise


def _while_nobody_pays(mine: Approach, effects: Effects, now: datetime) -> None:
    """Of what is paid beside its invoice the invoice says nothing: its payments do. Raises Held while one may come."""
    if collecting.look(mine.case, effects.stripe_for(mine.case.connection), now):
        raise Held("the customer has begun to pay it", A_WHILE)


def _left_to_another(mine: Approach, now: datetime) -> bool:
    """Whether another message of the customer's conversation says it all. Raises Later where one soon will."""
    match conversing.turn_of(mine.case, now):
        case Joined(invoice):
            outcome = Outcome(Word.JOINED, reason=f"joined with invoice {invoice}'s message")
            conclude(mine.action, Ending(outcome), now)
            return True
        case Waits(until, invoice):
            wait = min(max(until - now, A_WHILE), A_DAY)  # looked at again: the other may be paid, paused or put off
            raise Later(f"it waits to be told of with invoice {invoice}", wait)
        case None:
            return False


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
