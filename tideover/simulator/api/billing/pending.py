"""Changes of a subscription that wait for their payment: made once it comes, dropped after twenty-three hours.

Sources: https://docs.stripe.com/billing/subscriptions/pending-updates. That such an invoice is not tried again by
itself, and that it is voided when the change is dropped, is not confirmed.
"""

from __future__ import annotations

from typing import Final

from tideover.simulator.account.store import Json
from tideover.simulator.account.world import Simulator
from tideover.simulator.api.billing.invoicing import close
from tideover.simulator.wire.changes import change, clock_of, now_of, tell

HELD_SECONDS: Final = 23 * 3600
UPDATED: Final = "customer.subscription.updated"


def hold(sim: Simulator, invoice: Json, items: Json) -> None:
    """The subscription gets these items only once the invoice is paid."""
    sim.store.held_updates[invoice["id"]] = items


def waits(sim: Simulator, invoice: Json) -> bool:
    """Whether a change of the subscription waits for this invoice."""
    return invoice["id"] in sim.store.held_updates


def tell_held(sim: Simulator, subscription: Json, invoice: Json) -> None:
    """The payment did not come at once: the subscription stays what it was and shows what it may become."""
    expires_at = now_of(sim, subscription) + HELD_SECONDS
    pending: Json = {
        "billing_cycle_anchor": None,
        "cancel_at_period_end": None,
        "discount": None,
        "discounts": None,
        "expires_at": expires_at,
        "metadata": None,
        "subscription_items": sim.store.held_updates[invoice["id"]]["data"],
        "trial_end": None,
        "trial_from_plan": None,
    }
    change(sim, UPDATED, subscription, {"pending_update": pending})
    timeline = sim.timeline_of(clock_of(sim, subscription))
    timeline.plan(_name(subscription), expires_at, lambda: drop(sim, subscription))


def make(sim: Simulator, subscription: Json, invoice: Json) -> None:
    """The invoice is paid: what waited for it becomes true."""
    items = sim.store.held_updates.pop(invoice["id"])
    shown = subscription["pending_update"] is not None
    change(sim, UPDATED, subscription, {"items": items, "pending_update": None})
    if shown:
        sim.timeline_of(clock_of(sim, subscription)).cancel(_name(subscription))
        tell(sim, "customer.subscription.pending_update_applied", subscription)


def drop(sim: Simulator, subscription: Json) -> None:
    """Its time is over, or the subscription's period is: the change is forgotten, and nobody owes for it."""
    if subscription["pending_update"] is None:
        return
    sim.timeline_of(clock_of(sim, subscription)).cancel(_name(subscription))
    invoice = sim.store.invoices[subscription["latest_invoice"]]
    sim.store.held_updates.pop(invoice["id"], None)
    if invoice["status"] == "open":
        close(sim, invoice, "void")
    change(sim, UPDATED, subscription, {"pending_update": None})
    tell(sim, "customer.subscription.pending_update_expired", subscription)


def _name(subscription: Json) -> str:
    return f"pending {subscription['id']}"
