"""What Stripe tells of an intent, and of an account."""

from __future__ import annotations

import pytest

from tests.rooms.gateways.bodies import ACCOUNT, INTENT, SETUP, VISA, changed
from tideover.gateways import accounts, reading
from tideover.gateways.answers import Card
from tideover.gateways.shape import Odd


def test_an_intent_tells_whose_it_is_and_what_went_wrong():
    read = reading.intent_read(INTENT)
    assert (read.customer_id, read.card, read.decline.code) == (INTENT["customer"], VISA, "insufficient_funds")
    assert reading.intent_read(SETUP).decline is None


@pytest.mark.parametrize(
    ("path", "value"), [("id", ...), ("status", None), ("customer", 5), ("payment_method", []), ("client_secret", 1)]
)
def test_an_intent_with_a_field_of_another_kind_is_odd(path, value):
    with pytest.raises(Odd):
        reading.intent_read(changed(SETUP, path, value))


@pytest.mark.parametrize("method", [None, "", "pm_1", {"id": "pm_1"}])
def test_the_method_of_an_intent_may_be_nobodys_or_not_expanded(method):
    read = reading.intent_read({**SETUP, "payment_method": method})
    assert read.payment_method_id == ("pm_1" if method else "")
    assert read.card == (Card("pm_1") if method else None)


@pytest.mark.parametrize(
    ("account", "name"),
    [
        (ACCOUNT, "Alpine Analytics"),
        ({**ACCOUNT, "business_profile": None}, "Alpine"),
        ({**ACCOUNT, "business_profile": {"name": None}, "settings": {"dashboard": None}}, ACCOUNT["id"]),
        ({"id": ACCOUNT["id"]}, ACCOUNT["id"]),
    ],
)
def test_an_account_has_a_name_whatever_it_leaves_out(account, name):
    read = accounts.account_read(account)
    assert read.name == name
    assert read.time_zone
    assert read.currency
