"""Debits that came back late: the case is open again, with what is owed. Decides nothing."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Exists, OuterRef

from tideover.core.case import State
from tideover.core.facts import Fact, Learnt
from tideover.core.methods import is_debit
from tideover.core.ways.returns import owed_again, returns_among
from tideover.recovery.known import Known
from tideover.recovery.models import Case, LearntFact


def returned(known: Known) -> Sequence[Fact]:
    """What the disputes of debits mean to the case, where that is new; of who was erased nothing is opened again."""
    if known.case.erased_at:
        return ()
    debits = {attempt.charge_id for attempt in known.own_attempts if is_debit(attempt.card_brand)}
    return returns_among(known.facts, debits) if debits else ()


def came_back(known: Known) -> bool:
    """Whether it is open again, after all of it was paid."""
    return known.case.state == State.FAILING and any(learnt.kind == Learnt.CAME_BACK for learnt in known.facts)


def is_back() -> Exists:
    """The same, as a condition on an open case that is read."""
    return Exists(LearntFact.objects.filter(case_id=OuterRef("pk"), kind=Learnt.CAME_BACK))


def settle(known: Known) -> None:
    """The row of a case that is open again: what is owed, and that a person must see to it. The caller holds it."""
    if came_back(known) and (owed := owed_again(known.facts)):
        known.case.amount_open, known.case.attention = owed, Case.Attention.CAME_BACK
        known.case.processing = False
