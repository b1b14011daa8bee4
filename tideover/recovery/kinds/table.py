"""Every kind of step: who does it, who settles it in doubt, and whether it may have left the house."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from tideover.core.steps import Do
from tideover.recovery.effects import Effects
from tideover.recovery.kinds import charge, close, hold, message
from tideover.recovery.models import Action


@dataclass(frozen=True, slots=True)
class Performer:
    """What can be done with a claimed action of a kind.

    perform: do it and settle it; raises as `gateways.answers` tells, and LostLease.
    settle_doubt: settle what a worker left claimed that is gone; it raises the same.
    may_have_left: whether its effect may be out.
    """

    perform: Callable[[Action, Effects, datetime], None]
    settle_doubt: Callable[[Action, Effects, datetime], None]
    may_have_left: Callable[[Action], bool]


PERFORMERS: Final[Mapping[Do, Performer]] = {
    Do.CHARGE: Performer(charge.perform, charge.settle_doubt, charge.may_have_left),
    Do.MESSAGE: Performer(message.perform, message.settle_doubt, message.may_have_left),
    Do.CLOSE: Performer(close.perform, close.settle_doubt, close.may_have_left),
    Do.HOLD: Performer(hold.perform, hold.settle_doubt, hold.may_have_left),
}


def performer_of(action: Action) -> Performer:
    return PERFORMERS[Do(action.do)]
