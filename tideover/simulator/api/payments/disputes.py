"""Disputes: money that goes back at the cardholder's wish.

Sources: https://docs.stripe.com/api/disputes/object, https://docs.stripe.com/testing#disputes (evidence that wins or
loses). That nine days are left to answer is not confirmed.
"""

from __future__ import annotations

from tideover.simulator.account.debits import CLEARINGS
from tideover.simulator.account.store import Json
from tideover.simulator.account.world import Simulator
from tideover.simulator.api.payments.charges import tell_of
from tideover.simulator.wire.changes import found, merged, refuse_unless
from tideover.simulator.wire.forms import flag, mapping, shape, text
from tideover.simulator.wire.listing import page
from tideover.simulator.wire.operations import PAGED, Call, operation

DAY = 86400
OPEN = frozenset({"needs_response", "under_review"})
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
    """The money of a charge is withdrawn at once: the cardholder disputes it, or the bank takes a debit back.

    Of a debit the bank's word is the last: https://docs.stripe.com/payments/sepa-debit#disputed-payments.
    """
    now = sim.now()
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
    if charge["payment_method_details"]["type"] in CLEARINGS:
        close_dispute(sim, dispute, "lost")
    return dispute


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


@operation(
    "POST",
    "/v1/disputes/{dispute}",
    {"evidence": shape(dict.fromkeys(EVIDENCE, text)), "metadata": mapping, "submit": flag},
)
def update(sim: Simulator, call: Call) -> Json:
    dispute = found(sim.store.disputes, call.id)
    refuse_unless(dispute["status"] in OPEN, "This dispute is already closed.")
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
    refuse_unless(dispute["status"] in OPEN, "This dispute is already closed.")
    close_dispute(sim, dispute, "lost")
    return dispute
