"""Invoice payments: which intents go toward an invoice, and the invoice an intent pays.

Sources: https://docs.stripe.com/api/invoice-payment/object, https://docs.stripe.com/invoicing/partial-payments.
"""

from __future__ import annotations

from tideover.simulator.account.store import Json
from tideover.simulator.account.world import Simulator
from tideover.simulator.wire.changes import found, now_of
from tideover.simulator.wire.forms import shape, text
from tideover.simulator.wire.listing import envelope, page
from tideover.simulator.wire.operations import PAGED, Call, operation


def new_payment(sim: Simulator, invoice: Json, intent: Json, *, is_default: bool) -> Json:
    """Let a payment intent pay toward an invoice."""
    payment: Json = {
        "id": sim.ids.new("inpay"),
        "object": "invoice_payment",
        "amount_paid": None,
        "amount_requested": intent["amount"],
        "created": now_of(sim, invoice),
        "currency": invoice["currency"],
        "invoice": invoice["id"],
        "is_default": is_default,
        "livemode": False,
        "payment": {"payment_intent": intent["id"], "type": "payment_intent"},
        "status": "open",
        "status_transitions": {"canceled_at": None, "paid_at": None},
    }
    sim.store.payments_of_intent[intent["id"]] = payment["id"]
    return sim.store.invoice_payments.add(payment)


@operation(
    "GET",
    "/v1/invoice_payments",
    {**PAGED, "invoice": text, "status": text, "payment": shape({"type": text, "payment_intent": text})},
)
def list_all(sim: Simulator, call: Call) -> Json:
    intent = (call.params.get("payment") or {}).get("payment_intent")
    if intent:
        row = sim.store.invoice_payments.get(sim.store.payments_of_intent.get(intent))
        fits = row and call.params.get("invoice") in {None, row["invoice"]}
        return envelope([row] if row and fits else [], "/v1/invoice_payments")
    return page(sim.store.invoice_payments, call.params, "/v1/invoice_payments", ("invoice", "status"))


@operation("GET", "/v1/invoice_payments/{invoice_payment}")
def retrieve(sim: Simulator, call: Call) -> Json:
    return found(sim.store.invoice_payments, call.id)
