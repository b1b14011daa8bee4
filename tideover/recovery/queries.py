"""Reads for pages and metrics: what of recovery is in doubt."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from tideover.recovery.models import Action
from tideover.tenants.models import Organization


@dataclass(frozen=True, slots=True)
class InDoubt:
    """An action whose call went out and whose outcome nobody knows yet."""

    action_id: UUID
    case_id: UUID
    step: str
    started_at: datetime

    def age(self, now: datetime) -> timedelta:
        """How long nobody has known."""
        return now - self.started_at


def unknowns(organization: Organization | None, now: datetime) -> list[InDoubt]:
    """Actions whose lease ended without an outcome, oldest first; None means all merchants', for the operator."""
    doubts = Action.objects.filter(state=Action.State.CLAIMED, lease_until__lte=now, started_at__isnull=False)
    waiting = Action.objects.filter(state=Action.State.CLAIMED, tries__gt=0, started_at__lte=now - timedelta(minutes=1))
    found = doubts | waiting
    if organization is not None:
        found = found.filter(organization=organization)
    return [
        InDoubt(action.pk, action.case_id, action.step, started_at)
        for action in found.order_by("started_at")
        if (started_at := action.started_at) is not None
    ]
