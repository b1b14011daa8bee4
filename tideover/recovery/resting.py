"""A case rests: nothing is charged or sent about it until then."""

from __future__ import annotations

from datetime import datetime

from tideover.recovery.models import Case


def rest(case: Case, until: datetime, by: str) -> datetime:
    """Let it rest, or for as long as it does already, and say until when. Whoever wanted it last is named."""
    case.paused_until = until = max(filter(None, [case.paused_until, until]))
    case.paused_by = by[:254]
    return until
