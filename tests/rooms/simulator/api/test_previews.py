"""The next invoice is shown as it will be, and looking at it changes nothing."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rooms.simulator.api.test_anything import seen
from tests.rooms.simulator.asking import INVALID
from tests.rooms.simulator.door import Door, Refusal
from tests.rooms.simulator.furnished import Account

PREVIEW = "/v1/invoices/create_preview"
ITEMS = "subscription_details[items]"


@pytest.fixture
def account(door: Door) -> Account:
    return Account(door)


def test_what_is_shown_is_what_comes(door: Door, account: Account):
    customer = account.customer(balance="-400")
    coupon = door.made("/v1/coupons", {"percent_off": 10, "duration": "forever"})["id"]
    form = {"customer": customer, "items[0][price]": account.price, "discounts[0][coupon]": coupon}
    subscription = door.made("/v1/subscriptions", form)["id"]
    door.made(f"/v1/customers/{customer}", {"balance": "-700"})
    door.made("/v1/invoiceitems", {"customer": customer, "amount": 150, "currency": "usd", "description": "Stamps"})
    before = seen(door)
    shown = door.made(PREVIEW, {"subscription": subscription})
    assert seen(door) == before
    assert (shown["status"], shown["billing_reason"], shown["id"][:12]) == ("draft", "upcoming", "upcoming_in_")
    door.pull("advance", {"to": shown["period_start"] + 3600})
    came = door.ask("GET", "/v1/invoices", {"subscription": subscription}).json()["data"][0]
    for name in ("subtotal", "total", "amount_due", "starting_balance", "ending_balance", "discounts", "currency"):
        assert shown[name] == came[name], name
    assert shown["amount_due"] == 2900 + 150 - 290 - 15 - 700
    assert [line["period"] for line in shown["lines"]["data"]] == [line["period"] for line in came["lines"]["data"]]
    assert door.ask("GET", f"/v1/invoices/{shown['id']}").status_code == 404


@pytest.mark.parametrize(
    ("change", "total"),
    [
        ({f"{ITEMS}[0][quantity]": 3}, 8700),
        ({f"{ITEMS}[0][deleted]": "true", f"{ITEMS}[1][price]": "PRICE", f"{ITEMS}[1][quantity]": 2}, 5800),
        ({"invoice_items[0][amount]": 50, "invoice_items[0][currency]": "usd"}, 2950),
        ({"preview_mode": "recurring"}, 2900),
    ],
)
def test_a_change_is_tried_without_being_made(door: Door, account: Account, change: dict[str, Any], total: int):
    subscription = account.subscription()
    items = door.sim.store.subscriptions[subscription]["items"]
    named = {f"{ITEMS}[0][id]": items["data"][0]["id"]} if any(key.startswith(ITEMS) for key in change) else {}
    given = {key: account.price if value == "PRICE" else value for key, value in change.items()}
    assert door.made(PREVIEW, {"subscription": subscription, **named, **given})["total"] == total
    assert door.sim.store.subscriptions[subscription]["items"] == items


def test_a_subscription_that_is_only_thought_of_is_priced(door: Door, account: Account):
    form = {"customer": account.customer(None), f"{ITEMS}[0][price]": account.price, f"{ITEMS}[0][quantity]": 2}
    assert door.made(PREVIEW, form)["amount_due"] == 5800
    assert len(door.sim.store.subscriptions) == 0


def test_where_nothing_comes_there_is_nothing_to_show(door: Door, account: Account):
    over, ending, customer = account.canceled(), account.subscription(), account.customer()
    door.made(f"/v1/subscriptions/{ending}", {"cancel_at_period_end": "true"})
    nothing = Refusal(404, INVALID, "invoice_upcoming_none", None)
    for form in ({"subscription": over}, {"subscription": ending}, {"customer": customer}):
        assert door.refused("POST", PREVIEW, form) == nothing
    assert door.refused("POST", PREVIEW) == Refusal(400, INVALID, "parameter_missing", "customer")
    wrong = {"subscription": account.subscription(), "customer": customer}
    assert door.refused("POST", PREVIEW, wrong) == Refusal(400, INVALID, None, "subscription")
    strange = {"subscription": wrong["subscription"], f"{ITEMS}[0][id]": "si_x"}
    expected = Refusal(400, INVALID, "resource_missing", f"{ITEMS}[0][id]")
    assert door.refused("POST", PREVIEW, strange) == expected
