"""Setup attempts: each time a setup intent was confirmed, with what the bank said.

Sources: https://docs.stripe.com/api/setup_attempts/object. That the answer after 3D Secure belongs to the attempt that
asked for it is not confirmed.
"""

from __future__ import annotations

from tideover.simulator.account.store import Json
from tideover.simulator.account.world import Simulator
from tideover.simulator.wire.forms import text
from tideover.simulator.wire.listing import page
from tideover.simulator.wire.operations import PAGED, Call, operation

OF_CARD = ("brand", "checks", "country", "exp_month", "exp_year", "fingerprint", "funding", "last4", "wallet")


def begin(sim: Simulator, intent: Json, method: Json) -> None:
    """The bank is asked: this is the intent's latest attempt."""
    kind = method["type"]
    details = {name: method["card"].get(name) for name in OF_CARD} if kind == "card" else {}
    attempt: Json = {
        "id": sim.ids.new("setatt"),
        "object": "setup_attempt",
        "application": None,
        "created": sim.now(),
        "customer": intent["customer"],
        "customer_account": None,
        "flow_directions": None,
        "livemode": False,
        "on_behalf_of": None,
        "payment_method": method["id"],
        "payment_method_details": {"type": kind, kind: details},
        "setup_error": None,
        "setup_intent": intent["id"],
        "status": "processing",
        "usage": intent["usage"],
    }
    sim.store.setup_attempts.add(attempt)
    intent["latest_attempt"] = attempt["id"]


def settle(sim: Simulator, intent: Json, status: str, error: Json | None = None) -> None:
    """What became of the intent's latest attempt."""
    sim.store.setup_attempts[intent["latest_attempt"]].update(status=status, setup_error=error)


@operation("GET", "/v1/setup_attempts", {**PAGED, "setup_intent": text}, needs=("setup_intent",))
def list_all(sim: Simulator, call: Call) -> Json:
    return page(sim.store.setup_attempts, call.params, "/v1/setup_attempts", ("setup_intent",))
