"""Every line that is logged while an action is worked on carries its organization, case and action."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

import structlog

from tideover.recovery.models import Action

P = ParamSpec("P")
R = TypeVar("R")
log = structlog.get_logger("recovery")


def logged(work: Callable[Concatenate[Action, P], R]) -> Callable[Concatenate[Action, P], R]:
    """Bind the action's names around `work`, and say at its end what came of the action."""

    @wraps(work)
    def bound(action: Action, /, *args: P.args, **kwargs: P.kwargs) -> R:
        with structlog.contextvars.bound_contextvars(
            organization=str(action.organization_id), case=str(action.case_id), action=str(action.pk)
        ):
            result = work(action, *args, **kwargs)
            said = log.info if action.outcome else log.debug  # given back untouched: nothing came of it yet
            said("action.worked", step=action.step, state=str(action.state), outcome=action.outcome)
            return result

    return bound
