"""Upgrades that are billed at once: what remains of the period is charged, and the change may wait for the money.

Sources: https://docs.stripe.com/billing/subscriptions/prorations (always_invoice),
https://docs.stripe.com/billing/subscriptions/pending-updates (what a change may be that waits),
https://docs.stripe.com/api/subscriptions/update (payment_behavior). Only a dearer price of the same interval is billed;
credits for a cheaper one, and other intervals, are not simulated.
"""

from __future__ import annotations

from typing import Final

from tideover.simulator.account.store import Json
from tideover.simulator.account.world import Simulator
from tideover.simulator.api.billing import pending, standing
from tideover.simulator.api.billing.invoice_lines import Line
from tideover.simulator.api.billing.invoicing import Bill, close, draft
from tideover.simulator.api.billing.renewing import BY_API, finalize_and_collect
from tideover.simulator.wire.changes import now_of, refuse_unless
from tideover.simulator.wire.errors import card_error

# What a change that waits for its payment may be.
MAY_WAIT: Final = frozenset(
    {"items", "payment_behavior", "proration_behavior", "proration_date", "off_session", "trial_end", "expand"}
    | {"billing_cycle_anchor"}
)


def check(params: Json) -> None:
    """Raise Stripe's refusal of a change that cannot wait for its payment."""
    others = sorted(set(params) - MAY_WAIT) if params.get("payment_behavior") == "pending_if_incomplete" else []
    words = "cannot be passed when payment_behavior is `pending_if_incomplete`."
    refuse_unless(not others, f"`{others[0] if others else ''}` {words}", param=others[0] if others else None)


def upgraded(sim: Simulator, subscription: Json, items: Json, params: Json) -> Json:
    """The fields an update of the items changes now: all of them, or none while the payment is waited for."""
    more = _more(subscription, items, now_of(sim, subscription))
    if params.get("proration_behavior") != "always_invoice" or more <= 0 or subscription["status"] != "active":
        return {"items": items}
    behavior = params.get("payment_behavior", "allow_incomplete")
    invoice = _bill(sim, subscription, items["data"][0], more)
    if behavior == "allow_incomplete":
        finalize_and_collect(sim, invoice, BY_API)
        return {"items": items}
    pending.hold(sim, invoice, items)
    verdict = finalize_and_collect(sim, invoice, BY_API)
    if pending.waits(sim, invoice) and behavior == "error_if_incomplete":
        sim.store.held_updates.pop(invoice["id"])
        close(sim, invoice, "void")
        standing.set_delinquent(sim, invoice, on=False)
        raise card_error(verdict or standing.NOTHING_TO_CHARGE)
    if pending.waits(sim, invoice):
        pending.tell_held(sim, subscription, invoice)
    return {}


def _more(subscription: Json, items: Json, now: int) -> int:
    """What the rest of the period costs more, in minor units; 0 where the new positions have other periods."""
    old, new = subscription["items"]["data"], items["data"]
    if len({_interval(item) for item in (*old, *new)}) > 1:
        return 0
    start, end = old[0]["current_period_start"], old[0]["current_period_end"]
    left = max(end - now, 0)
    return int((_worth(new) - _worth(old)) * left // max(end - start, 1))


def _interval(item: Json) -> tuple[str, int]:
    recurring = item["price"]["recurring"]
    return recurring["interval"], recurring["interval_count"]


def _worth(items: list[Json]) -> int:
    return sum(item["price"]["unit_amount"] * (item["quantity"] or 0) for item in items)


def _bill(sim: Simulator, subscription: Json, item: Json, amount: int) -> Json:
    price = item["price"]
    name = sim.store.products[price["product"]]["name"]
    line = Line(
        amount=amount,
        description=f"Remaining time on {name}",
        start=now_of(sim, subscription),
        end=item["current_period_end"],
        quantity=item["quantity"] or 1,
        price=price,
        subscription=subscription["id"],
        subscription_item=item["id"],
        proration=True,
    )
    customer = sim.store.customers[subscription["customer"]]
    fields = {"collection_method": subscription["collection_method"]}
    invoice = draft(sim, Bill(customer, subscription["currency"], "subscription_update", [line], subscription, fields))
    subscription["latest_invoice"] = invoice["id"]
    return invoice
