"""Facts as rows and rows as facts."""

from __future__ import annotations

from datetime import datetime

from tideover.core.facts import Fact, Learnt
from tideover.recovery.models import Case, LearntFact


def as_row(case: Case, fact: Fact, now: datetime) -> LearntFact:
    """The fact as a row of this case, learnt now."""
    return LearntFact(
        organization_id=case.organization_id,
        case=case,
        kind=fact.kind,
        key=fact.key,
        at=fact.at,
        learnt_at=now,
        detail=dict(fact.detail),
    )


def as_fact(row: LearntFact) -> Fact:
    """The row as the rules see it."""
    return Fact(Learnt(row.kind), row.at, row.key, row.detail)


def facts_of(case: Case) -> list[Fact]:
    """All that is known about the case."""
    return [as_fact(row) for row in LearntFact.objects.filter(case=case)]
