"""Events over HTTP: read one, list those of the last thirty days.

Sources: https://docs.stripe.com/api/events/list.
"""

from __future__ import annotations

from tideover.simulator.account.store import Json
from tideover.simulator.account.world import Simulator
from tideover.simulator.wire.changes import found
from tideover.simulator.wire.forms import flag, listed, text
from tideover.simulator.wire.listing import page
from tideover.simulator.wire.operations import PAGED, Call, operation


@operation("GET", "/v1/events/{event}")
def retrieve(sim: Simulator, call: Call) -> Json:
    return found(sim.store.events, call.id)


@operation("GET", "/v1/events", {**PAGED, "type": text, "types": listed(text), "delivery_success": flag})
def list_all(sim: Simulator, call: Call) -> Json:
    params = call.params
    kinds = set(params.get("types", [])) | ({params["type"]} if "type" in params else set())
    delivered = params.get("delivery_success")

    def wanted(event: Json) -> bool:
        if kinds and event["type"] not in kinds:
            return False
        return delivered is None or (event["pending_webhooks"] == 0) == delivered

    return page(sim.store.events, params, "/v1/events", (), wanted)
