"""Charges: one per question a bank answered.

Sources: https://docs.stripe.com/api/charges/object. The words for the seller are not confirmed.
"""

from __future__ import annotations

from tideover.simulator.account import declines
from tideover.simulator.account.debits import CLEARINGS
from tideover.simulator.account.issuer import Verdict
from tideover.simulator.account.store import Json
from tideover.simulator.account.world import Simulator
from tideover.simulator.api.payments.mandates import mandate_of
from tideover.simulator.wire.changes import change, found, merged, now_of, plain
from tideover.simulator.wire.forms import mapping, one_of, shape, text
from tideover.simulator.wire.listing import page
from tideover.simulator.wire.operations import PAGED, Call, operation
from tideover.simulator.wire.texts import email

STATUS = {"approved": "succeeded", "declined": "failed", "processing": "pending"}


def new_charge(sim: Simulator, intent: Json, method: Json, verdict: Verdict, authenticated: bool) -> Json:  # noqa: FBT001
    """The charge a bank's answer leaves behind."""
    amount, succeeded = intent["amount"], verdict.outcome == "approved"
    captured = verdict.outcome != "declined" and intent["capture_method"] != "manual"
    failed = verdict.outcome == "declined"
    made: Json = {
        "id": sim.ids.new("ch" if method["type"] == "card" else "py"),
        "object": "charge",
        "amount": amount,
        "amount_captured": amount if captured else 0,
        "amount_refunded": 0,
        "application": None,
        "application_fee": None,
        "application_fee_amount": None,
        "balance_transaction": sim.ids.new("txn") if succeeded and captured else None,
        "billing_details": method["billing_details"],
        "calculated_statement_descriptor": "TIDEOVER SIM",
        "captured": captured,
        "created": sim.now(),
        "currency": intent["currency"],
        "customer": intent["customer"],
        "description": intent["description"],
        "disputed": False,
        "failure_balance_transaction": None,
        "failure_code": verdict.code if failed else None,
        "failure_message": declines.message(verdict.decline_code) if failed else None,
        "fraud_details": {},
        "livemode": False,
        "metadata": intent["metadata"],
        "on_behalf_of": None,
        "outcome": outcome(verdict),
        "paid": succeeded,
        "payment_intent": intent["id"],
        "payment_method": method["id"],
        "payment_method_details": details(
            method,
            authenticated=authenticated,
            mandate=mandate_of(sim, method)["id"] if method["type"] in CLEARINGS else None,
        ),
        "radar_options": {},
        "receipt_email": intent["receipt_email"],
        "receipt_number": None,
        "receipt_url": f"{sim.base_url}/_sim/receipts/{intent['id']}" if succeeded else None,
        "refunded": False,
        "review": None,
        "shipping": None,
        "source": None,
        "source_transfer": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "status": STATUS[verdict.outcome],
        "transfer_data": None,
        "transfer_group": None,
    }
    return sim.store.charges.add(made)


def outcome(verdict: Verdict) -> Json:
    """How the network and Stripe's own rules judged."""
    if verdict.outcome != "declined":
        return APPROVED | ({"network_status": None} if verdict.outcome == "processing" else {})
    blocked = not verdict.reached_network
    words = "Stripe blocked this payment as too risky." if blocked else SELLER.get(verdict.decline_code or "", BANK)
    return {
        "advice_code": verdict.advice_code,
        "network_advice_code": verdict.network_advice_code,
        "network_decline_code": verdict.network_decline_code,
        "network_status": "not_sent_to_network" if blocked else "declined_by_network",
        "reason": verdict.decline_code,
        "risk_level": "highest" if blocked else "normal",
        "risk_score": 95 if blocked else 20,
        "rule": None,
        "seller_message": words,
        "type": "blocked" if blocked else "issuer_declined",
    }


APPROVED: Json = {
    "advice_code": None,
    "network_advice_code": None,
    "network_decline_code": None,
    "network_status": "approved_by_network",
    "reason": None,
    "risk_level": "normal",
    "risk_score": 20,
    "rule": None,
    "seller_message": "Payment complete.",
    "type": "authorized",
}
BANK = "The bank did not return any further details with this decline."
SELLER = {
    "insufficient_funds": "The bank returned the decline code `insufficient_funds`.",
    "expired_card": "The bank returned the decline code `expired_card`.",
    "lost_card": "The bank returned the decline code `lost_card`.",
    "stolen_card": "The bank returned the decline code `stolen_card`.",
}


def details(method: Json, *, authenticated: bool, mandate: str | None) -> Json:
    """What was charged, as a charge shows it; a debit with the permission it was made under."""
    kind = method["type"]
    if kind != "card":
        shown = {key: value for key, value in method[kind].items() if key in SHOWN_OF_BANK}
        return {"type": kind, kind: shown | ({"mandate": mandate} if mandate else {})}
    card = method["card"]
    return {
        "type": "card",
        "card": {
            "authorization_code": None,
            "brand": card["brand"],
            "checks": card["checks"],
            "country": card["country"],
            "exp_month": card["exp_month"],
            "exp_year": card["exp_year"],
            "extended_authorization": {"status": "disabled"},
            "fingerprint": card["fingerprint"],
            "funding": card["funding"],
            "incremental_authorization": {"status": "unavailable"},
            "installments": None,
            "last4": card["last4"],
            "mandate": None,
            "multicapture": {"status": "unavailable"},
            "network": card["brand"],
            "network_token": {"used": False},
            "overcapture": {"maximum_amount_capturable": 0, "status": "unavailable"},
            "regulated_status": card["regulated_status"],
            "three_d_secure": SECURE if authenticated else None,
            "wallet": card["wallet"],
        },
    }


SHOWN_OF_BANK = frozenset(
    {
        "account_holder_type",
        "account_type",
        "bank_code",
        "bank_name",
        "branch_code",
        "country",
        "fingerprint",
        "last4",
        "routing_number",
        "sort_code",
    }
)
SECURE: Json = {
    "authentication_flow": "challenge",
    "electronic_commerce_indicator": "05",
    "exemption_indicator": None,
    "result": "authenticated",
    "result_reason": None,
    "transaction_id": None,
    "version": "2.2.0",
}


def tell_of(sim: Simulator, kind: str, thing: Json, before: Json | None = None) -> None:
    """Record an event of a thing that hangs on a charge, at the charge's own time."""
    charge = sim.store.charges[thing["charge"]]
    sim.events.record(kind, thing, before, at=now_of(sim, charge))


@operation("GET", "/v1/charges/{charge}")
def retrieve(sim: Simulator, call: Call) -> Json:
    return found(sim.store.charges, call.id)


@operation(
    "POST",
    "/v1/charges/{charge}",
    {
        "description": text,
        "metadata": mapping,
        "receipt_email": email,
        "fraud_details": shape({"user_report": one_of("fraudulent", "safe")}),
    },
)
def update(sim: Simulator, call: Call) -> Json:
    made = found(sim.store.charges, call.id)
    fields = plain(call.params, "description", "receipt_email", "fraud_details")
    fields["metadata"] = merged(made["metadata"], call.params.get("metadata"))
    change(sim, "charge.updated", made, fields)
    return made


@operation("GET", "/v1/charges", {**PAGED, "customer": text, "payment_intent": text})
def list_all(sim: Simulator, call: Call) -> Json:
    return page(sim.store.charges, call.params, "/v1/charges", ("payment_intent", "customer"))
