"""Invoices: draft, open, paid, void, uncollectible, with their lines and the payments that go toward them.

Sources: https://docs.stripe.com/api/invoices/object, https://docs.stripe.com/billing/customer/balance,
https://docs.stripe.com/invoicing/integration/workflow-transitions.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import Any

from tideover.simulator.account.currencies import least
from tideover.simulator.account.methods import offered
from tideover.simulator.account.store import Json
from tideover.simulator.account.world import Simulator
from tideover.simulator.api.billing.invoice_lines import Line, add_line
from tideover.simulator.api.billing.invoice_payments import new_payment
from tideover.simulator.api.payments.paying import cancel_intent, new_intent, resize
from tideover.simulator.wire.changes import change, clock_of, found, now_of, refuse_unless, tell
from tideover.simulator.wire.listing import envelope


@dataclass(frozen=True, slots=True)
class Bill:
    """What a new invoice is about."""

    customer: Json
    currency: str
    reason: str
    lines: list[Line] = field(default_factory=list)
    subscription: Json | None = None
    fields: Json = field(default_factory=dict)


def draft(sim: Simulator, bill: Bill) -> Json:
    """A new draft invoice."""
    invoice = blank(sim, bill)
    for line in bill.lines:
        add_line(sim, invoice, line)
    sim.store.invoices.add(invoice)
    if bill.subscription:
        sim.store.invoices_of_subscription.setdefault(bill.subscription["id"], []).append(invoice["id"])
    tell(sim, "invoice.created", invoice)
    return invoice


def blank(sim: Simulator, bill: Bill) -> Json:
    """An invoice without lines, kept nowhere yet."""
    key, customer = sim.ids.new("in"), bill.customer
    now = now_of(sim, customer)
    settings = (bill.subscription or {}).get("payment_settings") or {}
    invoice: Json = {
        **BLANK,
        "id": key,
        "billing_reason": bill.reason,
        "created": now,
        "currency": bill.currency,
        "customer": customer["id"],
        "customer_address": customer["address"],
        "customer_email": customer["email"],
        "customer_name": customer["name"],
        "customer_phone": customer["phone"],
        "customer_shipping": customer["shipping"],
        "customer_tax_exempt": customer["tax_exempt"],
        "lines": envelope((), f"/v1/invoices/{key}/lines") | {"total_count": 0},
        "parent": _parent(bill.subscription),
        "payment_settings": {
            "default_mandate": None,
            "payment_method_options": settings.get("payment_method_options"),
            "payment_method_types": settings.get("payment_method_types"),
        },
        "period_end": now,
        "period_start": now,
        "test_clock": customer["test_clock"],
        "webhooks_delivered_at": now,
    }
    return invoice | bill.fields


NO_TAX: Json = {"disabled_reason": None, "enabled": False, "liability": None, "provider": None, "status": None}
NEVER: Json = {"finalized_at": None, "marked_uncollectible_at": None, "paid_at": None, "voided_at": None}
AMOUNTS: Json = {
    "amount_due": 0,
    "amount_overpaid": 0,
    "amount_paid": 0,
    "amount_paid_off_stripe": 0,
    "amount_remaining": 0,
    "amount_shipping": 0,
    "post_payment_credit_notes_amount": 0,
    "pre_payment_credit_notes_amount": 0,
    "starting_balance": 0,
    "subtotal": 0,
    "subtotal_excluding_tax": 0,
    "total": 0,
    "total_discount_amounts": [],
    "total_excluding_tax": 0,
    "total_pretax_credit_amounts": [],
    "total_taxes": [],
}


# What every new invoice says alike. Its lists and objects are shared: they are replaced, never changed in place.
BLANK: Json = {
    "object": "invoice",
    "account_country": "US",
    "account_name": "Tideover Simulator",
    "account_tax_ids": None,
    **AMOUNTS,
    "application": None,
    "attempt_count": 0,
    "attempted": False,
    "auto_advance": True,
    "automatic_tax": NO_TAX,
    "automatically_finalizes_at": None,
    "collection_method": "charge_automatically",
    "custom_fields": None,
    "customer_tax_ids": [],
    "default_payment_method": None,
    "default_source": None,
    "default_tax_rates": [],
    "description": None,
    "discounts": [],
    "due_date": None,
    "effective_at": None,
    "ending_balance": None,
    "footer": None,
    "from_invoice": None,
    "hosted_invoice_url": None,
    "invoice_pdf": None,
    "issuer": {"type": "self"},
    "last_finalization_error": None,
    "latest_revision": None,
    "livemode": False,
    "metadata": {},
    "next_payment_attempt": None,
    "number": None,
    "on_behalf_of": None,
    "receipt_number": None,
    "rendering": None,
    "shipping_cost": None,
    "shipping_details": None,
    "statement_descriptor": None,
    "status": "draft",
    "status_transitions": NEVER,
    "threshold_reason": None,
}


def _parent(subscription: Json | None) -> Json | None:
    if subscription is None:
        return None
    details = {"metadata": subscription["metadata"], "subscription": subscription["id"]}
    return {"quote_details": None, "subscription_details": details, "type": "subscription_details"}


def subscription_of(invoice: Json) -> str | None:
    """The subscription an invoice bills, or None."""
    parent = invoice["parent"]
    return parent["subscription_details"]["subscription"] if parent else None


def finalize(sim: Simulator, invoice: Json) -> None:
    """Draft becomes open: it gets its number, its page and the payment intent that pays it."""
    now, customer = now_of(sim, invoice), found(sim.store.customers, invoice["customer"], "customer")
    number = f"{customer['invoice_prefix']}-{customer['next_invoice_sequence']:04d}"
    customer["next_invoice_sequence"] += 1
    secret = sim.ids.letters(32)
    invoice |= {
        "status": "open",
        "number": number,
        "effective_at": now,
        "automatically_finalizes_at": None,
        "hosted_invoice_url": f"{sim.base_url}/i/{invoice['id']}/{secret}",
        "invoice_pdf": f"{sim.base_url}/i/{invoice['id']}/{secret}/pdf",
        "status_transitions": {**invoice["status_transitions"], "finalized_at": now},
    }
    invoice |= balanced(invoice, customer)
    change(sim, "customer.updated", customer, {"balance": invoice["ending_balance"]})
    if invoice["amount_due"] > 0:
        default_intent(sim, invoice)
    if invoice["due_date"]:
        late = partial(_overdue, sim, invoice["id"])
        sim.timeline_of(clock_of(sim, invoice)).plan(f"overdue {invoice['id']}", invoice["due_date"], late)
    tell(sim, "invoice.finalized", invoice)


def balanced(invoice: Json, customer: Json) -> Json:
    """What the customer has to their credit (a negative balance) or owes from before is settled with the invoice.

    What is then left but too little to be charged waits on the balance for the next one.
    """
    before = customer["balance"]
    due = invoice["total"] + before
    charged = due if due >= least(invoice["currency"]) else 0
    after = due - charged
    return {"starting_balance": before, "ending_balance": after, "amount_due": charged, "amount_remaining": charged}


def open_now(sim: Simulator, invoice: Json) -> None:
    """Finalize a draft by hand; one over nothing is paid thereby."""
    must_be_finalizable(sim, invoice)
    finalize(sim, invoice)
    if invoice["amount_due"] == 0:
        mark_paid(sim, invoice, 0)


# Why a draft cannot be finalized, as its `last_finalization_error` and a refusal tell it.
NOT_FINALIZABLE: Json = {
    "code": "customer_tax_location_invalid",
    "message": "The customer's location isn't recognized. Set a valid customer address in order to calculate tax.",
    "type": "invalid_request_error",
}


def must_be_finalizable(sim: Simulator, invoice: Json) -> None:
    """Raise Stripe's refusal to finalize what cannot be worked out."""
    able = invoice["customer"] not in sim.unfinalizable
    refuse_unless(able, NOT_FINALIZABLE["message"], NOT_FINALIZABLE["code"])


def _overdue(sim: Simulator, key: str) -> None:
    """The day an invoice was due has passed."""
    invoice = sim.store.invoices.get(key)
    if invoice and invoice["status"] == "open":
        tell(sim, "invoice.overdue", invoice)


def default_intent(sim: Simulator, invoice: Json) -> Json:
    """The invoice's own payment intent; a new one when there is none that can be paid."""
    for payment in sim.store.invoice_payments.of("invoice", invoice["id"]):
        intent = sim.store.payment_intents.get(payment["payment"].get("payment_intent"))
        if payment["is_default"] and payment["status"] == "open" and intent:
            return intent
    intent = new_intent(
        sim,
        invoice["amount_remaining"],
        invoice["currency"],
        invoice["customer"],
        description="Subscription update" if invoice["parent"] else "Invoice " + str(invoice["number"]),
        payment_method_types=invoice["payment_settings"]["payment_method_types"] or offered(sim, invoice["currency"]),
        setup_future_usage="off_session" if invoice["parent"] else None,
    )
    new_payment(sim, invoice, intent, is_default=True)
    return intent


def part_paid(sim: Simulator, invoice: Json, payment: Json, amount: int) -> bool:
    """Money came in toward the invoice; true when nothing remains to pay."""
    now = now_of(sim, invoice)
    payment |= {
        "status": "paid",
        "amount_paid": amount,
        "status_transitions": {**payment["status_transitions"], "paid_at": now},
    }
    remaining = max(invoice["amount_remaining"] - amount, 0)
    invoice["amount_overpaid"] += max(amount - invoice["amount_remaining"], 0)
    sim.events.record("invoice_payment.paid", payment, at=now)
    if remaining == 0:
        mark_paid(sim, invoice, invoice["amount_paid"] + amount)
        return True
    paid = invoice["amount_paid"] + amount
    change(sim, "invoice.updated", invoice, {"amount_paid": paid, "amount_remaining": remaining})
    _resize_payments(sim, invoice)
    return False


def ask_for(sim: Simulator, invoice: Json, more: int) -> None:
    """A credit note of an open invoice lowers what it asks for; voided, it raises it again."""
    fields = {name: invoice[name] + more for name in ("amount_due", "amount_remaining")}
    fields["pre_payment_credit_notes_amount"] = invoice["pre_payment_credit_notes_amount"] - more
    change(sim, "invoice.updated", invoice, fields)
    if invoice["amount_remaining"] > 0:
        _resize_payments(sim, invoice)


def _resize_payments(sim: Simulator, invoice: Json) -> None:
    """What is paid next is what remains."""
    remaining = invoice["amount_remaining"]
    for payment in sim.store.invoice_payments.of("invoice", invoice["id"]):
        if payment["is_default"] and payment["status"] == "open":
            resize(sim.store.payment_intents[payment["payment"]["payment_intent"]], remaining)
            payment["amount_requested"] = remaining


def mark_paid(sim: Simulator, invoice: Json, amount_paid: int, **also: Any) -> None:  # noqa: ANN401 - more fields
    """The invoice is settled: invoice.updated, invoice.paid and invoice.payment_succeeded."""
    now = now_of(sim, invoice)
    fields = {
        "status": "paid",
        "amount_paid": amount_paid,
        "amount_remaining": 0,
        "attempted": True,
        "auto_advance": False,
        "next_payment_attempt": None,
        "status_transitions": {**invoice["status_transitions"], "paid_at": now},
    }
    change(sim, "invoice.updated", invoice, fields | also)
    tell(sim, "invoice.paid", invoice)
    tell(sim, "invoice.payment_succeeded", invoice)
    cancel_payments(sim, invoice)


def cancel_payments(sim: Simulator, invoice: Json) -> None:
    """Nothing more may be paid toward the invoice."""
    for payment in sim.store.invoice_payments.of("invoice", invoice["id"]):
        intent = sim.store.payment_intents.get(payment["payment"].get("payment_intent"))
        if payment["status"] != "open" or intent is None or intent["status"] == "processing":
            continue
        now = now_of(sim, invoice)
        payment |= {
            "status": "canceled",
            "status_transitions": {**payment["status_transitions"], "canceled_at": now},
        }
        cancel_intent(sim, intent, "failed_invoice" if invoice["status"] != "paid" else "automatic")


def close(sim: Simulator, invoice: Json, status: str) -> None:
    """Void or mark uncollectible."""
    now = now_of(sim, invoice)
    mark = "voided_at" if status == "void" else "marked_uncollectible_at"
    fields: Json = {
        "status": status,
        "auto_advance": False,
        "next_payment_attempt": None,
        "status_transitions": {**invoice["status_transitions"], mark: now},
    }
    if status == "void":
        fields["amount_remaining"] = 0
    before = {name: invoice[name] for name, value in fields.items() if invoice[name] != value}
    invoice |= fields
    tell(sim, "invoice.voided" if status == "void" else "invoice.marked_uncollectible", invoice)
    tell(sim, "invoice.updated", invoice, before)
    if status == "void":
        cancel_payments(sim, invoice)
        _give_back_balance(sim, invoice)


def _give_back_balance(sim: Simulator, invoice: Json) -> None:
    """What a voided invoice took from the customer's balance, or put there, is undone."""
    customer = sim.store.customers.get(invoice["customer"])
    if customer:
        moved = invoice["starting_balance"] - invoice["ending_balance"]
        change(sim, "customer.updated", customer, {"balance": customer["balance"] + moved})
