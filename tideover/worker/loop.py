"""The loop: understand what came in, do what is due, settle what is in doubt."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from tideover.flow.blocked import what_is_blocked
from tideover.inbox.models import StripeEvent
from tideover.recovery import claims
from tideover.recovery.effects import Effects
from tideover.recovery.models import Action
from tideover.recovery.perform import attempt, settle_verdicts
from tideover.recovery.reconcile import reconcile
from tideover.recovery.test_clocks.moving import follow
from tideover.worker.news import handle_stored

MOST_BATCHES = 10
BATCH = 10  # small: a claimed action waits for those before it, and its lease is 30 s


@dataclass(frozen=True, slots=True)
class Round:
    """What one round did."""

    events: int = 0
    actions: int = 0
    doubts: int = 0

    @property
    def idle(self) -> bool:
        return not (self.events or self.actions or self.doubts)

    def __add__(self, other: Round) -> Round:
        return Round(self.events + other.events, self.actions + other.actions, self.doubts + other.doubts)


def run_once(effects: Effects, now: datetime) -> Round:
    """One round at `now`: news first, because they may make an action untrue; then what is due; then doubts.

    That a test clock has arrived is news, too.
    """
    events = sum(_batches_of_news(effects, now)) + follow(effects.stripe_for, now)
    due = claims.claim_due(now, limit=BATCH)
    settle_verdicts([attempt(action, effects, now) for action in due], now)
    return Round(events, len(due), reconcile(effects, now))


def _batches_of_news(effects: Effects, now: datetime) -> Iterator[int]:
    """Batches until none is left, but not for ever: what is due must not starve in a storm of events."""
    for _ in range(MOST_BATCHES):
        handled = handle_stored(effects.stripe_for, now)
        yield handled
        if handled == 0:
            return


def run_until_quiet(effects: Effects, now: datetime, *, most_rounds: int = 10_000) -> Round:
    """Rounds at the instant `now` until nothing is left to do at it. Raises RuntimeError if that never happens."""
    total = Round()
    for _ in range(most_rounds):
        done = run_once(effects, now)
        total += done
        if done.idle:
            return total
    raise RuntimeError(f"the worker finds no rest at {now.isoformat()}: {total}")


def next_due(now: datetime) -> datetime | None:
    """When there will be something to do, if nothing new comes in; for who moves the clock."""
    blocked = what_is_blocked(now)
    if blocked.providers:
        return None
    actions = Action.objects.exclude(connection_id__in=blocked.for_effects)
    by_clocks = claims.due_by_clocks(now, claims.Conditions())
    if by_clocks.exclude(connection_id__in=blocked.for_effects).exists():
        return now
    planned = _first(actions.filter(state=Action.State.PLANNED, clock=None), "due_at")
    claimed = _first(actions.filter(state=Action.State.CLAIMED), "lease_until")
    stored = _first(StripeEvent.objects.filter(state=StripeEvent.State.STORED), "try_at")
    moments = [at for at in (planned, claimed, stored) if at is not None]
    return max(min(moments), now) if moments else None


def _first(rows: QuerySet[Any], column: str) -> datetime | None:
    return rows.order_by(column).values_list(column, flat=True).first()
