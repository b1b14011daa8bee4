"""While a test clock is advancing, nothing that lives on it may be changed.

Seen by many: a 429 with these words. That it holds for customers, invoices and subscriptions alike is not confirmed.
"""

from __future__ import annotations

from tideover.simulator.account.world import Simulator
from tideover.simulator.wire.changes import clock_of
from tideover.simulator.wire.errors import StripeError
from tideover.simulator.wire.operations import Call

NAMED = ("customer", "invoice", "subscription")  # by these parameters a request is about a thing of a clock


def refuse_while_advancing(sim: Simulator, call: Call) -> None:
    """Raise Stripe's refusal of a change to what lives on a clock that is on its way."""
    if not sim.test_timelines:
        return
    store = sim.store
    for key in (*call.ids, *(call.params.get(name) for name in NAMED)):
        thing = store.customers.get(key) or store.invoices.get(key) or store.subscriptions.get(key)
        clock = clock_of(sim, thing) if thing else None
        if clock and store.test_clocks[clock]["status"] == "advancing":
            message = f"Test clock advancement underway - cannot perform modifications: {clock}"
            raise StripeError(429, {"type": "invalid_request_error", "code": "rate_limit", "message": message})
