"""Subscription schedules: phases with prices and ends of their own, through which a subscription is led.

Sources: https://docs.stripe.com/billing/subscriptions/subscription-schedules,
https://docs.stripe.com/api/subscription_schedules/object. That a schedule ends as
`released` or, when it cancels, as `completed`, is not confirmed. Nothing is prorated.
"""

from __future__ import annotations

from tideover.simulator.account.store import Json
from tideover.simulator.account.world import Simulator
from tideover.simulator.api.billing.phases import PHASE, check_phases, items_of, terms_of, whole_phases
from tideover.simulator.api.billing.renewing import begin, new_subscription, period_end, plan_renewal
from tideover.simulator.api.billing.standing import OVER, end, leave_schedule
from tideover.simulator.api.billing.subscription_items import PRORATION, changed_items
from tideover.simulator.wire.changes import change, clock_of, found, merged, now_of, refuse_unless, tell
from tideover.simulator.wire.errors import required
from tideover.simulator.wire.forms import either, flag, instant, listed, mapping, one_of, shape, text
from tideover.simulator.wire.listing import page
from tideover.simulator.wire.operations import PAGED, Call, operation

OPEN = frozenset({"active", "not_started"})
END = one_of("cancel", "release")
MANY = 10


@operation(
    "POST",
    "/v1/subscription_schedules",
    {
        "customer": text,
        "from_subscription": text,
        "end_behavior": END,
        "metadata": mapping,
        "phases": listed(shape(PHASE, needs=("items",)), most=MANY),
        "start_date": either("now", instant),
    },
)
def create(sim: Simulator, call: Call) -> Json:
    params = call.params
    if key := params.get("from_subscription"):
        alone = not {"customer", "phases", "start_date"} & set(params)
        refuse_unless(
            alone, "A schedule from a subscription has its customer and its phase.", param="from_subscription"
        )
        return _adopted(sim, found(sim.store.subscriptions, key, "from_subscription"), params)
    if not params.get("customer"):
        raise required("customer")
    customer = found(sim.store.customers, params["customer"], "customer")
    now, at = now_of(sim, customer), params.get("start_date", "now")
    start = now if at == "now" else max(now, at)
    check_phases(sim, customer["id"], params.get("phases", []), start)
    phases = whole_phases(sim, customer["id"], params["phases"], start)
    schedule = _new(sim, customer, params, phases)
    if start <= now:
        advance(sim, schedule["id"])
    else:
        _plan(sim, schedule, start)
    return schedule


def _adopted(sim: Simulator, subscription: Json, params: Json) -> Json:
    free = subscription["status"] not in OVER and subscription["schedule"] is None
    refuse_unless(free, "This subscription is over, or has a schedule already.", param="from_subscription")
    first = subscription["items"]["data"][0]
    rows = [
        {"price": item["price"]["id"], "quantity": item["quantity"], "metadata": item["metadata"]}
        for item in subscription["items"]["data"]
    ]
    row = {"items": rows, "end_date": period_end(subscription), "collection_method": subscription["collection_method"]}
    phases = whole_phases(sim, subscription["customer"], [row], first["current_period_start"])
    schedule = _new(sim, sim.store.customers[subscription["customer"]], params, phases)
    schedule |= {"status": "active", "subscription": subscription["id"], "current_phase": _dates(phases[0])}
    change(sim, "customer.subscription.updated", subscription, {"schedule": schedule["id"]})
    _plan(sim, schedule, phases[0]["end_date"])
    return schedule


def _new(sim: Simulator, customer: Json, params: Json, phases: list[Json]) -> Json:
    schedule: Json = {
        "id": sim.ids.new("sub_sched"),
        "object": "subscription_schedule",
        "application": None,
        "billing_mode": {"flexible": None, "type": "classic"},
        "canceled_at": None,
        "completed_at": None,
        "created": now_of(sim, customer),
        "current_phase": None,
        "customer": customer["id"],
        "customer_account": None,
        "default_settings": DEFAULTS,
        "end_behavior": params.get("end_behavior", "release"),
        "livemode": False,
        "metadata": merged({}, params.get("metadata")),
        "pause_schedules": [],
        "phases": phases,
        "released_at": None,
        "released_subscription": None,
        "status": "not_started",
        "subscription": None,
        "test_clock": customer["test_clock"],
    }
    sim.store.subscription_schedules.add(schedule)
    tell(sim, "subscription_schedule.created", schedule)
    return schedule


DEFAULTS: Json = {
    "application_fee_percent": None,
    "automatic_tax": {"disabled_reason": None, "enabled": False, "liability": None},
    "billing_cycle_anchor": "automatic",
    "billing_thresholds": None,
    "collection_method": "charge_automatically",
    "default_payment_method": None,
    "description": None,
    "invoice_settings": {
        "account_tax_ids": None,
        "custom_fields": None,
        "days_until_due": None,
        "description": None,
        "footer": None,
        "issuer": {"type": "self"},
    },
    "on_behalf_of": None,
    "transfer_data": None,
}


def _dates(phase: Json) -> Json:
    return {"start_date": phase["start_date"], "end_date": phase["end_date"]}


def _plan(sim: Simulator, schedule: Json, at: int) -> None:
    """Look at the schedule again then, and before the renewal of that instant: what it bills is the new phase's."""
    key = schedule["id"]
    sim.timeline_of(clock_of(sim, schedule)).plan(f"schedule {key}", at, lambda: advance(sim, key))
    subscription = sim.store.subscriptions.get(schedule["subscription"])
    if subscription and subscription["status"] not in OVER:
        plan_renewal(sim, subscription)


def advance(sim: Simulator, key: str) -> None:
    """Begin the phase whose time has come, or end with the last one."""
    schedule = sim.store.subscription_schedules[key]
    customer = sim.store.customers.get(schedule["customer"])
    if schedule["status"] not in OPEN or customer is None:
        return
    now = now_of(sim, customer)
    phase = next((each for each in schedule["phases"] if each["start_date"] <= now < each["end_date"]), None)
    if phase is None:
        _over(sim, schedule)
        return
    fields = {"current_phase": _dates(phase), "status": "active"}
    change(sim, "subscription_schedule.updated", schedule, fields)
    _plan(sim, schedule, phase["end_date"])
    if schedule["subscription"] is None:
        _begin(sim, schedule, customer, phase)
    else:
        _follow(sim, sim.store.subscriptions[schedule["subscription"]], phase)


def _begin(sim: Simulator, schedule: Json, customer: Json, phase: Json) -> None:
    items, start = items_of(sim, phase), now_of(sim, customer)
    subscription = new_subscription(sim, customer, items, start, schedule=schedule["id"], **terms_of(phase))
    schedule["subscription"] = subscription["id"]
    begin(sim, subscription, collect=True)


def _follow(sim: Simulator, subscription: Json, phase: Json) -> None:
    """Put a phase's items in the place of the subscription's."""
    was = [(item["price"]["id"], item["quantity"]) for item in subscription["items"]["data"]]
    fields = terms_of(phase)
    if was != [(row["price"], row["quantity"]) for row in phase["items"]]:
        gone = [(item["id"], None) for item in subscription["items"]["data"]]
        fields["items"] = changed_items(sim, subscription, [*gone, *((None, item) for item in items_of(sim, phase))])
    change(sim, "customer.subscription.updated", subscription, fields)
    plan_renewal(sim, subscription)


def _over(sim: Simulator, schedule: Json) -> None:
    subscription = sim.store.subscriptions[schedule["subscription"]]
    if schedule["end_behavior"] == "cancel":
        leave_schedule(sim, subscription, "completed")
        end(sim, subscription, "cancellation_requested")
    else:
        leave_schedule(sim, subscription, "released")


@operation("GET", "/v1/subscription_schedules/{schedule}")
def retrieve(sim: Simulator, call: Call) -> Json:
    return found(sim.store.subscription_schedules, call.id)


@operation(
    "POST",
    "/v1/subscription_schedules/{schedule}",
    {
        "end_behavior": END,
        "metadata": mapping,
        "phases": listed(shape({**PHASE, "start_date": either("now", instant)}, needs=("items",)), most=MANY),
        "proration_behavior": PRORATION,
    },
)
def update(sim: Simulator, call: Call) -> Json:
    schedule, params = _open(sim, call.id), call.params
    fields: Json = {"end_behavior": params.get("end_behavior", schedule["end_behavior"])}
    fields["metadata"] = merged(schedule["metadata"], params.get("metadata"))
    if "phases" in params:
        start = (schedule["current_phase"] or schedule["phases"][0])["start_date"]
        given = (params["phases"] or [{}])[0].get("start_date", start)
        same = schedule["status"] == "not_started" or given == start
        refuse_unless(same, "The phase that runs keeps its start_date.", param="phases[0][start_date]")
        start = max(now_of(sim, schedule), 0 if given == "now" else given) if not schedule["current_phase"] else start
        check_phases(sim, schedule["customer"], params["phases"], start)
        fields["phases"] = whole_phases(sim, schedule["customer"], params["phases"], start)
    change(sim, "subscription_schedule.updated", schedule, fields)
    if "phases" in params:
        _plan(sim, schedule, schedule["phases"][0]["start_date"])
    return schedule


@operation("POST", "/v1/subscription_schedules/{schedule}/cancel", {"invoice_now": flag, "prorate": flag})
def cancel(sim: Simulator, call: Call) -> Json:
    schedule = _open(sim, call.id)
    subscription = sim.store.subscriptions.get(schedule["subscription"])
    if subscription:
        leave_schedule(sim, subscription, "canceled")
        end(sim, subscription, "cancellation_requested")
    else:
        fields = {"status": "canceled", "canceled_at": now_of(sim, schedule)}
        schedule |= fields
        tell(sim, "subscription_schedule.canceled", schedule)
    return schedule


@operation("POST", "/v1/subscription_schedules/{schedule}/release", {"preserve_cancel_date": flag})
def release(sim: Simulator, call: Call) -> Json:
    schedule = _open(sim, call.id)
    subscription = sim.store.subscriptions.get(schedule["subscription"])
    refuse_unless(subscription, "A schedule that has not started leads no subscription yet: cancel it instead.")
    if subscription:
        leave_schedule(sim, subscription, "released")
    return schedule


def _open(sim: Simulator, key: str) -> Json:
    schedule = found(sim.store.subscription_schedules, key)
    words = f"You cannot change a subscription schedule that is {schedule['status']}."
    refuse_unless(schedule["status"] in OPEN, words)
    return schedule


@operation("GET", "/v1/subscription_schedules", {**PAGED, "customer": text, "scheduled": flag})
def list_all(sim: Simulator, call: Call) -> Json:
    scheduled = call.params.get("scheduled")

    def wanted(row: Json) -> bool:
        return not scheduled or row["status"] == "not_started"

    return page(sim.store.subscription_schedules, call.params, "/v1/subscription_schedules", ("customer",), wanted)
