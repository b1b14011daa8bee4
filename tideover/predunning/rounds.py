"""A worker's round: what is to be told of is written down, what is due is sent, what was chosen is taken over."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from tideover.flow.stripe import never
from tideover.predunning.planning import plan_all
from tideover.predunning.sending import send_due
from tideover.predunning.taking_over import take_over_all
from tideover.recovery.effects import Effects


def alert_all(effects: Effects, now: datetime, ended: Callable[[], bool] = never) -> int:
    """How much was done."""
    return plan_all(now) + send_due(effects, now, ended) + take_over_all(effects, now, ended)
