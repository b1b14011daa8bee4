"""Claim, lease, settle: how an action is done once although many workers look for work. Read this file in five minutes.

An action is `planned`. A worker claims due ones with one conditional update that sets a lease and a fencing token and
counts the try. Whoever settles must still hold the token; a worker that slept past its lease settles nothing. A claimed
action whose lease ran out is in doubt, and only `reconcile` may touch it.

Work is shared out by lanes, one per connected account: each gets as much as the others, however much it has waiting.
What is stopped or behind an open circuit breaker (`flow.blocked`) is not claimed at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter
from types import MappingProxyType
from uuid import UUID, uuid4

from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, QuerySet

from tideover.failpoints import failpoint
from tideover.flow.blocked import Blocked, what_is_blocked
from tideover.flow.circuit_breaker import probe
from tideover.recovery.models import Action, Case
from tideover.tenants.models import Connection

LEASE = timedelta(seconds=30)
MOST_TRIES = 5
NOTHING_UNDER_WAY: Mapping[UUID, int] = MappingProxyType({})


class LostLease(Exception):  # noqa: N818 - what happened, said plainly
    """Somebody else holds this action now; what was about to be written must not be."""


def claim_due(
    now: datetime, *, limit: int = 50, most_per_lane: int = 50, under_way: Mapping[UUID, int] = NOTHING_UNDER_WAY
) -> list[Action]:
    """Up to `limit` due actions, now ours until their lease ends.

    No lane gets more than `most_per_lane`, counting what the caller has `under_way` for it.
    """
    blocked = what_is_blocked(now)
    due = due_now(now, blocked)
    if not due.exists():  # an idle look takes no lock
        return []
    token, claimed = uuid4(), list[Action]()
    lanes = [lane for lane in _lanes(due, under_way) if under_way.get(lane, 0) < most_per_lane]
    with transaction.atomic():
        for position, lane in enumerate(lanes[:limit]):
            fair = -(-(limit - len(claimed)) // (len(lanes[:limit]) - position))
            share = min(fair, most_per_lane - under_way.get(lane, 0))
            if lane in blocked.half_open:
                share = 1 if probe(lane, now) else 0
            claimed += _take(due.filter(connection_id=lane).order_by("due_at", "id"), share)
        mine = Action.objects.filter(id__in=[action.pk for action in claimed], state=Action.State.PLANNED)
        mine.update(state=Action.State.CLAIMED, lease_token=token, lease_until=now + LEASE, tries=F("tries") + 1)
    failpoint("action.claimed")
    for action in claimed:  # their rows were locked from the reading on, so this is what stands there now
        action.state, action.tries = Action.State.CLAIMED, action.tries + 1
        action.lease_token, action.lease_until = token, now + LEASE
    return claimed


def due_now(now: datetime, blocked: Blocked) -> QuerySet[Action]:
    """What waits to be done, of those for whom anything may be done."""
    if blocked.provider("stripe"):
        return Action.objects.none()
    due = Action.objects.filter(state=Action.State.PLANNED, due_at__lte=now).exclude(
        connection_id__in=blocked.for_effects
    )
    return due.exclude(do=Action.Do.MESSAGE) if "mail" in blocked.providers else due


def _lanes(due: QuerySet[Action], under_way: Mapping[UUID, int]) -> list[UUID]:
    """The accounts with something due, those with the least under way first: one look into an index for each."""
    waiting = Connection.objects.filter(Exists(due.filter(connection_id=OuterRef("pk"))))
    return sorted(waiting.values_list("pk", flat=True), key=lambda lane: under_way.get(lane, 0))


def _take(wanted: QuerySet[Action], number: int) -> list[Action]:
    """The first of them that nobody else is just taking, locked until the transaction ends."""
    if connection.features.has_select_for_update_skip_locked:
        wanted = wanted.select_for_update(skip_locked=True, of=("self",))
    return list(wanted[:number])


def hold(action: Action) -> None:
    """Make sure, inside a transaction, that the action is still ours. Raises LostLease."""
    held = Action.objects.select_for_update().filter(
        pk=action.pk, state=Action.State.CLAIMED, lease_token=action.lease_token
    )
    if not held.exists():
        raise LostLease(f"{action.step} of case {action.case_id} is no longer ours")


def mark_started(action: Action, now: datetime, **request: object) -> None:
    """Commit what is about to be sent, before it is sent. From here on doubt is possible. Raises LostLease."""
    action.request, action.started_at = {**action.request, **request}, action.started_at or now
    started = Action.objects.filter(pk=action.pk, state=Action.State.CLAIMED, lease_token=action.lease_token).update(
        request=action.request, started_at=action.started_at
    )
    if not started:
        raise LostLease(f"{action.step} of case {action.case_id} is no longer ours")


def settle_all(actions: Iterable[Action], outcome: str, now: datetime, reason: str = "") -> int:
    """Done, many at once and without a word where a lease was lost; returns how many. Only for what had no effect."""
    by_token = attrgetter("lease_token")
    settled = 0
    for token, group in groupby(sorted(actions, key=by_token), key=by_token):
        mine = Action.objects.filter(
            pk__in=[action.pk for action in group], state=Action.State.CLAIMED, lease_token=token
        )
        settled += mine.update(**_ended(Action.State.DONE, outcome, now, reason))
    return settled


def settle(action: Action, outcome: str, now: datetime, reason: str = "") -> None:
    """Done, with a word for what came of it. Raises LostLease."""
    _finish(action, Action.State.DONE, outcome, now, reason)


def drop(action: Action, now: datetime, reason: str) -> None:
    """Not done after all, and why. Raises LostLease."""
    _finish(action, Action.State.DROPPED, "dropped", now, reason)


def bury(action: Action, now: datetime, reason: str) -> None:
    """Tried too often: a person decides. Raises LostLease."""
    _finish(action, Action.State.DEAD, "gave-up", now, reason)


def _finish(action: Action, state: Action.State, outcome: str, now: datetime, reason: str) -> None:
    finished = Action.objects.filter(pk=action.pk, state=Action.State.CLAIMED, lease_token=action.lease_token).update(
        **_ended(state, outcome, now, reason)
    )
    if not finished:
        raise LostLease(f"{action.step} of case {action.case_id} is no longer ours")
    action.state, action.outcome, action.reason, action.settled_at = state, outcome, reason, now


def _ended(state: Action.State, outcome: str, now: datetime, reason: str) -> dict[str, object]:
    return {
        "state": state,
        "outcome": outcome[:40],
        "reason": reason[:300],
        "settled_at": now,
        "lease_token": None,
        "lease_until": None,
    }


def release(action: Action, now: datetime, reason: str, *, wait: timedelta) -> None:
    """Give the action back untouched, to be tried again after `wait`.

    The try does not count: nothing was wrong with the action, the world was not ready. A crash never comes here.
    """
    Action.objects.filter(pk=action.pk, state=Action.State.CLAIMED, lease_token=action.lease_token).update(
        state=Action.State.PLANNED,
        due_at=now + wait,
        reason=reason[:300],
        tries=F("tries") - 1,
        lease_token=None,
        lease_until=None,
    )


def overdue(now: datetime, *, limit: int = 50) -> list[Action]:
    """Claimed actions whose lease ran out, re-claimed by the caller so that only one settles each doubt."""
    stale = Action.objects.filter(state=Action.State.CLAIMED, lease_until__lte=now)
    if not stale.exists():
        return []
    blocked = what_is_blocked(now)
    if blocked.provider("stripe"):
        return []
    stale = stale.exclude(connection_id__in=blocked.for_effects).order_by("lease_until")
    token = uuid4()
    with transaction.atomic():
        taken = _take(stale, limit)
        mine = Action.objects.filter(id__in=[action.pk for action in taken], state=Action.State.CLAIMED)
        mine.update(lease_token=token, lease_until=now + LEASE)
    failpoint("doubt.claimed")
    for action in taken:
        action.lease_token, action.lease_until = token, now + LEASE
    return taken


def case_is_charging(case: Case) -> bool:
    """Whether a charge of this case is under way or in doubt: then no other may start."""
    return Action.objects.filter(
        case=case, do=Action.Do.CHARGE, state=Action.State.CLAIMED, started_at__isnull=False
    ).exists()
