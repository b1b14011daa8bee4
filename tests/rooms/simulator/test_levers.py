"""The levers under /_sim: what each does, what each answers when it is asked for nonsense, and that it then does nothing."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pytest

from tests.rooms.simulator.asking import INVALID
from tests.rooms.simulator.door import Door, Refusal, opened, refusal
from tests.rooms.simulator.furnished import DAY, Account
from tideover.simulator.account.world import new_simulator
from tideover.simulator.control import LEVERS
from tideover.simulator.people.town import Town

MISSING = "resource_missing"
NOT_A_NUMBER = ("x", -1, 1.5, True, [1], {"a": 1}, "9" * 30, 10**30)
NOT_A_TRUTH = ("true", 1, [True])
NOT_A_TEXT = (1, ["a"], {"a": 1})

# lever: parameter and what it cannot be
NONSENSE: dict[str, dict[str, tuple[Any, ...]]] = {
    "account_as_customer": {"name": NOT_A_TEXT, "email": NOT_A_TEXT, "country": NOT_A_TEXT},
    "advance": {"to": (*NOT_A_NUMBER, None)},
    "app": {"permissions": ("invoice_read", ["nonsense"], [1]), "url": NOT_A_TEXT},
    "authenticate": {"passed": NOT_A_TRUTH},
    "card": {"behavior": (1, "nonsense", "decline_", "decline_nonsense")},
    "disconnect": {"connected": NOT_A_TRUTH},
    "dispute": {"status": ("draw", 1)},
    "drop_deliveries": {"n": NOT_A_NUMBER, "until": NOT_A_NUMBER},
    "fail_finalization": {"on": NOT_A_TRUTH, "customer": NOT_A_TEXT},
    "fail_refund": {"refund": NOT_A_TEXT},
    "fault": {"kind": ("nonsense", None, 1), "n": NOT_A_NUMBER, "seconds": ("x", -1, 10**9, True)},
    "mandate": {"payment_method": NOT_A_TEXT, "status": ("withdrawn", 1)},
    "methods": {"activated": ("card", ["cash"], [1])},
    "pay": {"payment_method": NOT_A_TEXT},
    "rate_limit": {"limit": NOT_A_NUMBER},
    "redeliver": {"endpoint": NOT_A_TEXT},
    "renew": {"subscription": NOT_A_TEXT},
    "restricted_key": {"revoke": NOT_A_TEXT, "permissions": ("rak_invoice_read", ["rak_nonsense_read"], [1], ["invoice_read"])},
    "roll_secret": {"webhook_endpoint": NOT_A_TEXT},
    "shop": {"customers": NOT_A_NUMBER, "seed": NOT_A_NUMBER, "days": NOT_A_NUMBER, "smart_retries": NOT_A_TRUTH, "stripe_mails": NOT_A_TRUTH},
    "smart_retries": {"on": NOT_A_TRUTH, "after_last_retry": ("nothing", 1, None)},
    "test_clock": {"test_clock": NOT_A_TEXT, "does": ("stop", 1, None)},
}  # fmt: skip
POSTS = sorted(path.rsplit("/", 1)[1] for method, path in LEVERS if method == "POST")


def whole(lever: str, account: Account) -> dict[str, Any]:
    """What the lever needs beside the parameter that is nonsense."""
    return {
        "authenticate": lambda: {"intent": account.intent()},
        "card": lambda: {"payment_method": account.method()},
        "dispute": lambda: {"charge": account.charge()},
        "fail_finalization": lambda: {"customer": account.customer()},
        "fault": lambda: {"kind": "slow"},
        "mandate": lambda: {"payment_method": account.debit()},
        "pay": lambda: {"invoice": account.open()},
        "test_clock": lambda: {"test_clock": account.clock(), "does": "hold"},
        "redeliver": lambda: {"event": next(iter(account.door.sim.store.events))["id"]},
    }.get(lever, dict)()


def test_every_lever_that_does_something_is_asked_for_nonsense_here():
    assert sorted(NONSENSE) == POSTS


@pytest.mark.parametrize(
    ("lever", "name", "value"),
    [(lever, name, value) for lever, names in NONSENSE.items() for name, values in names.items() for value in values],
)
def test_nonsense_is_refused_by_its_name_and_nothing_is_done(lever: str, name: str, value: object):
    sim = new_simulator(3, 1_790_000_000)
    Town(sim)
    with opened(sim) as door:
        account = Account(door)
        account.customer()
        asked = whole(lever, account) | {name: value}
        before = everything(door)
        assert refusal(door.pull(lever, asked)) in {
            Refusal(400, INVALID, None, name),
            Refusal(400, INVALID, MISSING, name),
        }
        assert everything(door) == before


def everything(door: Door) -> tuple[Any, ...]:
    courier, gate = door.server.courier, door.server.gate
    return (
        door.sim.events.recorded,
        asdict(door.sim.settings),
        door.sim.now(),
        courier.drop_next,
        courier.drop_until,
        len(gate.faults.planned),
    )


UNKNOWN = {
    "authenticate": ({"intent": "pi_nobody"}, Refusal(404, INVALID, MISSING, "intent")),
    "card": ({"payment_method": "pm_nobody"}, Refusal(400, INVALID, MISSING, "payment_method")),
    "dispute": ({"charge": "ch_nobody"}, Refusal(400, INVALID, MISSING, "charge")),
    "pay": ({"invoice": "in_nobody"}, Refusal(400, INVALID, MISSING, "invoice")),
    "redeliver": ({"event": "evt_nobody"}, Refusal(400, INVALID, MISSING, "event")),
    "renew": ({"subscription": "sub_nobody"}, Refusal(400, INVALID, MISSING, "subscription")),
    "roll_secret": ({"webhook_endpoint": "we_nobody"}, Refusal(404, INVALID, MISSING, "id")),
    "test_clock": ({"test_clock": "clock_nobody"}, Refusal(400, INVALID, MISSING, "test_clock")),
}


@pytest.mark.parametrize("lever", sorted(UNKNOWN))
def test_what_nobody_knows_is_refused_and_so_is_nothing_at_all(door: Door, lever: str):
    body, expected = UNKNOWN[lever]
    assert refusal(door.pull(lever, body)) == expected
    assert refusal(door.pull(lever)).code == MISSING


def test_an_event_is_sent_again_only_to_an_endpoint_that_exists(door: Door):
    Account(door).customer()
    event = next(iter(door.sim.store.events))["id"]
    refused = refusal(door.pull("redeliver", {"event": event, "endpoint": "we_nobody"}))
    assert refused == Refusal(400, INVALID, MISSING, "endpoint")
    assert door.pull("redeliver", {"event": event}).json() == {"deliveries": 0}


@pytest.mark.parametrize("body", [b"{", b"[]", b"1", b'"x"', b"\xff"])
@pytest.mark.parametrize("lever", POSTS)
def test_a_body_that_is_no_object_of_json_is_refused(door: Door, lever: str, body: bytes):
    assert refusal(door.pull(lever, body)) == Refusal(400, INVALID)


def test_the_requests_asked_for_are_a_number(door: Door):
    assert refusal(door.look("requests", n="x")) == Refusal(400, INVALID, None, "n")
    assert door.look("requests", n=0).json()["requests"] == []
    assert door.look("deliveries").json() == {"tries": []}


WRONG_STATES = {
    "a paid invoice is not paid again": ("pay", Account.paid, "invoice"),
    "a void invoice is not paid": ("pay", Account.void, "invoice"),
    "a draft is not paid": ("pay", Account.draft, "invoice"),
    "an invoice over nothing is not paid": ("pay", Account.empty, "invoice"),
    "a payment that waits for nothing is not authenticated": ("authenticate", Account.succeeded, "intent"),
    "a set-up that waits for nothing is not authenticated": ("authenticate", Account.set_up, "intent"),
    "a charge that failed is not disputed": ("dispute", Account.failed_charge, "charge"),
    "a charge is disputed once": ("dispute", Account.disputed, "charge"),
}


@pytest.mark.parametrize("sentence", WRONG_STATES)
def test_a_lever_is_refused_what_the_api_would_be(door: Door, sentence: str):
    lever, make, name = WRONG_STATES[sentence]
    thing = make(Account(door))
    before = door.sim.events.recorded
    assert refusal(door.pull(lever, {name: thing})).status == 400
    assert door.sim.events.recorded == before


def test_an_instant_that_has_passed_moves_nothing(door: Door):
    now = door.sim.now()
    assert door.pull("advance", {"to": now - DAY}).json()["now"] == now


def test_a_subscription_that_is_over_is_not_renewed(door: Door):
    assert door.pull("renew", {"subscription": Account(door).canceled()}).json() == {"invoice": None}


def test_a_customer_who_fails_to_authenticate_has_not_paid(door: Door):
    account = Account(door)
    invoice = account.open(account.customer("pm_card_authenticationRequired"))
    refused = door.refused("POST", f"/v1/invoices/{invoice}/pay")
    assert refused == Refusal(402, "card_error", "authentication_required")
    [row] = door.sim.store.invoice_payments.of("invoice", invoice)
    intent = door.pull("authenticate", {"intent": row["payment"]["payment_intent"], "passed": False}).json()
    assert intent["status"] == "requires_payment_method"
    assert intent["last_payment_error"]["code"] == "payment_intent_authentication_failure"
    assert door.ask("GET", f"/v1/invoices/{invoice}").json()["status"] == "open"


def test_a_cut_off_application_hears_of_it_and_its_keys_are_dead_until_it_is_connected_again(door: Door):
    assert door.pull("disconnect").json() == {"connected": False}
    for key in (door.sim.keys.secret, door.sim.keys.restricted):
        assert door.refused("GET", "/v1/customers", key=key) == Refusal(403, INVALID, "account_invalid")
    door.pull("disconnect")
    kinds = [event["type"] for event in door.sim.store.events]
    assert kinds == ["account.application.deauthorized"]
    assert door.pull("disconnect", {"connected": True}).json() == {"connected": True}
    assert door.ask("GET", "/v1/customers").status_code == 200


def test_a_world_without_a_town_has_no_room_for_a_shop(door: Door):
    assert refusal(door.pull("shop", {"customers": 1})) == Refusal(400, INVALID)


def test_a_shop_opens_once():
    sim = new_simulator(3, 1_790_000_000)
    Town(sim)
    with opened(sim) as door:
        assert door.pull("shop", {"customers": 2, "seed": 1, "days": 30}).json()["subscriptions"] == 2
        assert refusal(door.pull("shop", {"customers": 2, "smart_retries": False})) == Refusal(400, INVALID)
        assert sim.settings.smart_retries
        assert len(sim.store.customers) == 2
