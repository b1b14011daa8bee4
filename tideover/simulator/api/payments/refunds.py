"""Refunds: money that goes back to the card at the merchant's wish.

Sources: https://docs.stripe.com/api/refunds/create, https://docs.stripe.com/error-codes (charge_already_refunded,
charge_disputed).
"""

from __future__ import annotations

from tideover.simulator.account.store import Json
from tideover.simulator.account.world import Simulator
from tideover.simulator.api.payments.charges import tell_of
from tideover.simulator.wire.changes import change, found, merged, refuse_unless, tell
from tideover.simulator.wire.forms import between, mapping, one_of, text
from tideover.simulator.wire.listing import page
from tideover.simulator.wire.operations import PAGED, Call, operation

REFUND = {
    "charge": text,
    "payment_intent": text,
    "amount": between(1),
    "reason": one_of("duplicate", "fraudulent", "requested_by_customer"),
    "metadata": mapping,
}


@operation("POST", "/v1/refunds", REFUND)
def create(sim: Simulator, call: Call) -> Json:
    charge = _charge_of(sim, call.params)
    refuse_unless(
        charge["status"] == "succeeded" and charge["captured"],
        f"Charge {charge['id']} brought no money that could be refunded.",
        "charge_not_refundable",
    )
    refuse_unless(not charge["disputed"], f"Charge {charge['id']} has been charged back.", "charge_disputed")
    left = charge["amount_captured"] - charge["amount_refunded"]
    amount = call.params.get("amount", left)
    refuse_unless(left > 0, f"Charge {charge['id']} has already been refunded.", "charge_already_refunded")
    refuse_unless(
        amount <= left,
        f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})",
        param="amount",
    )
    return refund(sim, charge, amount, call.params.get("reason"), merged({}, call.params.get("metadata")))


def _charge_of(sim: Simulator, params: Json) -> Json:
    if "payment_intent" in params:
        intent = found(sim.store.payment_intents, params["payment_intent"], "payment_intent")
        refuse_unless(intent["latest_charge"], "This PaymentIntent does not have a successful charge to refund.")
        return sim.store.charges[intent["latest_charge"]]
    refuse_unless("charge" in params, "Give one of charge and payment_intent.", "parameter_missing")
    return found(sim.store.charges, params["charge"], "charge")


def refund(sim: Simulator, charge: Json, amount: int, reason: str | None, metadata: Json) -> Json:
    """Give `amount` minor units back to the card; it succeeds at once."""
    made: Json = {
        "id": sim.ids.new("re"),
        "object": "refund",
        "amount": amount,
        "balance_transaction": sim.ids.new("txn"),
        "charge": charge["id"],
        "created": sim.now(),
        "currency": charge["currency"],
        "destination_details": {"card": {"type": "refund"}, "type": "card"},
        "metadata": metadata,
        "payment_intent": charge["payment_intent"],
        "reason": reason,
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "succeeded",
        "transfer_reversal": None,
    }
    sim.store.refunds.add(made)
    total = charge["amount_refunded"] + amount
    before = {"amount_refunded": charge["amount_refunded"], "refunded": charge["refunded"]}
    charge |= {"amount_refunded": total, "refunded": total == charge["amount_captured"]}
    tell_of(sim, "refund.created", made)
    tell(sim, "charge.refunded", charge, before)
    return made


def fail_refund(sim: Simulator, made: Json) -> None:
    """The card's bank does not take it: the money is the merchant's again."""
    charge = sim.store.charges[made["charge"]]
    made |= {"status": "failed", "failure_reason": "lost_or_stolen_card", "failure_balance_transaction": None}
    charge |= {"amount_refunded": charge["amount_refunded"] - made["amount"], "refunded": False}
    tell_of(sim, "refund.updated", made)
    tell_of(sim, "refund.failed", made)


@operation("GET", "/v1/refunds/{refund}")
def retrieve(sim: Simulator, call: Call) -> Json:
    return found(sim.store.refunds, call.id)


@operation("POST", "/v1/refunds/{refund}", {"metadata": mapping})
def update(sim: Simulator, call: Call) -> Json:
    made = found(sim.store.refunds, call.id)
    change(sim, "refund.updated", made, {"metadata": merged(made["metadata"], call.params.get("metadata"))})
    return made


@operation("GET", "/v1/refunds", {**PAGED, "charge": text, "payment_intent": text})
def list_all(sim: Simulator, call: Call) -> Json:
    return page(sim.store.refunds, call.params, "/v1/refunds", ("charge", "payment_intent"))
