"""The end of the plan: the case is given up, unless the truth says otherwise. It has no effect outside the house."""

from __future__ import annotations

from datetime import datetime

from tideover.core.facts import Learnt, fact
from tideover.core.outcomes import Outcome, Word
from tideover.failpoints import failpoint
from tideover.recovery import claims
from tideover.recovery.conclude import Ending, conclude_held
from tideover.recovery.effects import Effects
from tideover.recovery.last_look import Look, approach, last_look
from tideover.recovery.models import Action


def perform(action: Action, effects: Effects, now: datetime) -> None:
    """Every step was taken."""
    last_look(approach(action), effects, now, lambda look: _give_up(action, look, now))


def _give_up(action: Action, look: Look, now: datetime) -> None:
    exhausted = fact(Learnt.EXHAUSTED, now)
    conclude_held(action, Ending(Outcome(Word.CLOSED), [exhausted]), now, look.known)
    failpoint("close.before_commit")


def may_have_left(_action: Action) -> bool:
    """Never: it is a row of ours and nothing else."""
    return False


def settle_doubt(action: Action, _effects: Effects, now: datetime) -> None:
    """What was not committed did not happen."""
    claims.give_back(action, now)
