"""The end of an action, and all that follows from it for its case, in one commit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from tideover.core.facts import Fact
from tideover.core.outcomes import Outcome
from tideover.recovery import claims, ledger
from tideover.recovery.intake import Lesson, save, teach
from tideover.recovery.known import Known, lock, still_known
from tideover.recovery.learnt import told_before, unheard
from tideover.recovery.models import Action, Attempt, Case
from tideover.recovery.planning import replan
from tideover.recovery.test_clocks.rows import now_by


@dataclass(frozen=True, slots=True)
class Ending:
    """What came of an action, and what follows for its case.

    facts: what it learns. attempts: tries for the ledger. marks: columns of the case. via: what brought the money.
    """

    outcome: Outcome
    facts: Sequence[Fact] = ()
    attempts: Sequence[Attempt] = ()
    marks: Mapping[str, object] = field(default_factory=dict)
    via: Case.Via | None = None


def conclude(action: Action, ending: Ending, now: datetime, earlier: Known | None = None) -> None:
    """Settle a claimed action and let its case learn, or neither. Raises LostLease.

    `earlier` is what was known at the last look, if there was one.
    """
    with transaction.atomic():
        conclude_held(action, ending, now, still_known(lock(action.case), now, earlier))


def conclude_held(action: Action, ending: Ending, now: datetime, known: Known) -> None:
    """The same for who holds the case's row already."""
    now = now_by(known.case.clock, now)
    claims.settle(action, ending.outcome, now)
    action.case = case = known.case
    known.actions[:] = [action if other.pk == action.pk else other for other in known.actions]
    ledger.add(ending.attempts)
    told = told_before(unheard(ending.attempts, known.own_attempts)).get(case.pk, ())
    facts = (*ending.facts, *told)
    known.attempts[:] = ledger.in_order([*known.attempts, *ending.attempts])
    marked = {column: value for column, value in ending.marks.items() if getattr(case, column) != value}
    for column, value in marked.items():
        setattr(case, column, value)
    if facts or marked or case.promised_on:
        teach([Lesson(known, facts, ending.via)], now)
    elif replan([known], now):
        save([case])
