"""Tax rates: kept and listed. No invoice of the simulator is taxed.

Sources: https://docs.stripe.com/api/tax_rates/object.
"""

from __future__ import annotations

from tideover.simulator.account.store import Json
from tideover.simulator.account.world import Simulator
from tideover.simulator.wire.changes import change, found, merged, plain, tell
from tideover.simulator.wire.errors import empty
from tideover.simulator.wire.forms import flag, mapping, one_of, text, up_to
from tideover.simulator.wire.listing import page
from tideover.simulator.wire.operations import PAGED, Call, operation
from tideover.simulator.wire.texts import percent

EDITABLE = {
    "active": flag,
    "country": text,
    "description": text,
    "display_name": up_to(50),
    "jurisdiction": up_to(50),
    "metadata": mapping,
    "state": text,
    "tax_type": one_of("gst", "hst", "igst", "jct", "pst", "qst", "rst", "sales_tax", "service_tax", "vat"),
}
TERMS = {**EDITABLE, "inclusive": flag, "percentage": percent}


@operation("POST", "/v1/tax_rates", TERMS, needs=("display_name", "inclusive", "percentage"))
def create(sim: Simulator, call: Call) -> Json:
    rate: Json = {
        "id": sim.ids.new("txr"),
        "object": "tax_rate",
        "active": True,
        "country": None,
        "created": sim.now(),
        "description": None,
        "effective_percentage": None,
        "flat_amount": None,
        "jurisdiction": None,
        "jurisdiction_level": None,
        "livemode": False,
        "rate_type": "percentage",
        "state": None,
        "tax_type": None,
        **plain(call.params, *TERMS),
        "metadata": merged({}, call.params.get("metadata")),
    }
    sim.store.tax_rates.add(rate)
    tell(sim, "tax_rate.created", rate)
    return rate


@operation("GET", "/v1/tax_rates/{tax_rate}")
def retrieve(sim: Simulator, call: Call) -> Json:
    return found(sim.store.tax_rates, call.id)


@operation("POST", "/v1/tax_rates/{tax_rate}", EDITABLE)
def update(sim: Simulator, call: Call) -> Json:
    rate = found(sim.store.tax_rates, call.id)
    if call.params.get("display_name") == "":
        raise empty("display_name")
    fields = plain(call.params, *EDITABLE) | {"metadata": merged(rate["metadata"], call.params.get("metadata"))}
    change(sim, "tax_rate.updated", rate, fields)
    return rate


@operation("GET", "/v1/tax_rates", {**PAGED, "active": flag, "inclusive": flag})
def list_all(sim: Simulator, call: Call) -> Json:
    return page(sim.store.tax_rates, call.params, "/v1/tax_rates", ("active", "inclusive"))
