"""Events over HTTP: read one, list those of the last thirty days.

Sources: https://docs.stripe.com/api/events/list (a type may be a group with a star, at most twenty types, not both).
What an empty list of types lists is not confirmed: nothing, here.
"""

from __future__ import annotations

from tideover.simulator.account.store import Json
from tideover.simulator.account.world import Simulator
from tideover.simulator.wire.changes import found, refuse_unless
from tideover.simulator.wire.forms import flag, listed, text
from tideover.simulator.wire.listing import page
from tideover.simulator.wire.operations import PAGED, Call, operation


@operation("GET", "/v1/events/{event}")
def retrieve(sim: Simulator, call: Call) -> Json:
    return found(sim.store.events, call.id)


MOST_TYPES = 20


@operation(
    "GET", "/v1/events", {**PAGED, "type": text, "types": listed(text, most=MOST_TYPES), "delivery_success": flag}
)
def list_all(sim: Simulator, call: Call) -> Json:
    params = call.params
    refuse_unless("type" not in params or "types" not in params, "Give one of type and types, not both.", EXCLUSIVE)
    delivered = params.get("delivery_success")

    def wanted(event: Json) -> bool:
        return _asked_for(event["type"], params) and (delivered is None or (not event["pending_webhooks"]) == delivered)

    return page(sim.store.events, params, "/v1/events", (), wanted)


EXCLUSIVE = "parameters_exclusive"


def _asked_for(kind: str, params: Json) -> bool:
    """Whether a type of event is wanted: named, or of the group "invoice.*"."""
    if group := params.get("type"):
        return bool(kind == group or (group.endswith("*") and kind.startswith(group[:-1])))
    return kind in params.get("types", [kind])
