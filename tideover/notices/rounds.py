"""A worker's round: what has happened becomes rows, and what is due goes out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from tideover.flow.stripe import never
from tideover.messages.letters import hand_over
from tideover.notices.planning import plan_happenings
from tideover.notices.sending import Write, send_due


def tell(now: datetime, ended: Callable[[], bool] = never, write: Write = hand_over) -> int:
    """How many notices left."""
    plan_happenings(now)
    return send_due(now, ended, write)
