"""After a restore: what may have been told since the backup was made is told nobody a second time."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from tideover.notices.models import Notice
from tideover.notices.planning import plan_happenings, plan_summaries

State = Notice.State


def doubt_what_was_due(now: datetime) -> int:
    """Settle as unknown whatever has come due by `now`, also where the backup has no row of it yet; returns how many.

    What the backup has is settled first: what is planned then goes on from where that ends.
    """
    known = _doubted(now)
    plan_happenings(now)
    plan_summaries(now)
    return known + _doubted(now)


def _doubted(now: datetime) -> int:
    waiting = Notice.objects.filter(Q(due_at__lte=now) | Q(state=State.LEAVING), settled_at=None)
    return waiting.update(state=State.UNKNOWN, settled_at=now)
