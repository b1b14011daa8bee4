"""What a subscription is a month, as it tells itself; and nothing where one of its prices cannot be read so."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rooms.gateways.bodies import MADE_AT
from tideover.gateways.told import MethodTold, SubscriptionTold, told_by

MONTH = {"interval": "month"}


def an_item(recurring: dict[str, Any] | None, amount: int | None = 1200, quantity: int | None = None) -> dict[str, Any]:
    return {"price": {"unit_amount": amount, "recurring": recurring}, "quantity": quantity}


def monthly(*items: dict[str, Any]) -> int | None:
    thing = {
        "object": "subscription", "id": "sub_1", "customer": "cus_1", "status": "active", "currency": "usd",
        "created": MADE_AT, "items": {"data": list(items)},
    }  # fmt: skip
    [told] = told_by(thing)
    assert isinstance(told, SubscriptionTold)
    return told.monthly


@pytest.mark.parametrize(
    ("items", "month"),
    [
        ([an_item(MONTH)], 1200),
        ([an_item(MONTH, quantity=3), an_item({"interval": "year"})], 3700),
        ([an_item({"interval": "month", "interval_count": 3})], 400),
        ([an_item(MONTH), an_item({**MONTH, "usage_type": "metered"}, None)], 1200),
        ([an_item({**MONTH, "usage_type": "metered"}, None)], None),
        ([an_item(MONTH), an_item(MONTH, None)], None),
        ([an_item(MONTH), an_item({"interval": "moon"})], None),
        ([an_item(MONTH), an_item(None)], None),
        ([], None),
    ],
)
def test_what_a_subscription_is_a_month(items, month):
    assert monthly(*items) == month


@pytest.mark.parametrize(
    ("says", "gone"),
    [({"customer": "cus_1"}, False), ({"customer": None}, True), ({"customer": "cus_1", "deleted": True}, True)],
)
def test_a_method_without_a_customer_is_gone_and_so_is_one_that_was_taken_off(says, gone):
    [told] = told_by({"object": "payment_method", "id": "pm_1", "type": "card", **says})
    assert isinstance(told, MethodTold)
    assert told.gone == gone
