"""Which events a list tells and an endpoint may ask for."""

from __future__ import annotations

import re

import stripe

from tests.rooms.simulator.asking import INVALID
from tests.rooms.simulator.door import Door, Refusal
from tests.rooms.simulator.furnished import Account
from tideover.simulator.account.event_types import EVENT_TYPES

ENDPOINT = {"url": "http://127.0.0.1:9/hook", "enabled_events[0]": "*"}


def told(door: Door, form: dict[str, str]) -> set[str]:
    return {row["type"] for row in door.ask("GET", "/v1/events", {"limit": "100", **form}).json()["data"]}


def test_a_list_of_events_takes_a_group_by_a_star(door: Door):
    Account(door).paid()
    every = told(door, {})
    assert (
        told(door, {"type": "invoice.*"}) == {kind for kind in every if kind.startswith("invoice.")} > {"invoice.paid"}
    )
    assert told(door, {"type": "payment_intent.succeeded"}) == {"payment_intent.succeeded"}
    assert told(door, {"type": "*"}) == every


def test_a_list_of_events_takes_up_to_twenty_types_or_one_group(door: Door):
    Account(door).paid()
    some = dict(zip((f"types[{n}]" for n in range(21)), sorted(EVENT_TYPES - {"invoice.paid"}), strict=False))
    twenty = {name: value for name, value in some.items() if name != "types[20]"}
    assert told(door, {**twenty, "types[0]": "invoice.paid"}) >= {"invoice.paid"}
    assert door.refused("GET", "/v1/events", some) == Refusal(400, INVALID, None, "types")
    both = {"type": "invoice.*", "types[0]": "invoice.paid"}
    assert door.refused("GET", "/v1/events", both) == Refusal(400, INVALID, "parameters_exclusive")


def test_the_types_of_events_are_those_of_the_official_library():
    known = str(stripe.params.WebhookEndpointCreateParams.__annotations__["enabled_events"])
    assert set(re.findall(r"['\"]([a-z_0-9]+(?:\.[a-z_]+)+)['\"]", known)) == EVENT_TYPES


def test_everything_the_simulator_tells_is_an_event_of_stripes(door: Door):
    account = Account(door)
    for thing in ("paid", "void", "uncollectible", "lost", "refunded", "canceled", "set_up", "clock", "gone"):
        getattr(account, thing)()
    assert {event["type"] for event in door.sim.store.events} <= EVENT_TYPES


def test_an_endpoint_asks_for_events_there_are_in_a_version_there_is(door: Door):
    for name, value in (
        ("enabled_events[0]", "invoice.*"),
        ("enabled_events[0]", "invoice.payed"),
        ("api_version", "2"),
    ):
        refused = door.refused("POST", "/v1/webhook_endpoints", ENDPOINT | {name: value})
        assert refused == Refusal(400, INVALID, None, name)
    assert door.made("/v1/webhook_endpoints", ENDPOINT | {"api_version": "2020-08-27"})["api_version"] == "2020-08-27"
    more = ENDPOINT | {f"enabled_events[{n}]": kind for n, kind in enumerate(sorted(EVENT_TYPES))}
    assert len(door.made("/v1/webhook_endpoints", more)["enabled_events"]) == len(EVENT_TYPES)


def test_an_account_has_sixteen_endpoints(door: Door):
    for _ in range(16):
        door.made("/v1/webhook_endpoints", ENDPOINT)
    assert door.refused("POST", "/v1/webhook_endpoints", ENDPOINT) == Refusal(400, INVALID)
    assert len(door.sim.store.webhook_endpoints) == 16
