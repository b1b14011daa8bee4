"""Facts as rows and rows as facts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

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
        sealed=fact.kind != Learnt.CARD_REPLACED,
    )


def as_fact(row: LearntFact) -> Fact:
    """The row as the rules see it."""
    return Fact(Learnt(row.kind), row.at, row.key, row.detail)


def facts_of(cases: Iterable[Case]) -> defaultdict[UUID, list[Fact]]:
    """All facts of each of the cases, by its id."""
    facts = defaultdict[UUID, list[Fact]](list)
    for row in LearntFact.objects.filter(case_id__in=[case.pk for case in cases if case.is_stored]):
        facts[row.case_id].append(as_fact(row))
    return facts
