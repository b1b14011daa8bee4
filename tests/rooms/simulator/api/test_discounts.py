"""Coupons and promotion codes: what they take off, for how long, for whom, and when they are refused."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rooms.simulator.asking import INVALID
from tests.rooms.simulator.door import Door, Refusal
from tests.rooms.simulator.furnished import DAY, Account
from tideover.simulator.api.billing.discounts import spread

SUBSCRIPTIONS = "/v1/subscriptions"
Json = dict[str, Any]


@pytest.fixture
def account(door: Door) -> Account:
    return Account(door)


def coupon(door: Door, **terms: Any) -> str:
    return str(door.made("/v1/coupons", {"percent_off": "25"} | terms)["id"])


def subscribed(account: Account, **given: Any) -> Json:
    form = {"customer": account.customer(), "items[0][price]": account.price, **given}
    made: Json = account.door.made(SUBSCRIPTIONS, form)
    return made


def paid(door: Door, subscription: str) -> list[int]:
    """What each invoice of a subscription came to, oldest first."""
    rows = door.ask("GET", "/v1/invoices", {"subscription": subscription, "limit": 20}).json()["data"]
    return [row["amount_paid"] for row in reversed(rows)]


@pytest.mark.parametrize(
    ("terms", "amounts"),
    [
        ({"duration": "once"}, [2175, 2900, 2900, 2900]),
        ({"duration": "repeating", "duration_in_months": "2"}, [2175, 2175, 2900, 2900]),
        ({"duration": "forever"}, [2175, 2175, 2175, 2175]),
        ({"percent_off": "100", "duration": "once"}, [0, 2900, 2900, 2900]),
        ({"percent_off": "33.33", "duration": "once"}, [1933, 2900, 2900, 2900]),
    ],
)
def test_a_coupon_lasts_as_long_as_it_says(door: Door, account: Account, terms: Json, amounts: list[int]):
    subscription = subscribed(account, **{"discounts[0][coupon]": coupon(door, **terms)})
    door.pull("advance", {"to": door.sim.now() + 95 * DAY})
    assert paid(door, subscription["id"]) == amounts


def test_an_amount_off_never_makes_an_invoice_negative_and_each_part_says_what_it_got(door: Door, account: Account):
    made = door.made("/v1/coupons", {"amount_off": 5000, "currency": "USD", "id": "FREE"})
    assert (made["id"], made["duration"], made["currency"]) == ("FREE", "once", "usd")
    subscription = subscribed(account, **{"discounts[0][coupon]": "FREE"})
    invoice = door.ask("GET", f"/v1/invoices/{subscription['latest_invoice']}").json()
    key = invoice["discounts"][0]
    off = [{"amount": 2900, "discount": key}]
    assert (invoice["subtotal"], invoice["total"], invoice["status"]) == (2900, 0, "paid")
    assert invoice["total_discount_amounts"] == off
    assert invoice["lines"]["data"][0]["discount_amounts"] == off
    shown = door.ask("GET", f"/v1/invoices/{invoice['id']}", {"expand[0]": "discounts.source.coupon"}).json()
    assert shown["discounts"][0]["source"]["coupon"]["id"] == "FREE"


def test_a_coupon_for_some_products_leaves_the_others_alone():
    terms = {"applies_to": {"products": ["prod_a"]}, "percent_off": 50, "amount_off": None}
    assert spread(terms, ["prod_a", "prod_b", None], [1001, 500, 200]) == [501, 0, 0]


def test_an_amount_is_spread_over_the_lines_to_the_last_cent():
    terms = {"applies_to": None, "percent_off": None, "amount_off": 100}
    assert spread(terms, [None] * 4, [300, 300, -50, 300]) == [33, 33, 0, 34]
    assert spread(terms, [None] * 2, [0, 0]) == [0, 0]


def test_a_discount_stays_when_its_coupon_is_deleted_and_goes_when_it_is_taken_off(door: Door, account: Account):
    key = coupon(door, duration="forever")
    subscription = subscribed(account, **{"discounts[0][coupon]": key})
    assert door.ask("DELETE", f"/v1/coupons/{key}").json()["deleted"]
    assert door.pull("renew", {"subscription": subscription["id"]}).json()["invoice"]["total"] == 2175
    path = f"{SUBSCRIPTIONS}/{subscription['id']}/discount"
    assert door.ask("DELETE", path).json()["deleted"]
    assert door.pull("renew", {"subscription": subscription["id"]}).json()["invoice"]["total"] == 2900
    assert door.refused("DELETE", path).status == 400
    kinds = [row["type"] for row in door.ask("GET", "/v1/events", {"limit": 100}).json()["data"]]
    assert [kind for kind in kinds if "discount" in kind] == ["customer.discount.deleted", "customer.discount.created"]


def test_an_update_keeps_the_discount_it_names_and_drops_the_others(door: Door, account: Account):
    first, second = coupon(door, duration="forever"), coupon(door, percent_off="10", duration="forever")
    subscription = subscribed(account, **{"discounts[0][coupon]": first})
    path, old = f"{SUBSCRIPTIONS}/{subscription['id']}", subscription["discounts"][0]
    both = door.made(path, {"discounts[0][discount]": old, "discounts[1][coupon]": second})["discounts"]
    assert both[0] == old
    assert (
        door.pull("renew", {"subscription": subscription["id"]}).json()["invoice"]["total"] == 1957
    )  # 2900 - 725 - 218
    assert door.made(path, {"discounts": ""})["discounts"] == []
    again = door.refused("POST", path, {"discounts[0][discount]": old})
    assert again == Refusal(400, INVALID, "resource_missing", "discounts[0][discount]")


def test_a_coupon_that_is_used_up_or_past_its_day_is_refused(door: Door, account: Account):
    once, dated = coupon(door, max_redemptions="1"), coupon(door, redeem_by=door.sim.now() + DAY)
    subscribed(account, **{"discounts[0][coupon]": once})
    assert not door.ask("GET", f"/v1/coupons/{once}").json()["valid"]
    door.pull("advance", {"to": door.sim.now() + 2 * DAY})
    buyer = account.customer()
    euros = door.made("/v1/coupons", {"amount_off": 100, "currency": "eur"})["id"]
    for key, code in ((once, "coupon_expired"), (dated, "coupon_expired"), (euros, None), ("x", "resource_missing")):
        form = {"customer": buyer, "items[0][price]": account.price, "discounts[0][coupon]": key}
        assert door.refused("POST", SUBSCRIPTIONS, form) == Refusal(400, INVALID, code, "discounts[0][coupon]")
    assert door.ask("GET", SUBSCRIPTIONS, {"customer": buyer}).json()["data"] == []


@pytest.mark.parametrize(
    ("terms", "param"),
    [
        ({}, "percent_off"),
        ({"percent_off": "5", "amount_off": "5", "currency": "usd"}, "percent_off"),
        ({"percent_off": "0"}, "percent_off"),
        ({"percent_off": "100.5"}, "percent_off"),
        ({"amount_off": "5"}, "currency"),
        ({"amount_off": "0", "currency": "usd"}, "amount_off"),
        ({"percent_off": "5", "duration": "repeating"}, "duration_in_months"),
        ({"percent_off": "5", "duration_in_months": "3"}, "duration_in_months"),
        ({"percent_off": "5", "redeem_by": "5"}, "redeem_by"),
        ({"percent_off": "5", "name": "x" * 41}, "name"),
    ],
)
def test_a_coupon_that_makes_no_sense_is_refused(door: Door, terms: Json, param: str):
    assert door.refused("POST", "/v1/coupons", terms).param == param
    assert len(door.sim.store.coupons) == 0


def test_a_promotion_code_is_for_whom_it_says(door: Door, account: Account):
    key, friend = coupon(door), account.customer()

    def code(word: str, **more: Any) -> str:
        form = {"promotion[type]": "coupon", "promotion[coupon]": key, "code": word, **more}
        return str(door.made("/v1/promotion_codes", form)["id"])

    least = {"restrictions[minimum_amount]": 3000, "restrictions[minimum_amount_currency]": "usd"}
    refused = [
        code("FRIEND", customer=friend),
        code("MUCH", **least),
        code("OFF", active="false"),
        code("PAST", expires_at=door.sim.now() + DAY),
    ]
    first = code("FIRST", **{"restrictions[first_time_transaction]": "true", "max_redemptions": 2})
    door.pull("advance", {"to": door.sim.now() + DAY})
    buyer = account.customer()
    form = {"customer": buyer, "items[0][price]": account.price}
    for promotion in refused:
        met = door.refused("POST", SUBSCRIPTIONS, form | {"discounts[0][promotion_code]": promotion})
        assert met == Refusal(400, INVALID, None, "discounts[0][promotion_code]")
    made = door.made(SUBSCRIPTIONS, form | {"discounts[0][promotion_code]": first})
    assert door.ask("GET", f"/v1/invoices/{made['latest_invoice']}").json()["total"] == 2175
    again = door.refused("POST", SUBSCRIPTIONS, form | {"discounts[0][promotion_code]": first})
    assert again.param == "discounts[0][promotion_code]"
    assert door.ask("GET", "/v1/promotion_codes", {"code": "first"}).json()["data"][0]["times_redeemed"] == 1


def test_a_code_that_is_taken_or_misspelt_is_refused(door: Door):
    form = {"promotion[type]": "coupon", "promotion[coupon]": coupon(door), "code": "SPRING"}
    door.made("/v1/promotion_codes", form)
    for wrong, param in (
        ({"code": "spring"}, "code"),
        ({"code": "a b"}, "code"),
        ({"promotion[coupon]": "x", "code": ""}, "promotion[coupon]"),
        ({"restrictions[minimum_amount]": "5", "code": ""}, "restrictions[minimum_amount_currency]"),
        ({"expires_at": "5", "code": ""}, "expires_at"),
    ):
        assert door.refused("POST", "/v1/promotion_codes", form | wrong).param == param


def test_a_row_of_discounts_names_one_thing(door: Door, account: Account):
    key = coupon(door)
    form = {"customer": account.customer(), "items[0][price]": account.price, "discounts[0][coupon]": key}
    both = form | {"discounts[0][promotion_code]": "promo_x"}
    assert door.refused("POST", SUBSCRIPTIONS, both) == Refusal(400, INVALID, None, "discounts[0]")


def test_an_invoice_has_its_own_discount_or_that_of_its_subscription(door: Door, account: Account):
    subscription = subscribed(account, **{"discounts[0][coupon]": coupon(door, duration="forever")})
    own = {"customer": subscription["customer"], "discounts[0][coupon]": coupon(door, percent_off="50")}
    for form, total in ((own, 500), ({"customer": own["customer"], "subscription": subscription["id"]}, 750)):
        invoice = door.made("/v1/invoices", form)["id"]
        work = {"customer": own["customer"], "invoice": invoice, "amount": 1000, "currency": "usd"}
        door.made("/v1/invoiceitems", work)
        assert door.made(f"/v1/invoices/{invoice}/finalize")["amount_due"] == total
