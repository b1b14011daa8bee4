"""A subscription's standing: what a paid, failed or given-up invoice makes of its status, and its end.

Sources: https://docs.stripe.com/billing/subscriptions/overview, https://docs.stripe.com/api/subscriptions/object
(status), https://docs.stripe.com/api/customers/object (delinquent),
https://docs.stripe.com/billing/subscriptions/cancel (open invoices are no longer collected).
"""

from __future__ import annotations

from typing import Any

from tideover.simulator.account.issuer import Verdict
from tideover.simulator.account.store import Json
from tideover.simulator.account.world import Simulator
from tideover.simulator.api.billing import pending
from tideover.simulator.api.billing.invoicing import close, subscription_of
from tideover.simulator.api.payments.customers import ends_with_customer
from tideover.simulator.wire.changes import change, clock_of, now_of, tell

OVER = frozenset({"canceled", "incomplete_expired"})
NOTHING_TO_CHARGE = Verdict("declined", "missing")


def subscription_for(sim: Simulator, invoice: Json) -> Json | None:
    """The living subscription an invoice bills."""
    subscription = sim.store.subscriptions.get(subscription_of(invoice))
    return None if subscription is None or subscription["status"] in OVER else subscription


def set_status(sim: Simulator, subscription: Json, status: str, **also: Any) -> None:  # noqa: ANN401 - more fields
    """Move a subscription, with its event."""
    change(sim, "customer.subscription.updated", subscription, {"status": status, **also})


def after_payment(sim: Simulator, invoice: Json) -> None:
    """An invoice was paid: its subscription is active again when nothing newer is unpaid."""
    set_delinquent(sim, invoice, on=False)
    subscription = subscription_for(sim, invoice)
    if subscription is None:
        return
    if pending.waits(sim, invoice) and invoice["status"] == "paid":
        pending.make(sim, subscription, invoice)
    latest = sim.store.invoices.get(subscription["latest_invoice"])
    settled = latest is None or latest["status"] in {"paid", "void", "draft"}
    if subscription["status"] in {"incomplete", "past_due", "unpaid"} and settled:
        sim.timeline_of(clock_of(sim, subscription)).cancel(f"expire {subscription['id']}")
        set_status(sim, subscription, "active")


def set_delinquent(sim: Simulator, invoice: Json, *, on: bool) -> None:
    """A customer is delinquent while the last charge of an invoice has failed."""
    customer = sim.store.customers.get(invoice["customer"])
    if customer and invoice["collection_method"] == "charge_automatically":
        change(sim, "customer.updated", customer, {"delinquent": on})


def remember_method(sim: Simulator, invoice: Json, method: str) -> None:
    """A subscription that saves what it was paid with makes it its default."""
    subscription = subscription_for(sim, invoice)
    settings = (subscription or {}).get("payment_settings") or {}
    if subscription and settings.get("save_default_payment_method") == "on_subscription":
        change(sim, "customer.subscription.updated", subscription, {"default_payment_method": method})


def after_failure(sim: Simulator, invoice: Json) -> None:
    """An invoice could not be collected: an active subscription is past due, unless it waits for the payment."""
    subscription = None if pending.waits(sim, invoice) else subscription_for(sim, invoice)
    if subscription and subscription["status"] in {"active", "trialing"}:
        set_status(sim, subscription, "past_due")


def after_last_retry(sim: Simulator, invoice: Json) -> None:
    """All retries are used up: what the account's settings say."""
    subscription = subscription_for(sim, invoice)
    if subscription is None or subscription["status"] not in {"past_due", "active"}:
        return
    if sim.settings.after_last_retry == "cancel":
        end(sim, subscription, "payment_failed")
    elif sim.settings.after_last_retry == "unpaid":
        set_status(sim, subscription, "unpaid")


def end(sim: Simulator, subscription: Json, reason: str, details: Json | None = None) -> None:
    """Cancel a subscription now; collection of its open invoices stops, as at Stripe."""
    if subscription["status"] in OVER:
        return
    now = now_of(sim, subscription)
    subscription |= {
        "status": "canceled",
        "canceled_at": subscription["canceled_at"] or now,
        "ended_at": now,
        "cancellation_details": {"comment": None, "feedback": None, **(details or {}), "reason": reason},
    }
    timeline = sim.timeline_of(clock_of(sim, subscription))
    timeline.cancel(f"renew {subscription['id']}")
    timeline.cancel(f"tell of trial {subscription['id']}")
    timeline.cancel(f"expire {subscription['id']}")
    stop_collecting(sim, subscription)
    leave_schedule(sim, subscription, "canceled")
    tell(sim, "customer.subscription.deleted", subscription)


def leave_schedule(sim: Simulator, subscription: Json, status: str) -> None:
    """The schedule that led a subscription leads it no more: it is canceled, completed or released."""
    schedule = sim.store.subscription_schedules.get(subscription["schedule"])
    if schedule is None or schedule["status"] not in {"active", "not_started"}:
        return
    sim.timeline_of(clock_of(sim, subscription)).cancel(f"schedule {schedule['id']}")
    schedule |= {"status": status, f"{status}_at": now_of(sim, subscription), "current_phase": None}
    if status == "released":
        schedule |= {"released_subscription": subscription["id"], "subscription": None}
        change(sim, "customer.subscription.updated", subscription, {"schedule": None})
    tell(sim, f"subscription_schedule.{status}", schedule)


@ends_with_customer
def end_all(sim: Simulator, customer: str) -> None:
    """Cancel every subscription of a customer who is deleted."""
    for subscription in sim.store.subscriptions.of("customer", customer):
        end(sim, subscription, "cancellation_requested")


def stop_collecting(sim: Simulator, subscription: Json) -> None:
    """Open invoices of the subscription are no longer advanced."""
    timeline = sim.timeline_of(clock_of(sim, subscription))
    for key in sim.store.invoices_of_subscription.get(subscription["id"], ()):
        invoice = sim.store.invoices.get(key)
        if invoice and invoice["status"] in {"open", "draft"}:
            timeline.cancel(f"retry {key}")
            timeline.cancel(f"finalize {key}")
            change(sim, "invoice.updated", invoice, {"auto_advance": False, "next_payment_attempt": None})


def expire(sim: Simulator, subscription: Json) -> None:
    """A first invoice not paid within 23 hours ends an incomplete subscription."""
    if subscription["status"] != "incomplete":
        return
    invoice = sim.store.invoices.get(subscription["latest_invoice"])
    if invoice and invoice["status"] == "open":
        close(sim, invoice, "void")
    set_status(sim, subscription, "incomplete_expired", ended_at=now_of(sim, subscription))
