"""Subscriptions through time: their start, their renewals, and invoices that finalize and collect themselves.

Sources: https://docs.stripe.com/billing/subscriptions/overview, https://docs.stripe.com/api/subscriptions/object
(twenty-three hours), https://docs.stripe.com/billing/subscriptions/pause-payment,
https://docs.stripe.com/invoicing/integration/automatic-advancement-collection,
https://docs.stripe.com/tax/customer-locations (finalization_failed).
"""

from __future__ import annotations

from typing import Any

from tideover.simulator.account.issuer import Verdict
from tideover.simulator.account.store import Json
from tideover.simulator.account.world import Simulator
from tideover.simulator.api.billing import collecting, discounts, pending, standing
from tideover.simulator.api.billing.invoice_items import onto, waiting
from tideover.simulator.api.billing.invoice_lines import Line
from tideover.simulator.api.billing.invoicing import NOT_FINALIZABLE, Bill, close, draft, finalize, mark_paid
from tideover.simulator.api.billing.subscription_items import Item, add_item, set_items
from tideover.simulator.api.payments.paying import Manner
from tideover.simulator.clock.periods import end_of
from tideover.simulator.wire.changes import change, clock_of, now_of, tell
from tideover.simulator.wire.listing import envelope

DAY = 86400
INCOMPLETE_SECONDS = 23 * 3600
BY_API = Manner(by="api", off_session=True)


def new_subscription(sim: Simulator, customer: Json, items: list[Item], anchor: int, **given: Any) -> Json:  # noqa: ANN401
    """A subscription object with its items, not yet billed. `anchor` begins its first period (unix seconds)."""
    key, now = sim.ids.new("sub"), now_of(sim, customer)
    subscription: Json = {
        **BLANK,
        "id": key,
        "billing_cycle_anchor": anchor,
        "created": now,
        "currency": items[0].price["currency"],
        "customer": customer["id"],
        "items": envelope((), f"/v1/subscription_items?subscription={key}") | {"total_count": 0},
        "start_date": anchor,
        "test_clock": customer["test_clock"],
    }
    subscription.update(given)
    customer["currency"] = customer["currency"] or subscription["currency"]
    sim.store.subscriptions.add(subscription)
    for item in items:
        add_item(sim, subscription, item, anchor)
    return subscription


# What every new subscription says alike. Its lists and objects are shared: they are replaced, never changed in place.
BLANK: Json = {
    "object": "subscription",
    "application": None,
    "application_fee_percent": None,
    "automatic_tax": {"disabled_reason": None, "enabled": False, "liability": None},
    "billing_cycle_anchor_config": None,
    "billing_mode": {"flexible": None, "type": "classic"},
    "billing_schedules": [],
    "billing_thresholds": None,
    "cancel_at": None,
    "cancel_at_period_end": False,
    "canceled_at": None,
    "cancellation_details": {"comment": None, "feedback": None, "reason": None},
    "collection_method": "charge_automatically",
    "customer_account": None,
    "days_until_due": None,
    "default_payment_method": None,
    "default_source": None,
    "default_tax_rates": [],
    "description": None,
    "discounts": [],
    "ended_at": None,
    "invoice_settings": {"account_tax_ids": None, "issuer": {"type": "self"}},
    "latest_invoice": None,
    "livemode": False,
    "metadata": {},
    "next_pending_invoice_item_invoice": None,
    "on_behalf_of": None,
    "pause_collection": None,
    "payment_settings": {
        "payment_method_options": None,
        "payment_method_types": None,
        "save_default_payment_method": "off",
    },
    "pending_invoice_item_interval": None,
    "pending_setup_intent": None,
    "pending_update": None,
    "schedule": None,
    "status": "active",
    "transfer_data": None,
    "trial_end": None,
    "trial_settings": {"end_behavior": {"missing_payment_method": "create_invoice"}},
    "trial_start": None,
}


def existing(sim: Simulator, customer: Json, price: Json, started_at: int, **given: Any) -> Json:  # noqa: ANN401
    """A subscription that has been running since `started_at` (unix seconds), in its current period and paid so far."""
    now, recurring = now_of(sim, customer), price["recurring"]
    subscription = new_subscription(
        sim, customer, [Item(price)], started_at, created=started_at, start_date=started_at, **given
    )
    start, end = started_at, end_of(started_at, recurring["interval"], recurring["interval_count"], started_at)
    while end <= now:
        start, end = end, end_of(started_at, recurring["interval"], recurring["interval_count"], end)
    subscription["items"]["data"][0] |= {"current_period_start": start, "current_period_end": end}
    plan_renewal(sim, subscription)
    return subscription


def period_end(subscription: Json) -> int:
    """When the next period begins."""
    return int(min(item["current_period_end"] for item in subscription["items"]["data"]))


def plan_renewal(sim: Simulator, subscription: Json) -> None:
    """Put the next renewal, the trial's end or a planned cancellation on the timeline."""
    key = subscription["id"]
    times = [period_end(subscription), subscription["cancel_at"]]
    if subscription["status"] == "trialing":
        times = [subscription["trial_end"], subscription["cancel_at"]]
    at = min(time for time in times if time)
    sim.timeline_of(clock_of(sim, subscription)).plan(f"renew {key}", at, lambda: renew(sim, key))
    _plan_trials_notice(sim, subscription)


def _plan_trials_notice(sim: Simulator, subscription: Json) -> None:
    """Three days before a trial ends its event comes. That a shorter one may have it at once is not played here.

    https://docs.stripe.com/api/events/types (customer.subscription.trial_will_end)
    """
    timeline, name = sim.timeline_of(clock_of(sim, subscription)), f"tell of trial {subscription['id']}"
    timeline.cancel(name)
    if subscription["status"] == "trialing" and subscription["trial_end"] - 3 * DAY > now_of(sim, subscription):
        kind, at = "customer.subscription.trial_will_end", subscription["trial_end"] - 3 * DAY
        timeline.plan(name, at, lambda: tell(sim, kind, subscription))


def plan_resumption(sim: Simulator, subscription: Json) -> None:
    """A paused collection goes on by itself at `resumes_at`."""
    timeline, name = sim.timeline_of(clock_of(sim, subscription)), f"resume {subscription['id']}"
    at = (subscription["pause_collection"] or {}).get("resumes_at")
    if at is None:
        timeline.cancel(name)
        return
    kind, resumed = "customer.subscription.updated", {"pause_collection": None}
    timeline.plan(name, at, lambda: change(sim, kind, subscription, resumed))


def renew(sim: Simulator, key: str) -> Json | None:
    """The period is over: cancel as planned, or begin the next one and bill it. Returns the invoice, if any."""
    subscription = sim.store.subscriptions.get(key)
    if subscription is None or subscription["status"] in {*standing.OVER, "incomplete", "paused"}:
        return None
    now = now_of(sim, subscription)
    cancel_at = subscription["cancel_at"]
    if subscription["cancel_at_period_end"] or (cancel_at and cancel_at <= now):
        standing.end(sim, subscription, "cancellation_requested")
        return None
    if subscription["status"] == "trialing" and _ends_unpaid(sim, subscription):
        return None
    pending.drop(sim, subscription)
    _begin_period(sim, subscription, now)
    invoice = bill(sim, subscription, "subscription_cycle")
    plan_renewal(sim, subscription)
    _advance_draft(sim, subscription, invoice)
    return invoice


def _ends_unpaid(sim: Simulator, subscription: Json) -> bool:
    """A trial is over and there is nothing to charge: what its settings say. False when it is billed all the same."""
    customer = sim.store.customers[subscription["customer"]]
    method = subscription["default_payment_method"] or customer["invoice_settings"]["default_payment_method"]
    asked = subscription["trial_settings"]["end_behavior"]["missing_payment_method"]
    if method or asked == "create_invoice" or subscription["collection_method"] == "send_invoice":
        return False
    if asked == "cancel":
        standing.end(sim, subscription, "payment_failed")
    else:
        standing.set_status(sim, subscription, "paused")
        tell(sim, "customer.subscription.paused", subscription)
    return True


def resume(sim: Simulator, subscription: Json, *, anchored: bool) -> None:
    """A paused subscription goes on: a period begins now, on its old days or (not `anchored`) from today on."""
    now = now_of(sim, subscription)
    if not anchored:
        subscription["billing_cycle_anchor"] = now
    standing.set_status(sim, subscription, "active")
    for item in subscription["items"]["data"]:
        item["current_period_end"] = now
    _begin_period(sim, subscription, now)
    tell(sim, "customer.subscription.resumed", subscription)
    invoice = bill(sim, subscription, "subscription_update")
    plan_renewal(sim, subscription)
    finalize_and_collect(sim, invoice, BY_API)


def _begin_period(sim: Simulator, subscription: Json, now: int) -> None:
    if subscription["status"] == "trialing":
        subscription["billing_cycle_anchor"] = now
    anchor = subscription["billing_cycle_anchor"]
    before = {"items": subscription["items"]}
    data = []
    for item in subscription["items"]["data"]:
        recurring = item["price"]["recurring"]
        start = now if subscription["status"] == "trialing" else min(item["current_period_end"], now)
        end = end_of(anchor, recurring["interval"], recurring["interval_count"], start)
        item |= {"current_period_start": start, "current_period_end": end}
        data.append(item)
    set_items(subscription, data)
    if subscription["status"] == "trialing":
        before["status"] = "trialing"
        subscription["status"] = "active"
    tell(sim, "customer.subscription.updated", subscription, before)


def bill(sim: Simulator, subscription: Json, reason: str) -> Json:
    """A draft invoice over the current period."""
    customer = sim.store.customers[subscription["customer"]]
    items = subscription["items"]["data"]
    lines = [line_of(sim, subscription, item) for item in items]
    fields: Json = {
        "collection_method": subscription["collection_method"],
        "period_start": items[0]["current_period_start"],
        "period_end": items[0]["current_period_start"],
        "auto_advance": subscription["status"] != "unpaid",
        "discounts": discounts.running(sim, subscription),
    }
    if subscription["collection_method"] == "send_invoice":
        fields["due_date"] = now_of(sim, subscription) + DAY * (subscription["days_until_due"] or 30)
    invoice = draft(sim, Bill(customer, subscription["currency"], reason, lines, subscription, fields))
    take_items(sim, invoice, customer)
    discounts.spend(sim, subscription, invoice)
    subscription["latest_invoice"] = invoice["id"]
    return invoice


def take_items(sim: Simulator, invoice: Json, customer: Json) -> None:
    """Put the customer's waiting invoice items on a draft."""
    for item in waiting(sim, customer, invoice["currency"]):
        onto(sim, item, invoice)


def line_of(sim: Simulator, subscription: Json, item: Json) -> Line:
    """What a subscription's item costs in its period."""
    price, quantity = item["price"], item["quantity"] or 1
    trialing = subscription["status"] == "trialing"
    name = sim.store.products[price["product"]]["name"]
    words = f"Trial period for {name}" if trialing else f"{quantity} x {name}"
    return Line(
        amount=0 if trialing else price["unit_amount"] * quantity,
        description=words,
        start=item["current_period_start"],
        end=item["current_period_end"],
        quantity=quantity,
        price=price,
        subscription=subscription["id"],
        subscription_item=item["id"],
    )


def _advance_draft(sim: Simulator, subscription: Json, invoice: Json) -> None:
    """What becomes of a renewal's draft: collected after an hour, or what a paused collection says."""
    paused = subscription["pause_collection"]
    if paused:
        behavior = paused["behavior"]
        invoice["auto_advance"] = False
        if behavior == "keep_as_draft":
            return
        finalize(sim, invoice)
        close(sim, invoice, "void" if behavior == "void" else "uncollectible")
    elif invoice["auto_advance"]:
        plan_finalization(sim, invoice)


def plan_finalization(sim: Simulator, invoice: Json) -> None:
    """A draft that advances by itself is finalized after an hour."""
    key = invoice["id"]
    at = now_of(sim, invoice) + sim.settings.draft_seconds
    invoice["automatically_finalizes_at"] = at
    sim.timeline_of(clock_of(sim, invoice)).plan(f"finalize {key}", at, lambda: advance(sim, key))


def advance(sim: Simulator, key: str) -> None:
    """Finalize a draft whose time has come and try to collect it."""
    invoice = sim.store.invoices.get(key)
    # The draft of a customer who was deleted meanwhile stays what it is: not confirmed.
    if (
        invoice
        and invoice["status"] == "draft"
        and invoice["auto_advance"]
        and invoice["customer"] in sim.store.customers
    ):
        if invoice["customer"] in sim.unfinalizable:
            not_finalized(sim, invoice)
        else:
            finalize_and_collect(sim, invoice, collecting.BY_STRIPE)


def not_finalized(sim: Simulator, invoice: Json) -> None:
    """The draft cannot be finalized and stays one, until its cause is gone: invoice.finalization_failed."""
    invoice |= {"last_finalization_error": NOT_FINALIZABLE, "automatically_finalizes_at": None}
    tell(sim, "invoice.finalization_failed", invoice)


def finalize_and_collect(sim: Simulator, invoice: Json, manner: Manner) -> Verdict | None:
    """Open an invoice and, if it is charged automatically, make the first attempt. None when nothing was charged."""
    sim.timeline_of(clock_of(sim, invoice)).cancel(f"finalize {invoice['id']}")
    finalize(sim, invoice)
    if invoice["amount_due"] == 0:
        mark_paid(sim, invoice, 0)
        standing.after_payment(sim, invoice)
        return None
    if invoice["collection_method"] == "send_invoice":
        tell(sim, "invoice.sent", invoice)
        return None
    method = collecting.method_for(sim, invoice)
    if method is None:
        collecting.failed(sim, invoice, None, manner)
        return None
    return collecting.attempt(sim, invoice, method, manner)


def begin(sim: Simulator, subscription: Json, *, collect: bool) -> Verdict | None:
    """Bill a new subscription's first period; its status follows what the bank says."""
    trialing = subscription["status"] == "trialing"
    automatic = subscription["collection_method"] == "charge_automatically"
    if automatic and not trialing:
        subscription["status"] = "incomplete"
    invoice = bill(sim, subscription, "subscription_create")
    tell(sim, "customer.subscription.created", subscription)
    verdict = None
    if collect or not automatic or invoice["amount_due"] == 0:
        verdict = finalize_and_collect(sim, invoice, BY_API)
    else:
        finalize(sim, invoice)
    if verdict and verdict.outcome == "processing":
        standing.set_status(sim, subscription, "active")
    if subscription["status"] == "incomplete":
        _plan_expiry(sim, subscription)
    plan_renewal(sim, subscription)
    return verdict


def _plan_expiry(sim: Simulator, subscription: Json) -> None:
    at = now_of(sim, subscription) + INCOMPLETE_SECONDS
    timeline = sim.timeline_of(clock_of(sim, subscription))
    timeline.plan(f"expire {subscription['id']}", at, lambda: standing.expire(sim, subscription))


def resume_automatic(sim: Simulator, invoice: Json, *, on: bool) -> None:
    """`auto_advance` was switched: Stripe's own schedule for the invoice stops or goes on."""
    change(sim, "invoice.updated", invoice, {"auto_advance": on})
    timeline = sim.timeline_of(clock_of(sim, invoice))
    if not on:
        timeline.cancel(f"retry {invoice['id']}")
        timeline.cancel(f"finalize {invoice['id']}")
        change(sim, "invoice.updated", invoice, {"next_payment_attempt": None, "automatically_finalizes_at": None})
    elif invoice["status"] == "draft":
        plan_finalization(sim, invoice)
    elif invoice["attempt_count"] and invoice["next_payment_attempt"] is None:
        collecting.plan_retry(sim, invoice)
