"""Test clocks: customers with a time of their own, moved by hand, at most two billing intervals at once.

Sources: https://docs.stripe.com/api/test_clocks/advance (two intervals, two years),
https://docs.stripe.com/api/test_clocks/object (one that has failed is never advanced again). That a clock lives for
thirty days, and that a customer who has subscriptions cannot be attached to a new one, is not confirmed.
"""

from __future__ import annotations

import asyncio

from tideover.simulator.account.events import NOBODY
from tideover.simulator.account.store import Json
from tideover.simulator.account.world import Simulator
from tideover.simulator.api.billing import standing
from tideover.simulator.clock.periods import step
from tideover.simulator.clock.timeline import Timeline
from tideover.simulator.wire.changes import found, refuse_unless, tell
from tideover.simulator.wire.forms import instant, text, up_to
from tideover.simulator.wire.listing import page
from tideover.simulator.wire.operations import CURSORS, Call, operation

DAY = 86400
LIVES = 30 * DAY
RUNNING: set[asyncio.Task[None]] = set()  # asyncio itself keeps tasks only weakly


@operation(
    "POST",
    "/v1/test_helpers/test_clocks",
    {"frozen_time": instant, "name": up_to(300), "customer": text},
    needs=("frozen_time",),
)
def create(sim: Simulator, call: Call) -> Json:
    clock: Json = {
        "id": sim.ids.new("clock"),
        "object": "test_helpers.test_clock",
        "created": sim.now(),
        "deletes_after": sim.now() + LIVES,
        "frozen_time": call.params["frozen_time"],
        "livemode": False,
        "name": call.params.get("name"),
        "status": "ready",
        "status_details": {},
    }
    customer = _to_attach(sim, call.params.get("customer"))
    sim.store.test_clocks.add(clock)
    sim.test_timelines[clock["id"]] = Timeline()
    sim.events.record("test_helpers.test_clock.created", clock)
    if customer:
        sim.store.customers.change(customer, "test_clock", clock["id"])
        tell(sim, "customer.updated", customer, {"test_clock": None})
    return clock


def _to_attach(sim: Simulator, key: str | None) -> Json | None:
    """The customer who is to live on a new clock; one who lives on another, or has subscriptions, cannot."""
    if not key:
        return None
    customer = found(sim.store.customers, key, "customer")
    refuse_unless(customer["test_clock"] is None, "This customer lives on a test clock already.", param="customer")
    refuse_unless(
        not sim.store.subscriptions.of("customer", key), "This customer has subscriptions already.", param="customer"
    )
    return customer


@operation("GET", "/v1/test_helpers/test_clocks/{test_clock}")
def retrieve(sim: Simulator, call: Call) -> Json:
    return found(sim.store.test_clocks, call.id)


@operation("GET", "/v1/test_helpers/test_clocks", CURSORS)
def list_all(sim: Simulator, call: Call) -> Json:
    return page(sim.store.test_clocks, call.params, "/v1/test_helpers/test_clocks")


@operation(
    "POST", "/v1/test_helpers/test_clocks/{test_clock}/advance", {"frozen_time": instant}, needs=("frozen_time",)
)
def advance(sim: Simulator, call: Call) -> Json:
    clock, to = found(sim.store.test_clocks, call.id), call.params["frozen_time"]
    refuse_unless(clock["status"] != "advancing", "The test clock is still advancing.")
    refuse_unless(clock["status"] == "ready", "The test clock has failed and cannot be advanced any more.")
    refuse_unless(to > clock["frozen_time"], "The new frozen time must be after the current one.", param="frozen_time")
    refuse_unless(
        to <= _furthest(sim, clock),
        "You can only advance a test clock by at most two intervals of its shortest subscription at a time.",
        param="frozen_time",
    )
    clock |= {"status": "advancing", "status_details": {"advancing": {"target_frozen_time": to}}}
    sim.events.record("test_helpers.test_clock.advancing", clock, at=clock["frozen_time"])
    if call.id in sim.held_clocks:
        sim.held_clocks[call.id] = to
    else:
        _begin(sim, clock, to)
    return dict(clock)


def _begin(sim: Simulator, clock: Json, to: int) -> asyncio.Task[None]:
    task = asyncio.get_running_loop().create_task(run(sim, clock, to))
    RUNNING.add(task)
    task.add_done_callback(RUNNING.discard)
    return task


async def let_go(sim: Simulator, clock: Json) -> None:
    """End the waiting of a clock that was held: what it was asked for happens now."""
    to = sim.held_clocks.pop(clock["id"], None)
    if to is not None:
        await _begin(sim, clock, to)


def break_down(sim: Simulator, clock: Json) -> None:
    """Stripe fails to advance the clock, for good."""
    sim.held_clocks.pop(clock["id"], None)
    clock |= {"status": "internal_failure", "status_details": {}}
    sim.events.record("test_helpers.test_clock.internal_failure", clock, at=clock["frozen_time"])


def _furthest(sim: Simulator, clock: Json) -> int:
    now = clock["frozen_time"]
    prices = [
        item["price"]["recurring"]
        for customer in sim.store.customers.of("test_clock", clock["id"])
        for subscription in sim.store.subscriptions.of("customer", customer["id"])
        if subscription["status"] not in standing.OVER
        for item in subscription["items"]["data"]
    ]
    ends = [step(now, price["interval"], price["interval_count"], 2) for price in prices]
    return min(ends, default=step(now, "year", 1, 2))


async def run(sim: Simulator, clock: Json, to: int) -> None:
    """Live through everything due on the clock, in order; then it is ready again."""
    await asyncio.sleep(0)  # the answer to the request goes out first: "advancing"
    timeline = sim.test_timelines[clock["id"]]
    while (at := timeline.next_at()) is not None and at <= to:
        clock["frozen_time"] = max(at, clock["frozen_time"])
        if entry := timeline.pop_due(at):
            sim.events.cause = NOBODY
            entry.act()
        await asyncio.sleep(0)
    clock |= {"frozen_time": to, "status": "ready", "status_details": {}}
    sim.events.record("test_helpers.test_clock.ready", clock, at=to)


@operation("DELETE", "/v1/test_helpers/test_clocks/{test_clock}")
def delete(sim: Simulator, call: Call) -> Json:
    clock = found(sim.store.test_clocks, call.id)
    for customer in sim.store.customers.of("test_clock", call.id):
        standing.end_all(sim, customer["id"])
        sim.store.customers.remove(customer["id"])
    sim.store.test_clocks.remove(call.id)
    del sim.test_timelines[call.id]
    sim.events.record("test_helpers.test_clock.deleted", clock)
    return {"id": call.id, "object": "test_helpers.test_clock", "deleted": True}
