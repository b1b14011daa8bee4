"""Subscriptions over HTTP: create, update, cancel, list.

Sources: https://docs.stripe.com/billing/testing/test-clocks/api-advanced-usage (three subscriptions of a customer),
https://docs.stripe.com/api/subscriptions/create, https://docs.stripe.com/api/subscriptions/update,
https://docs.stripe.com/api/subscriptions/cancel.
"""

from __future__ import annotations

from tideover.simulator.account.store import Json
from tideover.simulator.account.world import Simulator
from tideover.simulator.api.billing.discounts import DISCOUNTS, Sale, checked, redeem, take_off
from tideover.simulator.api.billing.renewing import (
    DAY,
    begin,
    new_subscription,
    period_end,
    plan_renewal,
    plan_resumption,
    resume,
)
from tideover.simulator.api.billing.standing import OVER, end
from tideover.simulator.api.billing.subscription_items import (
    ITEM,
    PRORATION,
    changed_items,
    check_item,
    item_of,
    wanted_items,
    worth,
)
from tideover.simulator.api.billing.upgrades import check as check_upgrade
from tideover.simulator.api.billing.upgrades import upgraded
from tideover.simulator.api.payments.payment_methods import check_owned, owned
from tideover.simulator.wire.changes import change, found, merged, now_of, plain, refuse_unless, tell
from tideover.simulator.wire.errors import card_error, invalid, missing, required
from tideover.simulator.wire.forms import (
    WHEN,
    anything,
    between,
    either,
    flag,
    instant,
    integer,
    listed,
    mapping,
    one_of,
    shape,
    text,
    up_to,
)
from tideover.simulator.wire.listing import page, within
from tideover.simulator.wire.operations import PAGED, Call, operation
from tideover.simulator.wire.texts import currency

MOST_DAYS = 730
MOST_ON_A_CLOCK = 3
PAYMENT_SETTINGS = shape(
    {
        "payment_method_types": listed(text),
        "save_default_payment_method": one_of("off", "on_subscription"),
        "payment_method_options": anything,
    }
)
TRIAL_SETTINGS = shape(
    {
        "end_behavior": shape(
            {"missing_payment_method": one_of("cancel", "create_invoice", "pause")}, needs=("missing_payment_method",)
        )
    },
    needs=("end_behavior",),
)
SHARED = {
    "items": listed(ITEM),
    "default_payment_method": text,
    "collection_method": one_of("charge_automatically", "send_invoice"),
    "days_until_due": between(0, MOST_DAYS),
    "trial_end": either("now", instant),
    "cancel_at_period_end": flag,
    "cancel_at": either("", instant),
    "discounts": DISCOUNTS,
    "metadata": mapping,
    "description": up_to(500),
    "off_session": flag,
    "payment_settings": PAYMENT_SETTINGS,
    "trial_settings": TRIAL_SETTINGS,
    "payment_behavior": one_of(
        "allow_incomplete", "default_incomplete", "error_if_incomplete", "pending_if_incomplete"
    ),
    "proration_behavior": PRORATION,
}


@operation(
    "POST",
    "/v1/subscriptions",
    {
        **SHARED,
        "customer": text,
        "trial_period_days": between(0, MOST_DAYS),
        "billing_cycle_anchor": integer,
        "currency": currency,
    },
    needs=("customer",),
)
def create(sim: Simulator, call: Call) -> Json:
    params = call.params
    customer = found(sim.store.customers, params["customer"], "customer")
    if not params.get("items"):
        raise required("items")
    _check_clock(sim, customer)
    now = now_of(sim, customer)
    trial_end = _trial_end(params, now)
    _needs_method(customer, params, trial=bool(trial_end))
    _check_method(sim, customer["id"], params)
    for place, row in enumerate(params["items"]):
        check_item(sim, row, f"items[{place}]")
    sale = Sale(customer, *worth(sim, params["items"]))
    redeemed = checked(sim, params.get("discounts", []), sale)
    items = [item_of(sim, row) for row in params["items"]]
    given = _common(sim, customer["id"], params)
    if trial_end:
        given |= {"status": "trialing", "trial_start": now, "trial_end": trial_end, "billing_cycle_anchor": trial_end}
    subscription = new_subscription(sim, customer, items, now, **given)
    if trial_end:
        for item in subscription["items"]["data"]:
            item["current_period_end"] = trial_end
    subscription["discounts"] = redeem(sim, redeemed, sale, subscription=subscription["id"])
    if params.get("cancel_at_period_end"):
        subscription |= _planned_end(sim, subscription, on=True)
    collect = params.get("payment_behavior") != "default_incomplete"
    verdict = begin(sim, subscription, collect=collect)
    if params.get("payment_behavior") == "error_if_incomplete" and verdict and verdict.outcome != "approved":
        end(sim, subscription, "payment_failed")
        raise card_error(verdict)
    return subscription


def _check_clock(sim: Simulator, customer: Json) -> None:
    running = [row for row in sim.store.subscriptions.of("customer", customer["id"]) if row["status"] not in OVER]
    refuse_unless(
        not customer["test_clock"] or len(running) < MOST_ON_A_CLOCK,
        f"A customer on a test clock has at most {MOST_ON_A_CLOCK} subscriptions.",
        param="customer",
    )


def _needs_method(customer: Json, params: Json, *, trial: bool) -> None:
    """Without anything to charge, Stripe refuses a subscription that is to be charged at once."""
    deferred = trial or params.get("payment_behavior") == "default_incomplete"
    if deferred or params.get("collection_method") == "send_invoice":
        return
    if params.get("default_payment_method") or customer["invoice_settings"]["default_payment_method"]:
        return
    raise invalid(
        "This customer has no attached payment source or default payment method. Please consider adding a default "
        "payment method.",
        code="resource_missing",
    )


def _check_method(sim: Simulator, customer: str, params: Json) -> None:
    if key := params.get("default_payment_method"):
        check_owned(sim, key, customer)


def _trial_end(params: Json, now: int) -> int | None:
    if "trial_period_days" in params:
        return now + DAY * int(params["trial_period_days"])
    return _future(params.get("trial_end"), now)


def _future(at: int | str | None, now: int) -> int | None:
    """A trial's end as it was given, None for none or "now"; raises for an instant that has passed."""
    if at is None or at == "now":
        return None
    refuse_unless(int(at) > now, "Invalid timestamp: must be an instant in the future.", param="trial_end")
    return int(at)


def _common(sim: Simulator, customer: str, params: Json) -> Json:
    fields = plain(params, "collection_method", "days_until_due", "cancel_at_period_end", "cancel_at", "description")
    if "metadata" in params:
        fields["metadata"] = merged({}, params["metadata"])
    if "default_payment_method" in params:
        key = params["default_payment_method"]
        fields["default_payment_method"] = owned(sim, key, customer)["id"] if key else None
    if params.get("trial_settings"):
        fields["trial_settings"] = params["trial_settings"]
    if isinstance(params.get("payment_settings"), dict):
        defaults = {
            "payment_method_options": None,
            "payment_method_types": None,
            "save_default_payment_method": "off",
        }
        fields["payment_settings"] = {**defaults, **params["payment_settings"]}
    return fields


@operation("GET", "/v1/subscriptions/{subscription}")
def retrieve(sim: Simulator, call: Call) -> Json:
    return found(sim.store.subscriptions, call.id)


UPDATE = {
    **SHARED,
    "pause_collection": shape(
        {"behavior": one_of("keep_as_draft", "mark_uncollectible", "void"), "resumes_at": instant}
    ),
    "cancellation_details": shape({"comment": text, "feedback": text}),
    "billing_cycle_anchor": anything,
    "proration_date": integer,
}


@operation("POST", "/v1/subscriptions/{subscription}", UPDATE)
def update(sim: Simulator, call: Call) -> Json:
    subscription, params = found(sim.store.subscriptions, call.id), call.params
    refuse_unless(subscription["status"] not in OVER, "A canceled subscription can only update its metadata.")
    _check_method(sim, subscription["customer"], params)
    check_upgrade(params)
    wanted = wanted_items(sim, subscription, params.get("items") or [])
    _future(params.get("trial_end"), now_of(sim, subscription))
    sale = _sale(sim, subscription)
    redeemed = checked(sim, params.get("discounts", []), sale)
    fields = _common(sim, subscription["customer"], params)
    if "metadata" in params:
        fields["metadata"] = merged(subscription["metadata"], params["metadata"])
    if "pause_collection" in params:
        fields["pause_collection"] = _pause(params["pause_collection"])
    if "cancel_at_period_end" in params:
        fields |= _planned_end(sim, subscription, on=params["cancel_at_period_end"])
    if wanted:
        fields |= upgraded(sim, subscription, changed_items(sim, subscription, wanted), params)
    if "discounts" in params:
        fields["discounts"] = redeem(sim, redeemed, sale, subscription=subscription["id"])
    if "trial_end" in params:
        fields |= _new_trial(sim, subscription, params["trial_end"])
    change(sim, "customer.subscription.updated", subscription, fields)
    plan_renewal(sim, subscription)
    plan_resumption(sim, subscription)
    return subscription


def _sale(sim: Simulator, subscription: Json) -> Sale:
    rows = subscription["items"]["data"]
    amount = sum(row["price"]["unit_amount"] * (row["quantity"] or 0) for row in rows)
    customer = sim.store.customers[subscription["customer"]]
    return Sale(customer, subscription["currency"], amount, tuple(subscription["discounts"]))


def _pause(given: Json | str) -> Json | None:
    if isinstance(given, str):
        return None
    return {"behavior": given.get("behavior", "keep_as_draft"), "resumes_at": given.get("resumes_at")}


def _planned_end(sim: Simulator, subscription: Json, *, on: bool) -> Json:
    details = dict.fromkeys(("comment", "feedback", "reason"))
    if not on:
        fields = dict.fromkeys(("cancel_at", "canceled_at")) if subscription["cancel_at_period_end"] else {}
        return {"cancel_at_period_end": False, "cancellation_details": details} | fields
    return {
        "cancel_at_period_end": True,
        "cancel_at": period_end(subscription),
        "canceled_at": now_of(sim, subscription),
        "cancellation_details": details | {"reason": "cancellation_requested"},
    }


def _new_trial(sim: Simulator, subscription: Json, until: int | str) -> Json:
    now = now_of(sim, subscription)
    at = _future(until, now) or now
    for item in subscription["items"]["data"]:
        item["current_period_end"] = at
    if at <= now and subscription["status"] != "trialing":
        return {}
    return {"status": "trialing", "trial_end": at, "trial_start": subscription["trial_start"] or now}


CANCEL = {
    "cancellation_details": shape({"comment": text, "feedback": text}),
    "invoice_now": flag,
    "prorate": flag,
}


@operation("DELETE", "/v1/subscriptions/{subscription}", CANCEL)
def cancel(sim: Simulator, call: Call) -> Json:
    subscription = found(sim.store.subscriptions, call.id)
    if subscription["status"] in OVER:
        raise missing("subscription", call.id)
    details = call.params.get("cancellation_details")
    end(sim, subscription, "cancellation_requested", details if isinstance(details, dict) else None)
    return subscription


@operation(
    "POST",
    "/v1/subscriptions/{subscription}/resume",
    {
        "billing_cycle_anchor": shape({"type": one_of("now", "unchanged")}, needs=("type",)),
        "proration_behavior": PRORATION,
        "proration_date": integer,
    },
)
def resume_operation(sim: Simulator, call: Call) -> Json:
    subscription = found(sim.store.subscriptions, call.id)
    refuse_unless(subscription["status"] == "paused", "Only a paused subscription can be resumed.")
    anchor = (call.params.get("billing_cycle_anchor") or {}).get("type", "now")
    resume(sim, subscription, anchored=anchor == "unchanged")
    return subscription


@operation("DELETE", "/v1/subscriptions/{subscription}/discount")
def delete_discount(sim: Simulator, call: Call) -> Json:
    subscription = found(sim.store.subscriptions, call.id)
    refuse_unless(subscription["discounts"], "This subscription has no discount.", "resource_missing")
    key = subscription["discounts"][0]
    before = {"discounts": subscription["discounts"]}
    take_off(sim, subscription, key)
    tell(sim, "customer.subscription.updated", subscription, before)
    return {**sim.store.discounts[key], "deleted": True}


LIST = {
    **PAGED,
    "customer": text,
    "price": text,
    "status": text,
    "collection_method": text,
    "test_clock": text,
    "current_period_start": WHEN,
    "current_period_end": WHEN,
}


@operation("GET", "/v1/subscriptions", LIST)
def list_all(sim: Simulator, call: Call) -> Json:
    params = dict(call.params)
    status, price = params.pop("status", None), params.get("price")

    def wanted(row: Json) -> bool:
        in_status = row["status"] not in OVER if status is None else status in {"all", row["status"]}
        ended = status == "ended" and row["status"] in OVER
        first = row["items"]["data"][0]
        dated = all(within(params.get(name), first[name]) for name in ("current_period_start", "current_period_end"))
        has_price = price is None or any(item["price"]["id"] == price for item in row["items"]["data"])
        return (in_status or ended) and has_price and dated

    return page(
        sim.store.subscriptions, params, "/v1/subscriptions", ("customer", "collection_method", "test_clock"), wanted
    )
