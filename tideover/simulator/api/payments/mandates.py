"""Mandates: the permission to debit a bank account.

Sources: https://docs.stripe.com/api/mandates/object.
"""

from __future__ import annotations

from tideover.simulator.account.store import Json
from tideover.simulator.account.world import Simulator
from tideover.simulator.wire.changes import found
from tideover.simulator.wire.operations import Call, operation


def new_mandate(sim: Simulator, method: Json) -> Json:
    """The customer's permission for a bank account."""
    online = {"ip_address": "127.0.0.1", "user_agent": "simulated browser"}
    mandate: Json = {
        "id": sim.ids.new("mandate"),
        "object": "mandate",
        "customer_acceptance": {"accepted_at": sim.now(), "online": online, "type": "online"},
        "livemode": False,
        "multi_use": {},
        "on_behalf_of": None,
        "payment_method": method["id"],
        "payment_method_details": {"type": "us_bank_account", "us_bank_account": {}},
        "status": "active",
        "type": "multi_use",
    }
    return sim.store.mandates.add(mandate)


@operation("GET", "/v1/mandates/{mandate}")
def retrieve(sim: Simulator, call: Call) -> Json:
    return found(sim.store.mandates, call.id)
