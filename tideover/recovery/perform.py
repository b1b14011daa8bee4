"""Do claimed actions, and say of each what came of it. No HTTP happens inside a transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from tideover.core.backoff import backoff
from tideover.core.outcomes import Outcome, Word
from tideover.flow.stops import why_stopped
from tideover.gateways.answers import NotHere, NotNow, ReadOnly, Unknown
from tideover.recovery import claims
from tideover.recovery.effects import Effects
from tideover.recovery.kinds.table import performer_of
from tideover.recovery.last_look import AT_ONCE, Later, Moot
from tideover.recovery.logged import logged
from tideover.recovery.models import Action
from tideover.recovery.test_clocks.rows import now_by


@dataclass(frozen=True, slots=True)
class Verdict:
    """An action that had no effect, and what came of it. The caller settles it, and may settle many at once."""

    action: Action
    outcome: Outcome


def settle_verdicts(verdicts: Iterable[Verdict | None], now: datetime) -> int:
    """Settle what had no effect, with one update for each outcome; returns how many were still ours."""
    alike: dict[tuple[Outcome, datetime], list[Action]] = defaultdict(list)
    for verdict in verdicts:
        if verdict is not None:
            alike[verdict.outcome, now_by(verdict.action.clock, now)].append(verdict.action)
    return sum(claims.settle_all(same, outcome, at) for (outcome, at), same in alike.items())


@logged
def attempt(action: Action, effects: Effects, now: datetime) -> Verdict | None:
    """Do the claimed action and settle it; or a verdict for the caller to settle, where there was nothing to do.

    Leaves it claimed only where nobody knows what happened. now: by the wall.
    """
    now = now_by(action.clock, now)
    try:
        performer_of(action).perform(action, effects, now)
    except (claims.LostLease, Unknown):
        # Another worker has it and does what is right; or it stays claimed, and reconcile asks what became of it.
        return None
    except NotNow as later:
        claims.release(action, now, later.why, wait=_wait(later, action, now), planned=isinstance(later, Later))
    except NotHere as closed:
        if not (isinstance(closed, ReadOnly) and why_stopped(action.case.connection)):
            return Verdict(action, Outcome(_word(closed), reason=str(closed)))
        claims.release(action, now, "stopped right before it", wait=AT_ONCE)
    return None


def _wait(later: NotNow, action: Action, now: datetime) -> timedelta:
    if not later.together:
        return later.wait
    return backoff(action.pk, int(now.timestamp()) % 1000, first=later.wait, most=later.wait)


def _word(closed: NotHere) -> Word:
    return closed.word if isinstance(closed, Moot) else Word.SKIPPED
