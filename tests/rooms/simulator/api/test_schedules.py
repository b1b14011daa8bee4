"""A schedule leads a subscription through its phases, each billed by its own prices, and lets it go as it was told to."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rooms.simulator.asking import INVALID
from tests.rooms.simulator.door import Door, Refusal
from tests.rooms.simulator.furnished import DAY, Account

SCHEDULES = "/v1/subscription_schedules"
Form = dict[str, Any]


@pytest.fixture
def account(door: Door) -> Account:
    return Account(door)


def two_phases(account: Account) -> Form:
    """Two months of one seat, then a month of three."""
    return {
        "customer": account.customer(),
        "phases[0][items][0][price]": account.price,
        "phases[0][duration][interval]": "month",
        "phases[0][duration][interval_count]": 2,
        "phases[1][items][0][price]": account.price,
        "phases[1][items][0][quantity]": 3,
        "phases[1][metadata][grown]": "yes",
    }


def billed(door: Door, subscription: str) -> list[int]:
    rows = door.ask("GET", "/v1/invoices", {"subscription": subscription, "limit": 20}).json()["data"]
    return [row["amount_paid"] for row in reversed(rows)]


def shown(door: Door, schedule: str) -> Form:
    answer: Form = door.ask("GET", f"{SCHEDULES}/{schedule}").json()
    return answer


def told(door: Door) -> list[str]:
    """What was told about schedules in the last thirty days, oldest first."""
    kinds = [str(row["type"]) for row in door.sim.store.events]
    return [kind.split(".")[1] for kind in kinds if kind.startswith("subscription_schedule.")]


def test_each_phase_bills_its_own_and_the_last_lets_the_subscription_go_on(door: Door, account: Account):
    schedule = door.made(SCHEDULES, two_phases(account))
    subscription, (first, second) = schedule["subscription"], schedule["phases"]
    assert (schedule["status"], schedule["current_phase"]["end_date"]) == ("active", first["end_date"])
    assert second["start_date"] == first["end_date"]
    assert told(door) == ["created", "updated"]
    door.pull("advance", {"to": second["start_date"] + DAY})
    now = door.ask("GET", f"/v1/subscriptions/{subscription}").json()
    assert (now["metadata"], now["items"]["data"][0]["quantity"]) == ({"grown": "yes"}, 3)
    assert billed(door, subscription) == [2900, 2900, 8700]
    assert told(door) == ["updated"]
    door.pull("advance", {"to": second["end_date"] + DAY})
    over = shown(door, schedule["id"])
    assert (over["status"], over["subscription"], over["released_subscription"]) == ("released", None, subscription)
    after = door.ask("GET", f"/v1/subscriptions/{subscription}").json()
    assert (after["status"], after["schedule"]) == ("active", None)
    assert billed(door, subscription) == [2900, 2900, 8700, 8700]
    assert told(door) == ["released"]


def test_a_schedule_that_cancels_ends_the_subscription_with_its_last_phase(door: Door, account: Account):
    schedule = door.made(SCHEDULES, two_phases(account) | {"end_behavior": "cancel"})
    door.pull("advance", {"to": schedule["phases"][1]["end_date"] + DAY})
    over = shown(door, schedule["id"])
    assert (over["status"], over["completed_at"]) == ("completed", schedule["phases"][1]["end_date"])
    assert door.ask("GET", f"/v1/subscriptions/{schedule['subscription']}").json()["status"] == "canceled"
    assert billed(door, schedule["subscription"]) == [2900, 2900, 8700]


def test_a_schedule_waits_for_its_start(door: Door, account: Account):
    start = door.sim.now() + 10 * DAY
    schedule = door.made(SCHEDULES, two_phases(account) | {"start_date": start})
    assert (schedule["status"], schedule["subscription"], schedule["current_phase"]) == ("not_started", None, None)
    assert door.ask("GET", SCHEDULES, {"scheduled": "true"}).json()["data"][0]["id"] == schedule["id"]
    door.pull("advance", {"to": start})
    begun = shown(door, schedule["id"])
    assert begun["status"] == "active"
    assert door.ask("GET", f"/v1/subscriptions/{begun['subscription']}").json()["start_date"] == start
    assert door.ask("GET", SCHEDULES, {"scheduled": "true"}).json()["data"] == []


def test_a_running_subscription_gets_a_schedule_and_its_next_phases(door: Door, account: Account):
    subscription = account.subscription()
    schedule = door.made(SCHEDULES, {"from_subscription": subscription})
    current = schedule["current_phase"]
    assert door.ask("GET", f"/v1/subscriptions/{subscription}").json()["schedule"] == schedule["id"]
    form = {
        "phases[0][items][0][price]": account.price,
        "phases[0][start_date]": current["start_date"],
        "phases[0][end_date]": current["end_date"],
        "phases[1][items][0][price]": account.price,
        "phases[1][items][0][quantity]": 2,
    }
    door.made(f"{SCHEDULES}/{schedule['id']}", form)
    door.pull("advance", {"to": current["end_date"] + DAY})
    assert billed(door, subscription) == [2900, 5800]
    moved = form | {"phases[0][start_date]": current["start_date"] + 1}
    refused = door.refused("POST", f"{SCHEDULES}/{schedule['id']}", moved)
    assert refused == Refusal(400, INVALID, None, "phases[0][start_date]")
    again = door.refused("POST", SCHEDULES, {"from_subscription": subscription})
    assert again == Refusal(400, INVALID, None, "from_subscription")


def test_who_lets_go_early_keeps_or_ends_the_subscription(door: Door, account: Account):
    kept, ended, waiting = (
        door.made(SCHEDULES, two_phases(account) | more) for more in ({}, {}, {"start_date": 4_000_000_000})
    )
    assert door.made(f"{SCHEDULES}/{kept['id']}/release")["released_subscription"] == kept["subscription"]
    assert door.made(f"{SCHEDULES}/{ended['id']}/cancel")["status"] == "canceled"
    assert door.refused("POST", f"{SCHEDULES}/{waiting['id']}/release").status == 400
    assert door.made(f"{SCHEDULES}/{waiting['id']}/cancel")["status"] == "canceled"
    standing = [door.ask("GET", f"/v1/subscriptions/{each['subscription']}").json()["status"] for each in (kept, ended)]
    assert standing == ["active", "canceled"]
    door.pull("advance", {"to": door.sim.now() + 100 * DAY})
    assert billed(door, kept["subscription"]) == [2900] * 4
    for over in (kept, ended, waiting):
        for what in ("", "/cancel", "/release"):
            assert door.refused("POST", f"{SCHEDULES}/{over['id']}{what}") == Refusal(400, INVALID)


def test_a_subscription_that_is_canceled_takes_its_schedule_with_it(door: Door, account: Account):
    schedule = door.made(SCHEDULES, two_phases(account))
    door.ask("DELETE", f"/v1/subscriptions/{schedule['subscription']}")
    over = shown(door, schedule["id"])
    assert (over["status"], over["canceled_at"], over["current_phase"]) == ("canceled", door.sim.now(), None)
    door.pull("advance", {"to": door.sim.now() + 100 * DAY})
    assert billed(door, schedule["subscription"]) == [2900]


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"phases[0][items][0][price]": "price_x"}, "phases[0][items][0][price]"),
        ({"phases[0][items]": ""}, "phases[0][items]"),
        ({"phases[1][end_date]": 1_791_000_000}, "phases[1][end_date]"),
        ({"phases[1][end_date]": 1_000_000_000}, "phases[1][end_date]"),
        ({"phases[0][end_date]": 4_000_000_000}, "phases[0][end_date]"),
        ({"customer": "cus_x"}, "customer"),
        ({"from_subscription": "sub_x"}, "from_subscription"),
    ],
)
def test_phases_that_make_no_sense_are_refused(door: Door, account: Account, change: Form, param: str):
    form = {
        key: value for key, value in two_phases(account).items() if not any(key.startswith(f"{new}[") for new in change)
    }
    assert door.refused("POST", SCHEDULES, form | change).param == param
    assert len(door.sim.store.subscription_schedules) == 0
