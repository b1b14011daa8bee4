"""What becomes of sample shops as time goes by: what comes due is dropped, and after a month they are erased."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from tideover.core.outcomes import Word
from tideover.flow.alone import alone
from tideover.recovery.models import Action
from tideover.tenants.ending import lasting
from tideover.tenants.models import OrganizationErasure
from tideover.upkeep.privacy.organization import erase_organization

LASTS: Final = timedelta(days=30)  # its figures are of three months, and old by then
WHY: Final = "nothing is done in a sample shop"


def tend(now: datetime) -> int:
    """Drop what is due, so that no worker has to pass it over; erase what is old. Returns how many were erased."""
    due = Action.objects.filter(state=Action.State.PLANNED, due_at__lte=now, organization__is_sample=True)
    due.update(state=Action.State.DROPPED, outcome=Word.DROPPED, reason=WHY, settled_at=now)
    erased = 0
    for sample in lasting().filter(is_sample=True, stopped_at__lte=now - LASTS):
        with alone("sample.not_erased", organization=str(sample.pk)):
            erased += erase_organization(sample, OrganizationErasure.By.OPERATOR, now)
    return erased
