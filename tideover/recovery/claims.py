"""Claim, lease, settle: how an action is done once although many workers look for work. Read this file in five minutes.

An action is `planned`. A worker claims due ones with one conditional update that sets a lease and a fencing token and
counts the try. Whoever settles must still hold the token; a worker that slept past its lease settles nothing. A claimed
action whose lease ran out is in doubt, and only `reconcile` may touch it.

Work is shared out by lanes, one per connected account: each gets as much as the others, however much it has waiting.
What is stopped or behind an open circuit breaker (`flow.blocked`) is not claimed at all.

What hangs on a test clock comes due by that clock. Leases, and what the world makes it wait, go by the wall there too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import reduce
from itertools import groupby
from operator import attrgetter, or_
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID, uuid4

from django.db import connection, transaction
from django.db.models import Case as Choose
from django.db.models import DateTimeField, Exists, F, OuterRef, Q, QuerySet, Value, When

from tideover import clock
from tideover.core.backoff import backoff
from tideover.core.case import Attention
from tideover.core.catalogue import Channel
from tideover.core.outcomes import Outcome, Word
from tideover.core.steps import MESSAGES
from tideover.failpoints import failpoint
from tideover.flow.blocked import providers_away, standings, what_is_blocked
from tideover.flow.circuit_breaker import open_at, probe
from tideover.flow.database_clock import over
from tideover.flow.stops import EVERYTHING
from tideover.gateways.answers import NOT_LET_IN, LockedOut
from tideover.messages.channels import WAYS
from tideover.recovery.models import Action, Case, Clock
from tideover.recovery.test_clocks.rows import now_by
from tideover.tenants.models import Connection

STRIPE: Final = "stripe"  # nothing is done without a last look there
LEASE = timedelta(seconds=30)
# How long a message may stand in line and talk to its provider, and how long the verdict on it may take: more than the
# transport waits for, so that a doubt is settled by who has it (gateways.email).
UNTIL_ITS_TURN: Final = timedelta(seconds=90)
UNTIL_ITS_VERDICT: Final = timedelta(seconds=90)
LONGEST_LEASE: Final = max(LEASE, UNTIL_ITS_TURN, UNTIL_ITS_VERDICT)  # what ends later was set by a wrong clock
MOST_TRIES = 5
LONGEST_WAIT = timedelta(minutes=10)
NOTHING_UNDER_WAY: Mapping[UUID, int] = MappingProxyType({})


class LostLease(Exception):  # noqa: N818 - what happened, said plainly
    """Somebody else holds this action now; what was about to be written must not be."""


def claim_due(
    now: datetime, *, limit: int = 50, most_per_lane: int = 50, under_way: Mapping[UUID, int] = NOTHING_UNDER_WAY
) -> list[Action]:
    """Up to `limit` due actions, now ours until their lease ends.

    No lane gets more than `most_per_lane`, counting what the caller has `under_way` for it.
    """
    there = conditions(now)
    due, by_clocks = due_now(now, there), due_by_clocks(now, there)
    lanes = _lanes([due, by_clocks] if there.clocks else [due], now, under_way)
    if not lanes:  # an idle look takes no lock
        return []
    token, claimed = uuid4(), list[Action]()
    chosen = [lane for lane in lanes if under_way.get(lane.connection_id, 0) < most_per_lane][:limit]
    with transaction.atomic():
        for position, lane in enumerate(chosen):
            fair = -(-(limit - len(claimed)) // (len(chosen) - position))
            share = min(fair, most_per_lane - under_way.get(lane.connection_id, 0))
            if lane.half_open:
                share = 1 if probe(lane.connection_id, now) else 0
            mine = _take(_of(lane, due), share)
            if there.clocks and lane.has_clocks and len(mine) < share:
                mine += _take(_of(lane, by_clocks), share - len(mine))
            claimed += mine
        ours = Action.objects.filter(id__in=[action.pk for action in claimed], state=Action.State.PLANNED)
        ours.update(state=Action.State.CLAIMED, lease_token=token, lease_until=_leases(now), tries=F("tries") + 1)
    failpoint("action.claimed")
    for action in claimed:  # their rows were locked from the reading on, so this is what stands there now
        action.state, action.tries = Action.State.CLAIMED, action.tries + 1
        action.lease_token, action.lease_until = token, now + lease_of(action)
    return claimed


def lease_of(action: Action) -> timedelta:
    """How long a claim holds the action: of a message until its turn has come."""
    return UNTIL_ITS_TURN if action.do in MESSAGES else LEASE


def _leases(now: datetime) -> Choose:
    """The same for many at once, as a column."""
    message = When(do__in=MESSAGES, then=Value(now + UNTIL_ITS_TURN))
    return Choose(message, default=Value(now + LEASE), output_field=DateTimeField())


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a look for work reckons with. Mostly all is there, and nothing hangs on test clocks.

    away: services that all share; away_for_some: channels of which somebody's own account is away; clocks: whether any
    stands still.
    """

    away: frozenset[str] = frozenset()
    away_for_some: frozenset[Channel] = frozenset()
    clocks: bool = False


def conditions(now: datetime) -> Conditions:
    """One small query, so that the one for work is small too: who looks for work looks all the time."""
    shared = providers_away(now).values_list(Value("shared"), "name")
    clocks = Clock.objects.filter(state__in=STANDS_STILL).values_list(Value("clocks"), Value(""))
    own = [
        way.own.rows().filter(open_at(now)).values_list(Value("own"), Value(channel.value))
        for channel, way in WAYS.items()
        if way.own
    ]
    rows = set(shared.union(clocks, *own))
    return Conditions(
        away=frozenset(name for what, name in rows if what == "shared"),
        away_for_some=frozenset(Channel(name) for what, name in rows if what == "own"),
        clocks=("clocks", "") in rows,
    )


def due_now(now: datetime, there: Conditions) -> QuerySet[Action]:
    """What waits to be done by the wall, as far as the services are there that it needs."""
    due = _waiting(there).filter(clock=None, due_at__lte=now)
    silent = reduce(or_, (_silent(channel, there, now) for channel in WAYS))
    return due.exclude(silent, do__in=MESSAGES) if silent else due


def due_by_clocks(now: datetime, there: Conditions) -> QuerySet[Action]:
    """The same of what hangs on test clocks that stand still. What is written there goes to nobody."""
    rested = Q(lease_until=None) | Q(lease_until__lte=now)
    waiting = _waiting(there).filter(rested, clock__isnull=False)
    return waiting.filter(clock__state__in=STANDS_STILL, due_at__lte=F("clock__shows"))


STANDS_STILL: Final = (Clock.State.READY, Clock.State.FAILED, Clock.State.CLOSED)


def _waiting(there: Conditions) -> QuerySet[Action]:
    if there.away & {EVERYTHING, STRIPE}:
        return Action.objects.none()
    return Action.objects.filter(state=Action.State.PLANNED)


def _silent(channel: Channel, there: Conditions, now: datetime) -> Q:
    """What of this channel waits as it cannot be sent: it needs an account of its project's own, or that of all.

    Empty where nothing waits.
    """
    way, theirs = WAYS[channel], Q(channel=channel)
    shared = way.provider in there.away
    if way.own is None:
        return theirs if shared else Q()
    own = way.own.rows().filter(project=OuterRef("connection__project"))
    silent = Q(Exists(own.filter(open_at(now)))) if channel in there.away_for_some else Q()
    if shared:
        silent |= ~Q(Exists(own))
    return silent & theirs if silent else Q()


@dataclass(frozen=True, slots=True)
class Lane:
    """An account with something due. has_clocks: it is one in test mode, where customers may hang on clocks."""

    connection_id: UUID
    half_open: bool
    has_clocks: bool


def _lanes(due: Sequence[QuerySet[Action]], now: datetime, under_way: Mapping[UUID, int]) -> list[Lane]:
    """The accounts with something due that let effects through, those with the least under way first.

    One look into an index for each account, and a single one of each kind while nothing is due at all.
    """
    theirs = (Q(Exists(each)) & Q(Exists(each.filter(connection_id=OuterRef("pk")))) for each in due)
    found = standings(Connection.objects.filter(reduce(or_, theirs)), now)
    lanes = [Lane(pk, each.half_open, each.testing) for pk, each in found.items() if each.lets_effects_through]
    return sorted(lanes, key=lambda lane: under_way.get(lane.connection_id, 0))


def _of(lane: Lane, due: QuerySet[Action]) -> QuerySet[Action]:
    return due.filter(connection_id=lane.connection_id).order_by("due_at", "id")


def _take(wanted: QuerySet[Action], number: int) -> list[Action]:
    """The first of them that nobody else is just taking, locked until the transaction ends."""
    if connection.features.has_select_for_update_skip_locked:
        wanted = wanted.select_for_update(skip_locked=True, of=("self",))
    return list(wanted[:number])


def mark_started(action: Action, now: datetime, **request: object) -> None:
    """Commit what is about to be sent, before it is sent. From here on doubt is possible. Raises LostLease."""
    action.request, action.started_at = {**action.request, **request}, action.started_at or by_the_wall(action, now)
    if not _ours(action).update(request=action.request, started_at=action.started_at):
        raise _lost(action)


def by_the_wall(whose: Action | Case, now: datetime) -> datetime:
    """What time it is for leases, keys and banks: `now`, unless that may be a test clock's."""
    return clock.now() if whose.clock_id else now


def hold_on(action: Action, now: datetime, lasting: timedelta) -> None:
    """Keep the action for at least that long: what comes now may take longer than a lease. Raises LostLease."""
    until = max(now + lasting, action.lease_until or now)
    if not _ours(action).update(lease_until=until):
        raise _lost(action)
    action.lease_until = until


def settle_all(actions: Iterable[Action], outcome: Outcome, now: datetime) -> int:
    """End many at once, without a word where a lease was lost; returns how many. Only for what had no effect."""
    by_token = attrgetter("lease_token")
    settled = 0
    for token, group in groupby(sorted(actions, key=by_token), key=by_token):
        mine = Action.objects.filter(
            pk__in=[action.pk for action in group], state=Action.State.CLAIMED, lease_token=token
        )
        settled += mine.update(**_ended(outcome, now))
    return settled


def settle(action: Action, outcome: Outcome, now: datetime) -> None:
    """The end of an action: what came of it. Raises LostLease."""
    ended = _ended(outcome, now_by(action.clock, now))
    if not _ours(action).update(**ended):
        raise _lost(action)
    for column in ("state", "outcome", "reason", "settled_at"):
        setattr(action, column, ended[column])


def correct(action: Action, outcome: Outcome | None, now: datetime) -> None:
    """What somebody else had to settle as unknown is known after all: its true end; None: nothing left, so it is due.

    Only a doubt is put right: whatever else stands there is nearer to the truth than a worker that was away.
    """
    doubted = Action.objects.filter(pk=action.pk, state=Action.State.DONE, outcome=Word.UNKNOWN)
    now = now_by(action.clock, now)
    doubted.update(**(_ended(outcome, now) if outcome else _planned_again(now, "it was in doubt, and never left")))


def bury(action: Action, now: datetime, reason: str) -> None:
    """Tried too often, or in doubt for good: a person decides, and finds a mark on the case. Raises LostLease."""
    settle(action, Outcome(Word.GAVE_UP, reason=reason), now)
    Case.objects.filter(pk=action.case_id).update(attention=Attention.UNKNOWN)


# Every other word ends an action that was done.
ENDS_AS: Final[Mapping[Word, Action.State]] = {
    Word.DROPPED: Action.State.DROPPED,
    Word.GAVE_UP: Action.State.DEAD,
}


def _ended(outcome: Outcome, now: datetime) -> dict[str, object]:
    return {
        "state": ENDS_AS.get(outcome.word, Action.State.DONE),
        "outcome": outcome.stored[:80],
        "reason": outcome.reason[:300],
        "settled_at": now,
        "lease_token": None,
        "lease_until": None,
    }


def _ours(action: Action) -> QuerySet[Action]:
    """The action's row, as long as it is ours."""
    return Action.objects.filter(pk=action.pk, state=Action.State.CLAIMED, lease_token=action.lease_token)


def _lost(action: Action) -> LostLease:
    return LostLease(f"{action.step} of case {action.case_id} is no longer ours")


def release(action: Action, now: datetime, reason: str, *, wait: timedelta, planned: bool = False) -> None:
    """Give the action back untouched, to be tried again after `wait`. planned: the plan has it then.

    The try does not count: nothing was wrong with the action, the world was not ready. A crash never comes here.
    Nothing went out, so it begins anew: whoever finds it in a dead worker's hands must not take it for a doubt.
    On a test clock only the plan waits by that: it stands still, and the world would never be ready.
    """
    again = _planned_again(now_by(action.clock, now) + wait, reason)
    if action.clock_id and not planned:
        again |= {"due_at": action.due_at, "lease_until": clock.now() + wait}
    _ours(action).update(**again, tries=F("tries") - 1, started_at=None)


def wake(account: Connection, now: datetime) -> int:
    """What was put off because Stripe let nobody in is due again at once: it does now. Returns how much that is."""
    put_off = Action.objects.filter(connection=account, state=Action.State.PLANNED, reason__startswith=NOT_LET_IN)
    by_clocks = put_off.filter(clock__isnull=False, lease_until__gt=now).update(lease_until=None)
    by_the_wall = put_off.filter(clock=None, due_at__gt=now, due_at__lte=now + LockedOut.wait)
    return by_clocks + by_the_wall.update(due_at=now)


def give_back(action: Action, now: datetime) -> None:
    """Back to planned what a dead worker held and had not begun; after five such deaths it is buried.

    The first death costs no time. From the second on it waits longer and longer: what kills workers must not kill them
    one right after the other, and one bad minute must not bury what was only near. Raises LostLease.
    """
    if action.tries >= MOST_TRIES:
        bury(action, now, f"{MOST_TRIES} workers died holding it")
        return
    again = _planned_again(action.due_at, "the worker that held it is gone; nothing was sent")
    if action.tries > 1:
        at = by_the_wall(action, now) + backoff(action.pk, action.tries - 2, first=LEASE, most=LONGEST_WAIT)
        again |= {"lease_until": at} if action.clock_id else {"due_at": max(action.due_at, at)}
    _ours(action).update(**again)


def _planned_again(due_at: datetime, reason: str) -> dict[str, Any]:
    return {
        "state": Action.State.PLANNED,
        "due_at": due_at,
        "reason": reason[:300],
        "lease_token": None,
        "lease_until": None,
    }


def overdue(now: datetime, *, limit: int = 50) -> list[Action]:
    """Claimed actions whose lease ran out, re-claimed by the caller so that only one settles each doubt."""
    stale = Action.objects.filter(over("lease_until", now, LONGEST_LEASE), state=Action.State.CLAIMED)
    if not stale.exists():
        return []
    blocked = what_is_blocked(now)
    if blocked.provider(STRIPE):
        return []
    return _reclaimed(stale.exclude(connection_id__in=blocked.for_effects), now, limit)


def overdue_of(account: Connection, now: datetime, *, limit: int = 50) -> list[Action]:
    """The same of one account, though it is blocked: for whoever winds it up."""
    stale = Action.objects.filter(over("lease_until", now, LONGEST_LEASE), state=Action.State.CLAIMED)
    return _reclaimed(stale.filter(connection=account), now, limit)


def _reclaimed(stale: QuerySet[Action], now: datetime, limit: int) -> list[Action]:
    token, stale = uuid4(), stale.order_by("lease_until")
    with transaction.atomic():
        taken = _take(stale, limit)
        mine = Action.objects.filter(id__in=[action.pk for action in taken], state=Action.State.CLAIMED)
        mine.update(lease_token=token, lease_until=now + LEASE)
    failpoint("doubt.claimed")
    for action in taken:
        action.lease_token, action.lease_until = token, now + LEASE
    return taken
