"""Claim, lease, settle: how an action is done once although many workers look for work. Read this file in five minutes.

An action is `planned`. A worker claims due ones with one conditional update that sets a lease and a fencing token and
counts the try. Whoever settles must still hold the token; a worker that slept past its lease settles nothing. A claimed
action whose lease ran out is in doubt, and only `reconcile` may touch it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4

from django.db import connection, transaction
from django.db.models import F

from tideover.failpoints import failpoint
from tideover.recovery.models import Action, Case

LEASE = timedelta(seconds=30)
MOST_TRIES = 5


class LostLease(Exception):  # noqa: N818 - what happened, said plainly
    """Somebody else holds this action now; what was about to be written must not be."""


def claim_due(now: datetime, *, limit: int = 50) -> list[Action]:
    """Up to `limit` due actions, now ours until their lease ends. In order of their due time."""
    due = Action.objects.filter(state=Action.State.PLANNED, due_at__lte=now).order_by("due_at", "id")
    if not due.exists():  # an idle look takes no lock
        return []
    token = uuid4()
    with transaction.atomic():
        if connection.features.has_select_for_update_skip_locked:
            due = due.select_for_update(skip_locked=True, of=("self",))
        ids = list(due.values_list("id", flat=True)[:limit])
        Action.objects.filter(id__in=ids, state=Action.State.PLANNED).update(
            state=Action.State.CLAIMED, lease_token=token, lease_until=now + LEASE, tries=F("tries") + 1
        )
    failpoint("action.claimed")
    claimed = Action.objects.filter(id__in=ids, lease_token=token, state=Action.State.CLAIMED)
    return list(
        claimed.select_related("case__connection__organization", "case__project", "case__ruleset").order_by(
            "due_at", "id"
        )
    )


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
        state=state, outcome=outcome[:40], reason=reason[:300], settled_at=now, lease_token=None, lease_until=None
    )
    if not finished:
        raise LostLease(f"{action.step} of case {action.case_id} is no longer ours")
    action.state, action.outcome, action.reason, action.settled_at = state, outcome, reason, now


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
    stale = Action.objects.filter(state=Action.State.CLAIMED, lease_until__lte=now).order_by("lease_until")
    if not stale.exists():
        return []
    token = uuid4()
    with transaction.atomic():
        if connection.features.has_select_for_update_skip_locked:
            stale = stale.select_for_update(skip_locked=True, of=("self",))
        ids = list(stale.values_list("id", flat=True)[:limit])
        Action.objects.filter(id__in=ids, state=Action.State.CLAIMED, lease_until__lte=now).update(
            lease_token=token, lease_until=now + LEASE
        )
    failpoint("doubt.claimed")
    taken = Action.objects.filter(id__in=ids, lease_token=token)
    return list(taken.select_related("case__connection__organization", "case__project", "case__ruleset"))


def case_is_charging(case: Case) -> bool:
    """Whether a charge of this case is under way or in doubt: then no other may start."""
    return Action.objects.filter(
        case=case, do=Action.Do.CHARGE, state=Action.State.CLAIMED, started_at__isnull=False
    ).exists()
