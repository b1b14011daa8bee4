"""Collecting an invoice: which payment method, what each of the bank's answers does to it, and Stripe's own retries.

Sources: https://docs.stripe.com/billing/revenue-recovery/smart-retries (which method, in this order),
https://docs.stripe.com/api/invoices/object (attempt_count), https://docs.stripe.com/billing/subscriptions/overview
(an incomplete subscription waits for the customer). That nothing is charged beside a payment in process is not
confirmed.
"""

from __future__ import annotations

from tideover.simulator.account.declines import HARD
from tideover.simulator.account.issuer import Verdict
from tideover.simulator.account.store import Json
from tideover.simulator.account.world import Simulator
from tideover.simulator.api.billing import pending, standing
from tideover.simulator.api.billing.invoicing import default_intent, part_paid, subscription_of
from tideover.simulator.api.billing.retries import next_attempt
from tideover.simulator.api.payments.mandates import debitable
from tideover.simulator.api.payments.paying import Manner, charge, follower
from tideover.simulator.wire.changes import change, clock_of, now_of, tell
from tideover.simulator.wire.errors import invalid

BY_STRIPE = Manner(by="stripe", off_session=True)


def method_for(sim: Simulator, invoice: Json) -> Json | None:
    """The payment method Stripe would use: the invoice's, the subscription's, the customer's default."""
    subscription = sim.store.subscriptions.get(subscription_of(invoice)) or {}
    customer = sim.store.customers.get(invoice["customer"])
    if customer is None:
        return None
    order = (
        invoice["default_payment_method"],
        subscription.get("default_payment_method"),
        customer["invoice_settings"]["default_payment_method"],
    )
    methods = (sim.store.payment_methods.get(key) for key in order)
    return next((method for method in methods if method and method["customer"] == customer["id"]), None)


def attempt(sim: Simulator, invoice: Json, method: Json, manner: Manner) -> Verdict:
    """Try to collect an open invoice from a payment method. Refused while a bank debit is still under way."""
    return charge(sim, intent_to_try(sim, invoice), method, manner)


def intent_to_try(sim: Simulator, invoice: Json) -> Json:
    """The intent that pays an open invoice; raises while a bank debit is under way that may."""
    intent = default_intent(sim, invoice)
    if intent["status"] == "processing":
        raise invalid(
            "The invoice's payment is still processing: wait for it to succeed or fail before paying again.",
            code="payment_intent_unexpected_state",
        )
    return intent


@follower
def follow(sim: Simulator, intent: Json, verdict: Verdict, manner: Manner) -> None:
    """A payment intent was tried: if it pays an invoice, the invoice follows."""
    payment = sim.store.invoice_payments.get(sim.store.payments_of_intent.get(intent["id"]))
    if payment is None:
        return
    invoice = sim.store.invoices[payment["invoice"]]
    if verdict.outcome == "approved":
        standing.remember_method(sim, invoice, intent["payment_method"])
        settle(sim, invoice, payment, intent["amount_received"], manner)
    elif verdict.outcome == "processing":
        _count(invoice, manner)
    else:
        failed(sim, invoice, verdict, manner)


def settle(sim: Simulator, invoice: Json, payment: Json, amount: int, manner: Manner | None = None) -> None:
    """Money arrived toward an invoice."""
    if manner:
        _count(invoice, manner)
    _timeline_cancel(sim, invoice, "retry")
    if part_paid(sim, invoice, payment, amount):
        standing.after_payment(sim, invoice)


def _count(invoice: Json, manner: Manner) -> None:
    """`attempt_count` counts the first attempt of any kind and then only Stripe's own; a debit when it begins."""
    counted = not manner.settles and (manner.by == "stripe" or invoice["attempt_count"] == 0)
    invoice |= {"attempted": True, "attempt_count": invoice["attempt_count"] + counted}


def failed(sim: Simulator, invoice: Json, verdict: Verdict | None, manner: Manner) -> None:
    """No money: the next automatic attempt is planned, the subscription follows, the events tell."""
    first = invoice["attempt_count"] == (1 if manner.settles else 0)
    before = {name: invoice[name] for name in ("attempt_count", "attempted", "next_payment_attempt")}
    _count(invoice, manner)
    automatic = manner.by == "stripe"
    if automatic or first:
        plan_retry(sim, invoice)
    changed = {name: value for name, value in before.items() if invoice[name] != value}
    if changed:
        tell(sim, "invoice.updated", invoice, changed)
    if verdict and verdict.outcome == "needs_authentication":
        tell(sim, "invoice.payment_action_required", invoice)
    tell(sim, "invoice.payment_failed", invoice)
    standing.after_failure(sim, invoice)
    standing.set_delinquent(sim, invoice, on=True)
    if automatic and invoice["next_payment_attempt"] is None and not first:
        give_up(sim, invoice)


def plan_retry(sim: Simulator, invoice: Json) -> None:
    """Set `next_payment_attempt` and put the attempt on the timeline (or take it off)."""
    at = (
        None
        if _begins(sim, invoice) or pending.waits(sim, invoice)
        else next_attempt(sim, invoice, now_of(sim, invoice))
    )
    if at is None:
        _timeline_cancel(sim, invoice, "retry")
        invoice["next_payment_attempt"] = None
    else:
        resume_retry(sim, invoice, at)


def _begins(sim: Simulator, invoice: Json) -> bool:
    """Whether the subscription waits for its first payment: that is never tried again by itself."""
    subscription = standing.subscription_for(sim, invoice)
    return subscription is not None and subscription["status"] == "incomplete"


def resume_retry(sim: Simulator, invoice: Json, at: int) -> None:
    """Plan Stripe's own attempt for a given instant."""
    invoice["next_payment_attempt"] = at
    key = invoice["id"]
    sim.timeline_of(clock_of(sim, invoice)).plan(f"retry {key}", at, lambda: retry(sim, key))


def stop_retrying(sim: Simulator, invoice: Json) -> None:
    """Nothing is left that Stripe would try to collect."""
    _timeline_cancel(sim, invoice, "retry")


def _timeline_cancel(sim: Simulator, invoice: Json, what: str) -> None:
    sim.timeline_of(clock_of(sim, invoice)).cancel(f"{what} {invoice['id']}")


def retry(sim: Simulator, key: str) -> None:
    """One automatic attempt. After a hard decline the schedule goes on, but only another card is charged."""
    invoice = sim.store.invoices.get(key)
    if invoice is None or invoice["status"] != "open" or not invoice["auto_advance"]:
        return
    method = method_for(sim, invoice)
    if method and not _hopeless(sim, invoice, method) and not _in_flight(sim, invoice):
        attempt(sim, invoice, method, BY_STRIPE)
    else:
        _skip(sim, invoice)


def _skip(sim: Simulator, invoice: Json) -> None:
    before = {name: invoice[name] for name in ("attempt_count", "next_payment_attempt")}
    invoice["attempt_count"] += 1
    plan_retry(sim, invoice)
    tell(sim, "invoice.updated", invoice, before)
    if invoice["next_payment_attempt"] is None:
        give_up(sim, invoice)


def give_up(sim: Simulator, invoice: Json) -> None:
    """The last retry is used: automatic collection ends and the account's setting decides about the subscription."""
    if sim.settings.smart_retries and invoice["auto_advance"]:
        change(sim, "invoice.updated", invoice, {"auto_advance": False})
        standing.after_last_retry(sim, invoice)


def _hopeless(sim: Simulator, invoice: Json, method: Json) -> bool:
    """The last try ended in a hard decline and there is no other card since, or nobody may debit the account."""
    error = default_intent(sim, invoice)["last_payment_error"] or {}
    refused = error.get("payment_method") or {}
    code = error.get("decline_code") or error.get("code")
    same = _fingerprint(refused) == _fingerprint(method)
    return (code in HARD and same) or not debitable(sim, method)


def _fingerprint(method: Json) -> str:
    details = method.get(str(method.get("type"))) or {}
    return str(details.get("fingerprint") or method.get("id"))


def _in_flight(sim: Simulator, invoice: Json) -> bool:
    return bool(default_intent(sim, invoice)["status"] == "processing")


def no_method() -> Exception:
    """Stripe's refusal to pay an invoice when there is nothing to charge."""
    return invalid(
        "There is no `default_payment_method` set on this Customer or Invoice. Please set a "
        "`default_payment_method` or pass a `payment_method`.",
        code="resource_missing",
        param="payment_method",
    )
