"""After a restore: nothing leaves the house until each open case was read again from Stripe.

A backup does not know what happened after it. A step that was due by now may have been executed by the process that
is gone, so it is skipped and never replayed; what Stripe knows (payments, tries, endings) is read, not assumed.
"""

from __future__ import annotations

from collections.abc import Collection, Generator
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from typing import cast

from django.db import transaction

from tideover.core.outcomes import Word
from tideover.core.planner import plan
from tideover.core.steps import KINDS, Do, Reaches
from tideover.gateways.stripe import Stripe
from tideover.inbox.catchup import catch_up
from tideover.inbox.models import StripeEvent
from tideover.recovery import ledger
from tideover.recovery.intake import learn, refresh
from tideover.recovery.kinds.table import performer_of
from tideover.recovery.known import known_of, lock
from tideover.recovery.models import Action, Case
from tideover.recovery.one_by_one import Silences, Work, one_by_one
from tideover.recovery.planning import situation_of
from tideover.recovery.rulesets import rules_of
from tideover.recovery.sweep import sweep
from tideover.recovery.test_clocks.rows import now_by
from tideover.tenants import audit
from tideover.tenants.models import Connection

WHY = "it was due before the data was restored and may have been done already: skipped, not repeated"


def begin(now: datetime) -> int:
    """Put every active connection into quarantine; returns how many."""
    active = list(Connection.objects.filter(state=Connection.State.ACTIVE))
    for connection in active:
        with transaction.atomic():
            Connection.objects.filter(pk=connection.pk).update(quarantined_at=now)
            _record(connection, "quarantine.begun", now)
    return len(active)


def lift(connection: Connection, stripe: Stripe, now: datetime) -> bool:
    """Work towards the end of a connection's quarantine; True once it is over.

    What is done is kept: cut off in the middle, by a crash or by Stripe's silence, the next call goes on from there.
    Raises Busy, Unreachable or LockedOut as Stripe does.
    """
    assert connection.quarantined_at is not None
    since = min(connection.quarantined_at, now)  # the clock was set back: what is done from now on counts
    if connection.events_seen_to is None or connection.events_seen_to < since:
        catch_up(connection, stripe, now)
    news = StripeEvent.objects.filter(connection=connection, state=StripeEvent.State.STORED)
    if news.filter(happened_at__lte=since).exists():
        return False  # the worker reads them first: they may open cases whose steps are long done
    if connection.swept_at is None or connection.swept_at < since:
        sweep(connection, stripe, now)
    if not _cleared(connection, stripe, since, now):
        return False
    with transaction.atomic():
        ours = Connection.objects.filter(pk=connection.pk, quarantined_at=connection.quarantined_at)  # no later one
        if ours.update(quarantined_at=None):
            _record(connection, "quarantine.lifted", now)
    connection.refresh_from_db(fields=["quarantined_at"])
    return connection.quarantined_at is None


def _cleared(connection: Connection, stripe: Stripe, since: datetime, now: datetime) -> bool:
    """Read each failing case again and skip what was due in it; whether none is left. A single silence is passed over.

    Raises Unreachable where Stripe is silent again and again.
    """
    failing = Case.objects.filter(connection=connection, state=Case.State.FAILING)
    silences = Silences()
    work = Work[Case](
        invoice=lambda case: case.invoice_id,
        do=lambda case: _clear(case, stripe, now),
        aside=lambda case: _set_aside(case, now),
    )
    waiting = failing.exclude(cleared_at__gte=since).select_related("connection", "project")
    with closing(cast("Generator[Case]", waiting.iterator(500))) as cases:  # whatever Stripe says on the way
        one_by_one(cases, work, silences)
    return not silences.of


def _clear(case: Case, stripe: Stripe, now: datetime) -> bool:
    read = stripe.read_invoice(case.invoice_id, ledger.known_charges(case.attempts.all()))
    with transaction.atomic():
        fresh = refresh(case, read, now)
        if fresh.state == Case.State.FAILING:
            skip_what_was_due(fresh, now)
        Case.objects.filter(pk=case.pk).update(cleared_at=now)
    return True


def _set_aside(case: Case, now: datetime) -> None:
    """What cannot be read is not waited for by others: what was due is skipped, and each later step looks by itself."""
    with transaction.atomic():
        held = lock(case)
        here = now_by(held.clock, now)
        planned = Action.objects.filter(case=held, state=Action.State.PLANNED, due_at__lte=here)
        planned.exclude(do__in=[kind for kind in Do if KINDS[kind].reaches == Reaches.NOBODY]).update(**_skipped(here))
        Case.objects.filter(pk=case.pk).update(cleared_at=now)


def _skipped(now: datetime) -> dict[str, object]:
    return {
        "state": Action.State.DONE,
        "outcome": Word.SKIPPED,
        "reason": WHY,
        "settled_at": now,
        "lease_token": None,
        "lease_until": None,
    }


def _record(connection: Connection, what: str, now: datetime) -> None:
    deed = audit.Deed("tideover", what, str(connection.pk), subject=f"{what}:{connection.pk}:{now.isoformat()}")
    audit.write(connection.organization_id, deed, now)


def skip_what_was_due(case: Case, now: datetime) -> int:
    """Settle as skipped every step of a failing case that was due by `now`; returns how many."""
    with transaction.atomic():
        case = lock(case)
        now = now_by(case.clock, now)
        due, skipped = _meant_until(case, now), 0
        # Where an overdue step is skipped, the plan may bring back an older one that it had stood in for.
        while steps := _overdue(case, due, now):
            Action.objects.filter(pk__in=[step.pk for step in steps]).update(**_skipped(now))
            learn(case, [], now)
            skipped += len(steps)
    return skipped


def _overdue(case: Case, due: Collection[str], now: datetime) -> list[Action]:
    open_ = Action.objects.filter(case=case, state__in=[Action.State.PLANNED, Action.State.CLAIMED])
    return [action for action in open_ if (action.step in due or action.due_at <= now) and _is_to_skip(action)]


def _is_to_skip(action: Action) -> bool:
    """Whether it may have been done by the process that is gone, and nobody can be asked.

    The end of a case is no effect. What was begun before the backup was taken is in doubt, and reconcile asks.
    """
    if KINDS[Do(action.do)].reaches == Reaches.NOBODY:
        return False
    return action.state == Action.State.PLANNED or not performer_of(action).may_have_left(action)


def _meant_until(case: Case, now: datetime) -> set[str]:
    """The steps that the first plan of the case had meant for a time by now.

    The rows alone do not tell: an overdue message is moved to the next hour in which mail is sent, and looks as if it
    were still ahead.
    """
    [known] = known_of([case], now)
    now_known = situation_of(replace(known, actions=[]), now)
    first = replace(
        now_known,
        attempts=tuple(attempt for attempt in now_known.attempts if attempt.at <= case.opened_at),
        new_method=None,
        customer_acted_at=None,
        paused_until=None,
    )
    return {step.step for step in plan(first, rules_of(case.ruleset), None, case.opened_at) if step.at <= now}
