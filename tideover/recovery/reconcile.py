"""Settle doubts: actions claimed and never settled. Stripe is asked what became of them; nothing is guessed."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from tideover.flow.stops import why_stopped
from tideover.gateways.answers import NotHere, NotNow, Unknown
from tideover.recovery import claims
from tideover.recovery.effects import Effects
from tideover.recovery.kinds.table import performer_of
from tideover.recovery.logged import logged
from tideover.recovery.models import Action
from tideover.recovery.test_clocks.rows import now_by


def reconcile(effects: Effects, now: datetime, *, limit: int = 50) -> int:
    """Settle what was left in doubt; returns how many were looked at. A doubt that stays keeps its lease."""
    stale = claims.overdue(now, limit=limit)
    for action in stale:
        settle_doubt(action, effects, now)
    return len(stale)


def settle_doubt(action: Action, effects: Effects, now: datetime) -> None:
    """Settle one action that `claims.overdue` gave us, or leave it in doubt until its lease ends again."""
    try:
        _settle(action, effects, now)
    except (claims.LostLease, Unknown, NotNow):
        return  # still in doubt: the next round asks again
    except NotHere as closed:
        if not why_stopped(action.case.connection):  # a stop ends, and the doubt can wait for that
            _leave_to_a_person(action, str(closed), now)


@logged
def _settle(action: Action, effects: Effects, now: datetime) -> None:
    performer_of(action).settle_doubt(action, effects, now_by(action.clock, now))


def _leave_to_a_person(action: Action, reason: str, now: datetime) -> None:
    """We may write no more, or Stripe will not, while a charge is in doubt: say so where a person looks."""
    with suppress(claims.LostLease):
        claims.bury(action, now, f"in doubt, and Stripe lets us look no more: {reason}")
