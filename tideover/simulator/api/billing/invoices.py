"""Invoices over HTTP: create, finalize, pay, void, mark uncollectible, attach a payment, send, list.

Sources: https://docs.stripe.com/invoicing/integration/workflow-transitions (which state leads where),
https://docs.stripe.com/api/invoices/pay, https://docs.stripe.com/api/invoices/delete,
https://docs.stripe.com/invoicing/partial-payments. Which fields of an open invoice may change is not confirmed.
"""

from __future__ import annotations

from tideover.simulator.account.issuer import Verdict
from tideover.simulator.account.store import Json
from tideover.simulator.account.world import Simulator
from tideover.simulator.api.billing import collecting, standing
from tideover.simulator.api.billing.discounts import DISCOUNTS, Sale, checked, redeem, running
from tideover.simulator.api.billing.invoice_payments import new_payment
from tideover.simulator.api.billing.invoicing import (
    Bill,
    close,
    draft,
    mark_paid,
    must_be_finalizable,
    open_now,
    subscription_of,
)
from tideover.simulator.api.billing.renewing import (
    finalize_and_collect,
    plan_finalization,
    resume_automatic,
    take_items,
)
from tideover.simulator.api.payments.mandates import must_be_debitable
from tideover.simulator.api.payments.paying import Manner
from tideover.simulator.api.payments.payment_methods import owned
from tideover.simulator.wire.changes import change, clock_of, found, merged, now_of, plain, refuse_unless, tell
from tideover.simulator.wire.errors import card_error, invalid, required
from tideover.simulator.wire.forms import WHEN, between, flag, instant, listed, mapping, one_of, shape, text, up_to
from tideover.simulator.wire.listing import page, within
from tideover.simulator.wire.operations import PAGED, Call, operation
from tideover.simulator.wire.texts import currency

DAY = 86400
MOST_DAYS = 730
METHOD = one_of("charge_automatically", "send_invoice")
EDITABLE = {
    "auto_advance": flag,
    "default_payment_method": text,
    "description": up_to(1500),
    "footer": text,
    "metadata": mapping,
    "days_until_due": between(0, MOST_DAYS),
    "due_date": instant,
    "collection_method": METHOD,
    "payment_settings": shape({"payment_method_types": listed(text), "default_mandate": text}),
    "statement_descriptor": up_to(22),
}


@operation(
    "POST",
    "/v1/invoices",
    {
        **EDITABLE,
        "customer": text,
        "subscription": text,
        "currency": currency,
        "discounts": DISCOUNTS,
        "pending_invoice_items_behavior": one_of("include", "exclude"),
    },
    needs=("customer",),
)
def create(sim: Simulator, call: Call) -> Json:
    params = call.params
    customer = found(sim.store.customers, params["customer"], "customer")
    subscription = None
    if "subscription" in params:
        subscription = found(sim.store.subscriptions, params["subscription"], "subscription")
    # By API, unlike for renewals, an invoice advances by itself only when asked to.
    fields: Json = {"auto_advance": False} | _fields(sim, customer, params)
    money = str(params.get("currency") or customer["currency"] or "usd")
    sale = Sale(customer, money, 0)
    redeemed = checked(sim, params.get("discounts", []), sale)
    if subscription and "discounts" not in params:
        fields["discounts"] = running(sim, subscription)
    invoice = draft(sim, Bill(customer, money, "manual", [], subscription, fields))
    invoice["metadata"] = merged({}, params.get("metadata"))
    invoice["discounts"] = redeem(sim, redeemed, sale, invoice=invoice["id"]) or invoice["discounts"]
    if params.get("pending_invoice_items_behavior") == "include":
        take_items(sim, invoice, customer)
    if invoice["auto_advance"]:
        plan_finalization(sim, invoice)
    return invoice


def _fields(sim: Simulator, customer: Json, params: Json) -> Json:
    fields = plain(params, "auto_advance", "description", "footer", "collection_method", "statement_descriptor")
    fields |= plain(params, "due_date")
    if "days_until_due" in params:
        fields["due_date"] = now_of(sim, customer) + DAY * params["days_until_due"]
    if "default_payment_method" in params:
        key = params["default_payment_method"]
        fields["default_payment_method"] = owned(sim, key, customer["id"])["id"] if key else None
    return fields


@operation("GET", "/v1/invoices/{invoice}")
def retrieve(sim: Simulator, call: Call) -> Json:
    return found(sim.store.invoices, call.id)


@operation("POST", "/v1/invoices/{invoice}", EDITABLE)
def update(sim: Simulator, call: Call) -> Json:
    invoice, params = found(sim.store.invoices, call.id), call.params
    closed = invoice["status"] in {"paid", "void", "uncollectible"}
    asked = set(params) - {"metadata", "expand"} - ({"auto_advance"} if params.get("auto_advance") is False else set())
    refuse_unless(not closed or not asked, "This invoice is no longer editable.", "invoice_not_editable")
    fields = _fields(sim, {"id": invoice["customer"], "object": "none", "customer": invoice["customer"]}, params)
    advance = fields.pop("auto_advance", None)
    if "metadata" in params:
        fields["metadata"] = merged(invoice["metadata"], params["metadata"])
    change(sim, "invoice.updated", invoice, fields)
    if advance is not None and advance != invoice["auto_advance"]:
        resume_automatic(sim, invoice, on=advance)
    return invoice


@operation("DELETE", "/v1/invoices/{invoice}")
def delete(sim: Simulator, call: Call) -> Json:
    invoice = found(sim.store.invoices, call.id)
    refuse_unless(invoice["status"] == "draft", "You can only delete draft invoices.", "invoice_not_editable")
    refuse_unless(subscription_of(invoice) is None, "You can only delete one-off invoices.", "invoice_not_editable")
    sim.timeline_of(clock_of(sim, invoice)).cancel(f"finalize {call.id}")
    tell(sim, "invoice.deleted", invoice)
    sim.store.invoices.remove(call.id)
    return {"id": call.id, "object": "invoice", "deleted": True}


@operation("POST", "/v1/invoices/{invoice}/finalize", {"auto_advance": flag})
def finalize_operation(sim: Simulator, call: Call) -> Json:
    invoice = found(sim.store.invoices, call.id)
    refuse_unless(
        invoice["status"] == "draft", "This invoice is already finalized, you can't re-finalize a non-draft invoice."
    )
    must_be_finalizable(sim, invoice)
    invoice["auto_advance"] = call.params.get("auto_advance", invoice["auto_advance"])
    if invoice["auto_advance"]:
        finalize_and_collect(sim, invoice, collecting.BY_STRIPE)
    else:
        open_now(sim, invoice)
    return invoice


PAY = {
    "payment_method": text,
    "off_session": flag,
    "paid_out_of_band": flag,
    "forgive": flag,
    "mandate": text,
    "source": text,
}


@operation("POST", "/v1/invoices/{invoice}/pay", PAY)
def pay(sim: Simulator, call: Call) -> Json:
    invoice, params = found(sim.store.invoices, call.id), call.params
    if invoice["status"] == "draft":
        open_now(sim, invoice)
        if invoice["status"] == "paid":
            return invoice
    payable(invoice)
    if params.get("paid_out_of_band"):
        return settled_elsewhere(sim, invoice)
    collecting.intent_to_try(sim, invoice)
    method = collecting.method_for(sim, invoice)
    if params.get("payment_method"):
        method = owned(sim, params["payment_method"], invoice["customer"])
    if method is None:
        raise collecting.no_method()
    must_be_debitable(sim, method)
    verdict = collecting.attempt(sim, invoice, method, Manner("api", params.get("off_session", True)))
    if verdict.outcome in {"declined", "needs_authentication"}:
        raise refusal(sim, invoice, verdict)
    return invoice


def payable(invoice: Json) -> None:
    """Raise Stripe's refusal when an invoice cannot be paid (again)."""
    if invoice["status"] == "paid":
        raise invalid("Invoice is already paid")
    refuse_unless(invoice["status"] != "void", "Invoice is void and can no longer be paid.")
    refuse_unless(invoice["status"] != "draft", "Invoice is a draft: finalize it first.")
    refuse_unless(invoice["amount_remaining"] > 0, "Nothing remains to be paid on this invoice.")


def settled_elsewhere(sim: Simulator, invoice: Json) -> Json:
    """The merchant says the money came another way."""
    paid = invoice["amount_remaining"]
    mark_paid(sim, invoice, invoice["amount_paid"] + paid, amount_paid_off_stripe=paid)
    standing.after_payment(sim, invoice)
    return invoice


def refusal(sim: Simulator, invoice: Json, verdict: Verdict) -> Exception:
    """402 with everything Stripe says about a payment that did not go through."""
    payments = sim.store.invoice_payments.of("invoice", invoice["id"])
    intent = next(sim.store.payment_intents[row["payment"]["payment_intent"]] for row in payments if row["is_default"])
    error = intent["last_payment_error"] or {}
    extra: Json = {"payment_intent": intent}
    if "charge" in error:
        extra["charge"] = error["charge"]
    if "payment_method" in error:
        extra["payment_method"] = error["payment_method"]
    if verdict.outcome == "needs_authentication" and not error:
        wanted = invalid(
            "This payment requires additional user action before it can be completed successfully.",
            code="invoice_payment_intent_requires_action",
            status=402,
        )
        wanted.error["payment_intent"] = intent
        return wanted
    shown = verdict if verdict.outcome == "declined" else AUTHENTICATE
    return card_error(shown, extra)


AUTHENTICATE = Verdict("declined", "authentication_required", "authentication_required")


@operation("POST", "/v1/invoices/{invoice}/void")
def void(sim: Simulator, call: Call) -> Json:
    invoice = found(sim.store.invoices, call.id)
    refuse_unless(
        invoice["status"] in {"open", "uncollectible"},
        "You can only pass in open or uncollectible invoices. This invoice isn't one of them.",
    )
    close(sim, invoice, "void")
    standing.after_payment(sim, invoice)
    return invoice


@operation("POST", "/v1/invoices/{invoice}/mark_uncollectible")
def mark_uncollectible(sim: Simulator, call: Call) -> Json:
    invoice = found(sim.store.invoices, call.id)
    refuse_unless(invoice["status"] == "open", "You can only mark open invoices as uncollectible.")
    sim.timeline_of(clock_of(sim, invoice)).cancel(f"retry {call.id}")
    close(sim, invoice, "uncollectible")
    return invoice


@operation("POST", "/v1/invoices/{invoice}/send")
def send(sim: Simulator, call: Call) -> Json:
    invoice = found(sim.store.invoices, call.id)
    refuse_unless(
        invoice["collection_method"] == "send_invoice",
        "You can only manually send an invoice if its collection method is 'send_invoice'.",
    )
    if invoice["status"] == "draft":
        open_now(sim, invoice)
    tell(sim, "invoice.sent", invoice)
    return invoice


@operation("POST", "/v1/invoices/{invoice}/attach_payment", {"payment_intent": text, "payment_record": text})
def attach_payment(sim: Simulator, call: Call) -> Json:
    invoice = found(sim.store.invoices, call.id)
    refuse_unless(invoice["status"] == "open", "You can only attach payments to open invoices.")
    if "payment_intent" not in call.params:
        raise required("payment_intent")
    intent = found(sim.store.payment_intents, call.params["payment_intent"], "payment_intent")
    refuse_unless(
        intent["id"] not in sim.store.payments_of_intent, "This PaymentIntent is already attached to an invoice."
    )
    refuse_unless(intent["currency"] == invoice["currency"], "The currency of the payment must be the invoice's.")
    refuse_unless(intent["customer"] in {None, invoice["customer"]}, "The PaymentIntent belongs to another customer.")
    payment = new_payment(sim, invoice, intent, is_default=False)
    if intent["status"] == "succeeded":
        collecting.settle(sim, invoice, payment, intent["amount_received"])
    return invoice


LIST = {
    **PAGED,
    "customer": text,
    "subscription": text,
    "status": one_of("draft", "open", "paid", "uncollectible", "void"),
    "collection_method": METHOD,
    "due_date": WHEN,
}


@operation("GET", "/v1/invoices", LIST)
def list_all(sim: Simulator, call: Call) -> Json:
    key, due = call.params.get("subscription"), call.params.get("due_date")

    def wanted(row: Json) -> bool:
        return (key is None or subscription_of(row) == key) and within(due, row["due_date"])

    return page(sim.store.invoices, call.params, "/v1/invoices", ("customer", "status", "collection_method"), wanted)
