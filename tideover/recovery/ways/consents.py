"""Whether another method of a customer may be charged after the one that failed: by their consent, or the contract."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from tideover.core.facts import Learnt
from tideover.core.timing import spoken_day
from tideover.recovery.models import Case, LearntFact
from tideover.recovery.places import zone

BY_CONTRACT: Final = "the merchant states that the contract with the customer covers it"
_SAID: Final = (Learnt.BACKUP_ALLOWED, Learnt.BACKUP_WITHDRAWN)


def backups_of(cases: Sequence[Case]) -> Mapping[UUID, str]:
    """By case: why another method may be charged, as a clause. Whose project uses none costs no question."""
    using = [case for case in cases if case.project.backup_methods and case.customer_id]
    covered = {case.pk: BY_CONTRACT for case in using if case.project.backup_by_contract}
    agreed = _agreed([case for case in using if case.pk not in covered])
    return covered | {case_id: _on(case, at) for case_id, (case, at) in agreed.items()}


def agreed_at(case: Case) -> datetime | None:
    """Since when the customer agrees to it; None where they do not, or no more."""
    found = _agreed([case]) if case.customer_id else {}
    return found[case.pk][1] if found else None


def _on(case: Case, at: datetime) -> str:
    return f"the customer agreed to it on {spoken_day(at, zone(case.time_zone))}"


def _agreed(cases: Sequence[Case]) -> Mapping[UUID, tuple[Case, datetime]]:
    """What each customer said last, on whichever of their invoices' pages, in the same account."""
    if not cases:
        return {}
    said = {(row.case.connection_id, row.case.customer_id): row for row in _said_by(cases)}  # the last one stays
    found = ((case, said.get((case.connection_id, case.customer_id))) for case in cases)
    return {case.pk: (case, row.at) for case, row in found if row and row.kind == Learnt.BACKUP_ALLOWED}


def _said_by(cases: Sequence[Case]) -> Iterable[LearntFact]:
    said = LearntFact.objects.filter(
        organization_id__in={case.organization_id for case in cases},
        kind__in=_SAID,
        case__connection_id__in={case.connection_id for case in cases},
        case__customer_id__in={case.customer_id for case in cases},
    )
    return (
        said.select_related("case").only("kind", "at", "case__connection_id", "case__customer_id").order_by("at", "id")
    )
