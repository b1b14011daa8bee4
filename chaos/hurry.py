"""Production's waits, all of them shorter by one factor: which of two ends first stays as it is."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any, Final

FACTOR: Final = 20
STRIPE_SECONDS: Final = 20 / FACTOR  # that the product waits for an answer of Stripe here; a test compares the two
# Everything by which the product waits for somebody else, or believes that somebody else has gone.
WAITS: Final[Mapping[str, tuple[str, ...]]] = {
    "tideover.gateways.way": ("TIMEOUT_SECONDS",),
    "tideover.gateways.email": ("TIMEOUT_SECONDS", "TALK_SECONDS", "VERDICT_SECONDS", "TURN_SECONDS"),
    "tideover.messages.delivery": ("FRESH_FOR",),
    "tideover.inbox.queue": ("LEASE", "LONGEST_WAIT"),
    "tideover.dashboard.connections.trying": ("PATIENCE_SECONDS",),
    "tideover.worker.news": ("READS_FOR_SECONDS",),
    "tideover.recovery.claims": ("LEASE", "UNTIL_ITS_TURN", "UNTIL_ITS_VERDICT", "LONGEST_LEASE", "LONGEST_WAIT"),
    "tideover.recovery.last_look": ("NEWS_IS_READ_IN",),
    "tideover.recovery.writing": ("LONGEST_PUT_OFF",),
    "tideover.flow.tokens": ("LEASE",),
    "tideover.upkeep.leaving": ("GIVES_UP_AFTER",),
    "tideover.flow.rate_limit": ("BURST", "LONGEST_WAIT"),
    "tideover.upkeep.doctor.kept": ("LEASE",),
    "tideover.flow.circuit_breaker": ("OPEN_AT_FIRST", "OPEN_AT_MOST", "PROBE"),
}
# Bound where the class was made, as what its caller leaves out.
BOUND: Final = {
    "timeout": "TIMEOUT_SECONDS", "verdict_timeout": "VERDICT_SECONDS", "turn_timeout": "TURN_SECONDS",
    "talk_timeout": "TALK_SECONDS",
}  # fmt: skip


def hurry() -> None:
    """Let this process, and all that it forks, wait a twentieth of everything.

    The version before this one may lack a wait that is new: what it does not have it does not wait for.
    """
    for module, names in WAITS.items():
        room = import_module(module)
        for name in names:
            if hasattr(room, name):
                setattr(room, name, getattr(room, name) / FACTOR)
    email: Any = import_module("tideover.gateways.email")
    email.Smtp.__init__.__kwdefaults__ |= {given: getattr(email, name) for given, name in BOUND.items()}
