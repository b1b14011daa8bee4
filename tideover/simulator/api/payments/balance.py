"""The balance: what the charges brought, less what went back.

Sources: https://docs.stripe.com/api/balance/balance_object. Here money is available at once.
"""

from __future__ import annotations

from collections import defaultdict

from tideover.simulator.account.store import Json
from tideover.simulator.account.world import Simulator
from tideover.simulator.wire.operations import Call, operation


@operation("GET", "/v1/balance")
def balance(sim: Simulator, _call: Call) -> Json:
    amounts: dict[str, int] = defaultdict(int, usd=0)
    for charge in sim.store.charges:
        if charge["status"] == "succeeded":
            amounts[charge["currency"]] += charge["amount_captured"] - charge["amount_refunded"]
    rows = [
        {"amount": amount, "currency": currency, "source_types": {"card": amount}}
        for currency, amount in sorted(amounts.items())
    ]
    none = [{"amount": 0, "currency": row["currency"], "source_types": {"card": 0}} for row in rows]
    return {"object": "balance", "available": rows, "livemode": False, "pending": none}
