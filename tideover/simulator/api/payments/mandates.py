"""Mandates: the permission to debit a bank account, and what happens without it.

Sources: https://docs.stripe.com/api/mandates/object, https://docs.stripe.com/payments/bacs-debit/accept-a-payment (what
was not authorized ends it), https://docs.stripe.com/error-codes (payment_intent_mandate_invalid). Not confirmed: that
an account attached without a set-up carries its owner's permission, and that a request without one is a 400.
"""

from __future__ import annotations

from tideover.simulator.account.debits import CLEARINGS
from tideover.simulator.account.issuer import Verdict
from tideover.simulator.account.store import Json
from tideover.simulator.account.world import Simulator
from tideover.simulator.wire.changes import found, now_of, refuse_unless
from tideover.simulator.wire.errors import OTHERS
from tideover.simulator.wire.operations import Call, operation

INVALID = Verdict("declined", "payment_intent_mandate_invalid", reached_network=False)


def new_mandate(sim: Simulator, method: Json, status: str = "active") -> Json:
    """The customer's permission for a bank account."""
    online = {"ip_address": "127.0.0.1", "user_agent": "simulated browser"}
    kind = method["type"]
    mandate: Json = {
        "id": sim.ids.new("mandate"),
        "object": "mandate",
        "customer_acceptance": {"accepted_at": now_of(sim, method), "online": online, "type": "online"},
        "livemode": False,
        "multi_use": {},
        "on_behalf_of": None,
        "payment_method": method["id"],
        "payment_method_details": {"type": kind, kind: _details(sim, kind, status)},
        "status": status,
        "type": "multi_use",
    }
    return sim.store.mandates.add(mandate)


def _details(sim: Simulator, kind: str, status: str) -> Json:
    if kind == "us_bank_account":
        return {}
    reference = sim.ids.letters(16).upper()
    details: Json = {"reference": reference, "url": f"{sim.base_url}/_sim/mandates/{reference}"}
    if kind == "bacs_debit":
        standing = "accepted" if status == "active" else "refused"
        details |= {"network_status": standing, "revocation_reason": None, "display_name": None}
        details["service_user_number"] = None
    return details


def mandate_of(sim: Simulator, method: Json) -> Json:
    """The newest permission for a bank account; whose account was attached without one gave it thereby."""
    given = sim.store.mandates.of("payment_method", method["id"])
    return given[-1] if given else new_mandate(sim, method)


def debitable(sim: Simulator, method: Json) -> bool:
    """Whether nothing but the bank's answer stands between the method and its money: a card needs no mandate."""
    return method["type"] not in CLEARINGS or mandate_of(sim, method)["status"] == "active"


def must_be_debitable(sim: Simulator, method: Json) -> None:
    """Raise Stripe's refusal of a request that would debit an account without permission."""
    code = str(INVALID.code)
    refuse_unless(debitable(sim, method), OTHERS[code], code)


def set_mandate(sim: Simulator, method: Json, status: str) -> Json:
    """The permission ends, or holds again."""
    mandate = mandate_of(sim, method)
    if mandate["status"] != status:
        before = {"status": mandate["status"]}
        mandate["status"] = status
        sim.events.record("mandate.updated", mandate, before, at=now_of(sim, method))
    return mandate


@operation("GET", "/v1/mandates/{mandate}")
def retrieve(sim: Simulator, call: Call) -> Json:
    return found(sim.store.mandates, call.id)
