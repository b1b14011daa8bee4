"""Trials of two texts that are to end by themselves end once their figures say something."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

import structlog

from tideover.core.shares.verdicts import Says
from tideover.flow.alone import alone
from tideover.messages.models import TextTrial
from tideover.messages.own.trials import End, NoTrial, end, to_end
from tideover.recovery.figures.trials import results

log = structlog.get_logger("upkeep")
# Where nothing that matters sets them apart, what was in use stays.
ENDS: Final[Mapping[Says, End | None]] = {
    Says.NOT_YET: None,
    Says.A_IS_BETTER: End.A,
    Says.B_IS_BETTER: End.B,
    Says.ALIKE: End.A,
}


def end_decided(now: datetime) -> int:
    """Look at each; returns how many ended."""
    ended = 0
    for trial in to_end():
        with alone("text_trial.broke", trial=str(trial.pk)):
            ended += _ended(trial, now)
    return ended


def _ended(trial: TextTrial, now: datetime) -> bool:
    [result] = results(trial.project, [trial], now)
    says = result.verdict().says
    how = ENDS[says]
    if how is None:
        return False
    try:
        end(trial, how, "", now)
    except NoTrial:  # a person was faster
        return False
    log.info("text_trial.ended", trial=str(trial.pk), text=str(trial), says=says.value)
    return True
