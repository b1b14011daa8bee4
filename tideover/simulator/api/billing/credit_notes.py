"""Credit notes: what an invoice no longer asks for, or what is given back of one that is paid.

Sources: https://docs.stripe.com/invoicing/dashboard/credit-notes, https://docs.stripe.com/api/credit_notes/create. That
an open invoice asks for less at once, also of its `amount_due`, and that one of which nothing remains is paid, is not
confirmed; nor are the words of the refusals. Served with one amount, not with lines.
"""

from __future__ import annotations

from tideover.simulator.account.store import Json
from tideover.simulator.account.world import Simulator
from tideover.simulator.api.billing import standing
from tideover.simulator.api.billing.collecting import stop_retrying
from tideover.simulator.api.billing.invoicing import ask_for, mark_paid
from tideover.simulator.api.payments.refunds import refund
from tideover.simulator.wire.changes import change, found, merged, now_of, plain, refuse_unless, tell
from tideover.simulator.wire.forms import between, mapping, one_of, text
from tideover.simulator.wire.listing import envelope, page
from tideover.simulator.wire.operations import PAGED, Call, operation

CREDIT_NOTE = {
    "invoice": text,
    "amount": between(1),
    "credit_amount": between(0),
    "out_of_band_amount": between(0),
    "refund_amount": between(0),
    "memo": text,
    "metadata": mapping,
    "reason": one_of("duplicate", "fraudulent", "order_change", "product_unsatisfactory"),
}
WAYS_BACK = ("credit_amount", "refund_amount", "out_of_band_amount")


@operation("POST", "/v1/credit_notes", CREDIT_NOTE, needs=("invoice", "amount"))
def create(sim: Simulator, call: Call) -> Json:
    invoice, amount = found(sim.store.invoices, call.params["invoice"], "invoice"), call.params["amount"]
    refuse_unless(invoice["status"] in {"open", "paid"}, "Credit notes can only be created for open or paid invoices.")
    if invoice["status"] == "open":
        refuse_unless(
            amount <= invoice["amount_remaining"],
            f"The credit note's amount ({amount}) is more than what remains on the invoice.",
            param="amount",
        )
        note = _note(sim, invoice, call.params)
        _ask_for_less(sim, invoice, amount)
    else:
        _allocated(invoice, amount, call.params)
        note = _note(sim, invoice, call.params)
        _give_back(sim, invoice, note, call.params)
    tell(sim, "credit_note.created", note)
    return note


def _allocated(invoice: Json, amount: int, params: Json) -> None:
    """Of a paid invoice each cent of the note goes one way back, and no more than was paid."""
    ways = sum(params.get(way, 0) for way in WAYS_BACK)
    refuse_unless(ways == amount, f"The credit, refund and out-of-band amounts must add up to {amount}.")
    left = invoice["amount_paid"] - invoice["post_payment_credit_notes_amount"]
    refuse_unless(amount <= left, f"The credit note's amount ({amount}) is more than was paid.", param="amount")


def _note(sim: Simulator, invoice: Json, params: Json) -> Json:
    amount, before = params["amount"], invoice["status"] == "open"
    key, count = sim.ids.new("cn"), len(sim.store.credit_notes.of("invoice", invoice["id"]))
    lines = f"/v1/credit_notes/{key}/lines"
    note: Json = {
        "id": key,
        "object": "credit_note",
        "amount": amount,
        "amount_shipping": 0,
        "created": now_of(sim, invoice),
        "currency": invoice["currency"],
        "customer": invoice["customer"],
        "customer_account": None,
        "customer_balance_transaction": None,
        "discount_amount": 0,
        "discount_amounts": [],
        "effective_at": now_of(sim, invoice),
        "invoice": invoice["id"],
        "lines": envelope([_line(sim, amount)], lines) | {"total_count": 1},
        "livemode": False,
        "memo": None,
        "metadata": merged({}, params.get("metadata")),
        "number": f"{invoice['number']}-CN-{count + 1:02d}",
        "out_of_band_amount": params.get("out_of_band_amount"),
        "pdf": f"{sim.base_url}/_sim/credit_notes/{key}/pdf",
        "post_payment_amount": 0 if before else amount,
        "pre_payment_amount": amount if before else 0,
        "pretax_credit_amounts": [],
        "reason": None,
        "refunds": [],
        "shipping_cost": None,
        "status": "issued",
        "subtotal": amount,
        "subtotal_excluding_tax": amount,
        "total": amount,
        "total_excluding_tax": amount,
        "total_taxes": [],
        "type": "pre_payment" if before else "post_payment",
        "voided_at": None,
    }
    return sim.store.credit_notes.add(note | plain(params, "memo", "reason"))


def _line(sim: Simulator, amount: int) -> Json:
    return {
        "id": sim.ids.new("cnli"),
        "object": "credit_note_line_item",
        "amount": amount,
        "description": "Credit",
        "discount_amount": 0,
        "discount_amounts": [],
        "livemode": False,
        "metadata": {},
        "pretax_credit_amounts": [],
        "quantity": 1,
        "tax_rates": [],
        "taxes": [],
        "type": "custom_line_item",
        "unit_amount": amount,
        "unit_amount_decimal": str(amount),
    }


def _ask_for_less(sim: Simulator, invoice: Json, amount: int) -> None:
    ask_for(sim, invoice, -amount)
    if invoice["amount_remaining"] == 0:
        stop_retrying(sim, invoice)
        mark_paid(sim, invoice, invoice["amount_paid"])
        standing.after_payment(sim, invoice)


def _give_back(sim: Simulator, invoice: Json, note: Json, params: Json) -> None:
    credited = invoice["post_payment_credit_notes_amount"] + note["amount"]
    change(sim, "invoice.updated", invoice, {"post_payment_credit_notes_amount": credited})
    if params.get("credit_amount"):
        customer = found(sim.store.customers, invoice["customer"], "customer")
        change(sim, "customer.updated", customer, {"balance": customer["balance"] - params["credit_amount"]})
    if params.get("refund_amount"):
        note["refunds"] = [_refunded(sim, invoice, params["refund_amount"])]


def _refunded(sim: Simulator, invoice: Json, amount: int) -> Json:
    """To the card whose charge can still give so much back."""
    payments = sim.store.invoice_payments.of("invoice", invoice["id"])
    intents = [sim.store.payment_intents.get(payment["payment"].get("payment_intent")) for payment in payments]
    charges = [sim.store.charges.get(intent["latest_charge"]) for intent in intents if intent]
    kept = [charge for charge in charges if charge]
    enough = [charge for charge in kept if charge["amount_captured"] - charge["amount_refunded"] >= amount]
    refuse_unless(enough, "No payment of this invoice can be refunded by so much.", param="refund_amount")
    made = refund(sim, enough[0], amount, None, {})
    return {"amount_refunded": amount, "payment_record_refund": None, "refund": made["id"], "type": "refund"}


@operation("POST", "/v1/credit_notes/{credit_note}/void")
def void(sim: Simulator, call: Call) -> Json:
    note = found(sim.store.credit_notes, call.id)
    invoice = sim.store.invoices[note["invoice"]]
    refuse_unless(note["status"] == "issued", "This credit note is void already.")
    refuse_unless(
        invoice["status"] == "open" and note["type"] == "pre_payment",
        "You can only void credit notes of open invoices.",
    )
    change(sim, "credit_note.voided", note, {"status": "void", "voided_at": now_of(sim, invoice)})
    ask_for(sim, invoice, note["amount"])
    return note


@operation("GET", "/v1/credit_notes/{credit_note}")
def retrieve(sim: Simulator, call: Call) -> Json:
    return found(sim.store.credit_notes, call.id)


@operation("GET", "/v1/credit_notes", {**PAGED, "invoice": text, "customer": text})
def list_all(sim: Simulator, call: Call) -> Json:
    return page(sim.store.credit_notes, call.params, "/v1/credit_notes", ("invoice", "customer"))
