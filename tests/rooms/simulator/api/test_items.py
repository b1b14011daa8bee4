"""A subscription's items by themselves: read, added, changed and taken off, and billed from the next period on."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rooms.simulator.asking import INVALID
from tests.rooms.simulator.door import Door, Refusal
from tests.rooms.simulator.furnished import Account

ITEMS = "/v1/subscription_items"


@pytest.fixture
def account(door: Door) -> Account:
    return Account(door)


def seats(account: Account) -> str:
    """$7.00 a month."""
    product = account.door.sim.store.prices[account.price]["product"]
    terms = {"product": product, "unit_amount": 700, "currency": "usd", "recurring[interval]": "month"}
    return str(account.door.made("/v1/prices", terms)["id"])


def rows(door: Door, subscription: str) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = door.ask("GET", ITEMS, {"subscription": subscription}).json()["data"]
    assert [row["id"] for row in listed] == [
        row["id"] for row in door.ask("GET", f"/v1/subscriptions/{subscription}").json()["items"]["data"]
    ]
    return listed


def test_an_item_is_added_changed_and_taken_off(door: Door, account: Account):
    subscription = account.subscription()
    item = door.made(ITEMS, {"subscription": subscription, "price": seats(account), "quantity": 2, "metadata[a]": "b"})
    assert [row["quantity"] for row in rows(door, subscription)] == [1, 2]
    assert door.ask("GET", f"{ITEMS}/{item['id']}").json() == item
    changed = door.made(f"{ITEMS}/{item['id']}", {"quantity": 3})
    assert (changed["quantity"], changed["metadata"], changed["price"]["unit_amount"]) == (3, {"a": "b"}, 700)
    renewed = door.pull("renew", {"subscription": subscription}).json()["invoice"]
    assert renewed["amount_paid"] == 2900 + 3 * 700
    assert door.ask("DELETE", f"{ITEMS}/{item['id']}").json()["deleted"]
    assert len(rows(door, subscription)) == 1
    for method in ("GET", "POST", "DELETE"):
        assert door.refused(method, f"{ITEMS}/{item['id']}") == Refusal(404, INVALID, "resource_missing", "id")
    kinds = [row["type"] for row in door.ask("GET", "/v1/events", {"limit": 50}).json()["data"]]
    assert kinds.count("customer.subscription.updated") >= 3


def test_what_cannot_be_done_to_an_item_is_refused(door: Door, account: Account):
    subscription, over = account.subscription(), account.canceled()
    (only,), (last,) = rows(door, subscription), rows(door, over)
    asked = {"subscription": subscription}
    for form, refusal in (
        (asked, Refusal(400, INVALID, "parameter_missing", "price")),
        (asked | {"price": account.once}, Refusal(400, INVALID, None, "price")),
        (asked | {"price": "price_x"}, Refusal(400, INVALID, "resource_missing", "price")),
        ({"subscription": over, "price": account.price}, Refusal(400, INVALID)),
        ({"subscription": "sub_x", "price": account.price}, Refusal(400, INVALID, "resource_missing", "subscription")),
    ):
        assert door.refused("POST", ITEMS, form) == refusal
    assert door.refused("POST", f"{ITEMS}/{only['id']}", {"price": account.once}) == Refusal(
        400, INVALID, None, "price"
    )
    assert door.refused("DELETE", f"{ITEMS}/{only['id']}") == Refusal(400, INVALID, None, "items")
    assert door.refused("POST", f"{ITEMS}/{last['id']}", {"quantity": 2}) == Refusal(400, INVALID)
    assert door.refused("DELETE", f"{ITEMS}/{last['id']}") == Refusal(400, INVALID)
