"""All that is known of a case: read once under its lock, and handed on to whatever is decided by it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter
from typing import Final
from uuid import UUID

from django.db.models import QuerySet

from tideover.core.facts import Fact
from tideover.core.steps import CHARGES
from tideover.gateways.answers import InvoiceRead
from tideover.recovery import ledger
from tideover.recovery.learnt import facts_of
from tideover.recovery.models import Action, Attempt, Case, Plan
from tideover.recovery.places import dialled
from tideover.recovery.plans.standing import plans_of
from tideover.recovery.test_clocks.rows import now_by
from tideover.recovery.ways.consents import backups_of
from tideover.recovery.ways.reading_along import NOBODY, Readers, readers_of


@dataclass(slots=True)
class Known:
    """A case with its facts, its actions and everybody's attempts. Whoever writes one of them adds it here too."""

    case: Case
    facts: list[Fact]
    actions: list[Action]
    attempts: list[Attempt]  # on its invoice, on its card wherever in the account, and of cases read along with it
    backup: str = ""  # why another method of the customer's may be charged, as a clause; empty where none may
    plans: list[Plan] = field(default_factory=list)  # of paying in parts, oldest first
    readers: Readers = NOBODY  # who else is written to

    @property
    def own_attempts(self) -> list[Attempt]:
        return [attempt for attempt in self.attempts if attempt.case_id == self.case.pk]

    @property
    def charges_buried_in_doubt(self) -> list[Action]:
        """The charges of ours that may have been made, and that nobody could ask about any more."""
        dead = [action for action in self.actions if action.do in CHARGES and action.state == Action.State.DEAD]
        return [action for action in dead if action.started_at]

    @property
    def is_being_ended(self) -> bool:
        """Whether Stripe was asked to end something for good, and has not answered yet."""
        closing = [action for action in self.actions if action.do == Action.Do.CLOSE]
        return any(action.state == Action.State.CLAIMED and action.started_at for action in closing)

    @property
    def charges_under_way(self) -> list[Action]:
        """The charges of ours that are out, or in doubt; never more than one, and the first if ever there were."""
        claimed = [action for action in self.actions if action.do in CHARGES and action.state == Action.State.CLAIMED]
        return sorted((action for action in claimed if action.started_at), key=attrgetter("pk"))


# Whom a case concerns and by whose time it lives, by its row.
WHOM: Final = ("ruleset", "connection__organization", "project__organization", "clock")


def locking(case: Case) -> QuerySet[Case]:
    """The case's row again, held until the transaction ends. One lock order: cases by id, then actions."""
    return Case.objects.filter(pk=case.pk).select_for_update(of=("self",)).select_related(*WHOM)


def lock(case: Case) -> Case:
    """The same, read."""
    return locking(case).get()


def still_known(held: Case, now: datetime, earlier: Known | None = None) -> Known:
    """All that is known of a case whose row was just read and is held; `earlier`, where that is what is known still.

    Whoever learns something or plans anew does it under this lock and counts the case's version up; what is done
    without, to an action that is claimed, leaves the plan as it was.
    """
    before = earlier and (earlier.case.version, earlier.case.card_fingerprint)
    if earlier is None or before != (held.version, held.card_fingerprint):
        return known_of([held], now)[0]
    earlier.case = held
    return earlier


def known_of(cases: Sequence[Case], now: datetime) -> list[Known]:
    """What is known of each, with as many queries for many as for one."""
    first = min((now_by(case.clock, now) for case in cases), default=now)  # each counts those of its own time
    facts, actions, attempts = facts_of(cases), _actions_of(cases), ledger.attempts_around(cases, first)
    backups, plans, readers = backups_of(cases), plans_of(cases), readers_of(cases)
    return [
        Known(
            case,
            facts[case.pk],
            actions[case.pk],
            attempts,
            backups.get(case.pk, ""),
            plans.get(case.pk, []),
            readers.get(case.pk, NOBODY),
        )
        for case in cases
    ]


def _actions_of(cases: Sequence[Case]) -> defaultdict[UUID, list[Action]]:
    """What is planned, was claimed or is done; what was dropped tells nothing any more."""
    actions = defaultdict[UUID, list[Action]](list)
    mine = Action.objects.filter(case_id__in=[case.pk for case in cases if case.is_stored])
    for action in mine.exclude(state=Action.State.DROPPED):
        actions[action.case_id].append(action)
    return actions


# ── minimal mode: what Stripe says of a customer is known for as long as a step takes, and no row tells it ──

NAMES: Final = ("customer_name", "customer_email", "customer_phone")


@contextmanager
def nameless(cases: Sequence[Case]) -> Iterator[None]:
    """While their rows are written, cases whose project keeps no names have none."""
    held = [(case, [getattr(case, name) for name in NAMES]) for case in cases if case.project.minimal]
    for case, _ in held:
        _name(case, [""] * len(NAMES))
    try:
        yield
    finally:
        for case, names in held:
            _name(case, names)


def name_as_read(case: Case, read: InvoiceRead) -> None:
    """Where the row tells no name, the reading in hand does, whichever was begun last."""
    if case.project.minimal:
        _name(case, [read.customer_name, read.customer_email, dialled(read.customer_phone, read.country)])


def name_as(case: Case, then: Case) -> None:
    """The case as its row stands, with the name it was read with before."""
    if case.project.minimal:
        _name(case, [getattr(then, name) for name in NAMES])


def _name(case: Case, names: Sequence[str]) -> None:
    for name, value in zip(NAMES, names, strict=True):
        setattr(case, name, value)
