"""Disputes and refunds: money that goes back."""

from __future__ import annotations

from tideover.simulator.account.store import Json
from tideover.simulator.account.world import Simulator
from tideover.simulator.wire.changes import change, found, merged, now_of, refuse_unless, tell
from tideover.simulator.wire.forms import anything, flag, integer, mapping, one_of, text
from tideover.simulator.wire.listing import page
from tideover.simulator.wire.operations import PAGED, Call, operation

DAY = 86400
EVIDENCE = (
    "access_activity_log",
    "billing_address",
    "cancellation_policy",
    "cancellation_policy_disclosure",
    "cancellation_rebuttal",
    "customer_communication",
    "customer_email_address",
    "customer_name",
    "customer_purchase_ip",
    "customer_signature",
    "duplicate_charge_documentation",
    "duplicate_charge_explanation",
    "duplicate_charge_id",
    "product_description",
    "receipt",
    "refund_policy",
    "refund_policy_disclosure",
    "refund_refusal_explanation",
    "service_date",
    "service_documentation",
    "shipping_address",
    "shipping_carrier",
    "shipping_date",
    "shipping_documentation",
    "shipping_tracking_number",
    "uncategorized_file",
    "uncategorized_text",
)


def open_dispute(sim: Simulator, charge: Json, reason: str = "fraudulent") -> Json:
    """The cardholder disputes a charge: the money is withdrawn at once."""
    now = now_of(sim, charge)
    dispute: Json = {
        "id": sim.ids.new("du"),
        "object": "dispute",
        "amount": charge["amount"],
        "balance_transactions": [],
        "charge": charge["id"],
        "created": now,
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": dict.fromkeys(EVIDENCE) | {"enhanced_evidence": {}},
        "evidence_details": {
            "due_by": now + 9 * DAY,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
            "submission_method": "not_submitted",
        },
        "is_charge_refundable": False,
        "livemode": False,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "reason": reason,
        "status": "needs_response",
    }
    sim.store.disputes.add(dispute)
    charge["disputed"] = True
    tell_of(sim, "charge.dispute.created", dispute)
    tell_of(sim, "charge.dispute.funds_withdrawn", dispute)
    return dispute


def tell_of(sim: Simulator, kind: str, thing: Json, before: Json | None = None) -> None:
    """Record an event of a thing that hangs on a charge, at the charge's own time."""
    charge = sim.store.charges[thing["charge"]]
    sim.events.record(kind, thing, before, at=now_of(sim, charge))


def close_dispute(sim: Simulator, dispute: Json, status: str) -> None:
    """The bank decides: "won" brings the money back, "lost" does not."""
    dispute["status"] = status
    if status == "won":
        tell_of(sim, "charge.dispute.funds_reinstated", dispute)
    tell_of(sim, "charge.dispute.closed", dispute)


@operation("GET", "/v1/disputes/{dispute}")
def retrieve(sim: Simulator, call: Call) -> Json:
    return found(sim.store.disputes, call.id)


@operation("GET", "/v1/disputes", {**PAGED, "charge": text, "payment_intent": text})
def list_all(sim: Simulator, call: Call) -> Json:
    return page(sim.store.disputes, call.params, "/v1/disputes", ("charge", "payment_intent"))


@operation("POST", "/v1/disputes/{dispute}", {"evidence": anything, "metadata": mapping, "submit": flag})
def update(sim: Simulator, call: Call) -> Json:
    dispute = found(sim.store.disputes, call.id)
    evidence = call.params.get("evidence") or {}
    dispute["metadata"] = merged(dispute["metadata"], call.params.get("metadata"))
    dispute["evidence"] = {**dispute["evidence"], **evidence}
    submitted = bool(call.params.get("submit", True) and evidence)
    count = dispute["evidence_details"]["submission_count"] + submitted
    dispute["evidence_details"] = {
        **dispute["evidence_details"],
        "has_evidence": bool(evidence),
        "submission_count": count,
        "submission_method": "manual" if count else "not_submitted",
    }
    if submitted:
        dispute["status"] = "under_review"
    tell_of(sim, "charge.dispute.updated", dispute)
    if evidence.get("uncategorized_text") in {"winning_evidence", "losing_evidence"} and submitted:
        close_dispute(sim, dispute, "won" if evidence["uncategorized_text"] == "winning_evidence" else "lost")
    return dispute


@operation("POST", "/v1/disputes/{dispute}/close")
def close(sim: Simulator, call: Call) -> Json:
    dispute = found(sim.store.disputes, call.id)
    refuse_unless(dispute["status"] in {"needs_response", "under_review"}, "This dispute is already closed.")
    close_dispute(sim, dispute, "lost")
    return dispute


REFUND = {
    "charge": text,
    "payment_intent": text,
    "amount": integer,
    "reason": one_of("duplicate", "fraudulent", "requested_by_customer"),
    "metadata": mapping,
}


@operation("POST", "/v1/refunds", REFUND)
def create_refund(sim: Simulator, call: Call) -> Json:
    charge = _charge_of(sim, call.params)
    left = charge["amount_captured"] - charge["amount_refunded"]
    amount = call.params.get("amount", left)
    refuse_unless(left > 0, f"Charge {charge['id']} has already been refunded.", "charge_already_refunded")
    refuse_unless(0 < amount <= left, f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})")
    return refund(sim, charge, amount, call.params.get("reason"), merged({}, call.params.get("metadata")))


def _charge_of(sim: Simulator, params: Json) -> Json:
    if "payment_intent" in params:
        intent = found(sim.store.payment_intents, params["payment_intent"], "payment_intent")
        refuse_unless(intent["latest_charge"], "This PaymentIntent does not have a successful charge to refund.")
        return sim.store.charges[intent["latest_charge"]]
    return found(sim.store.charges, params.get("charge"), "charge")


def refund(sim: Simulator, charge: Json, amount: int, reason: str | None, metadata: Json) -> Json:
    """Give `amount` minor units back to the card; it succeeds at once."""
    made: Json = {
        "id": sim.ids.new("re"),
        "object": "refund",
        "amount": amount,
        "balance_transaction": sim.ids.new("txn"),
        "charge": charge["id"],
        "created": now_of(sim, charge),
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


@operation("GET", "/v1/refunds/{refund}")
def retrieve_refund(sim: Simulator, call: Call) -> Json:
    return found(sim.store.refunds, call.id)


@operation("POST", "/v1/refunds/{refund}", {"metadata": mapping})
def update_refund(sim: Simulator, call: Call) -> Json:
    made = found(sim.store.refunds, call.id)
    change(sim, "refund.updated", made, {"metadata": merged(made["metadata"], call.params.get("metadata"))})
    return made


@operation("GET", "/v1/refunds", {**PAGED, "charge": text, "payment_intent": text})
def list_refunds(sim: Simulator, call: Call) -> Json:
    return page(sim.store.refunds, call.params, "/v1/refunds", ("charge", "payment_intent"))
