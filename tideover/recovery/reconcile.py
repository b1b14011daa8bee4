"""Settle doubts: actions claimed and never settled. Stripe is asked what became of them; nothing is guessed."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from tideover.core.backoff import backoff
from tideover.core.networks import By
from tideover.failpoints import failpoint
from tideover.flow.stops import why_stopped
from tideover.gateways.answers import (
    Busy,
    ChargeRead,
    InvoiceRead,
    LockedOut,
    NotPossible,
    ReadOnly,
    Unknown,
    Unreachable,
)
from tideover.messages.delivery import fate_of
from tideover.recovery import claims
from tideover.recovery.intake import learn, lock, refresh
from tideover.recovery.logged import logged
from tideover.recovery.models import Action, Attempt, Case
from tideover.recovery.perform import KEY_IS_SAFE_FOR, Effects, charge_now

LONGEST_WAIT = timedelta(minutes=10)
CLOCKS_DIFFER_BY = timedelta(minutes=1)  # Stripe's and ours


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
    except (claims.LostLease, Unknown, Unreachable, Busy):
        return  # still in doubt: the next round asks again
    except (LockedOut, NotPossible, ReadOnly) as closed:
        if not why_stopped(action.case.connection):  # a stop ends, and the doubt can wait for that
            _leave_to_a_person(action, str(closed), now)


@logged
def _settle(action: Action, effects: Effects, now: datetime) -> None:
    if action.do == Action.Do.MESSAGE:
        _settle_message(action, now)
    elif action.started_at is None:
        _give_back(action, now, "the worker that held it is gone; nothing was sent")
    elif now - action.started_at < KEY_IS_SAFE_FOR:
        charge_now(
            action,
            effects.stripe_for(action.case.connection),
            now,
            off_session=bool(action.request.get("off_session", True)),
            payment_method=str(action.request.get("payment_method") or "") or None,
        )
    else:
        _settle_by_reading(action, effects, now)


def _give_back(action: Action, now: datetime, reason: str) -> None:
    """Back to planned; after five crashes under it, it is buried and never revived by itself.

    The first crash costs no time. From the second on it waits longer and longer: what kills workers must not kill them
    one right after the other, and one bad minute must not bury what was only near.
    """
    if action.tries >= claims.MOST_TRIES:
        claims.bury(action, now, f"{claims.MOST_TRIES} workers died holding it")
        _attention(action.case)
        return
    due_at = action.due_at
    if action.tries > 1:
        due_at = max(due_at, now + backoff(action.pk, action.tries - 2, first=claims.LEASE, most=LONGEST_WAIT))
    Action.objects.filter(pk=action.pk, lease_token=action.lease_token).update(
        state=Action.State.PLANNED,
        due_at=due_at,
        reason=reason,
        lease_token=None,
        lease_until=None,
    )


def _settle_message(action: Action, now: datetime) -> None:
    """The message row has the marks: before `data_started` nothing left the house, after it nobody knows."""
    fate = fate_of(action.pk)
    if fate in {"none", "claimed"}:
        _give_back(action, now, "the worker that held it is gone; nothing was sent")
        return
    with transaction.atomic():
        case = lock(action.case)
        claims.settle(action, "sent" if fate == "sent" else fate, now, "settled from the message's own marks")
        learn(case, [], now)


def _settle_by_reading(action: Action, effects: Effects, now: datetime) -> None:
    """Too old for the key: the invoice and its payments tell, and no call is repeated."""
    read = effects.stripe_for(action.case.connection).read_invoice(action.case.invoice_id)
    charge = _charge_of(action, read) if read else None
    failpoint("doubt.read")
    with transaction.atomic():
        claims.hold(action)
        outcome = charge.outcome if charge else "not-tried"
        claims.settle(action, outcome, now, "settled by reading the invoice at Stripe")
    refresh(action.case, read, now)
    if charge:
        Attempt.objects.filter(connection_id=action.connection_id, charge_id=charge.id).update(action=action, by=By.US)


def _charge_of(action: Action, read: InvoiceRead) -> ChargeRead | None:
    """The try made while the action was out, if there was one."""
    assert action.started_at is not None
    since = action.started_at - CLOCKS_DIFFER_BY
    until = action.started_at + KEY_IS_SAFE_FOR
    others = set(
        Attempt.objects.filter(connection_id=action.connection_id, case=action.case, action__isnull=False)
        .exclude(action=action)
        .values_list("charge_id", flat=True)
    )
    mine = [charge for charge in read.attempts if since <= charge.at <= until and charge.id not in others]
    return mine[0] if mine else None


def _leave_to_a_person(action: Action, reason: str, now: datetime) -> None:
    """The key was taken away while a charge was in doubt: say so where a person looks."""
    try:
        claims.bury(action, now, f"in doubt, and Stripe lets us look no more: {reason}")
    except claims.LostLease:
        return
    _attention(action.case)


def _attention(case: Case) -> None:
    Case.objects.filter(pk=case.pk).update(attention=Case.Attention.UNKNOWN)
