"""Upgrades that are billed at once: made, made although unpaid, held back until they are paid, or refused."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from tests.contracts.merchant import DAY, Merchant
from tests.rooms.simulator.conftest import START

HOUR = 3600


def dearer(merchant: Merchant) -> str:
    product = merchant.v1.products.create({"name": "Premium"})
    return merchant.v1.prices.create(
        {"product": product.id, "unit_amount": 8900, "currency": "usd", "recurring": {"interval": "month"}}
    ).id


def upgrade(merchant: Merchant, card: str, behavior: str | None) -> stripe.Subscription:
    """Half a month after its beginning a subscription of $29 becomes one of $89; `card` is to pay the difference."""
    merchant.world.pull("smart_retries", on=False)
    subscription = merchant.subscription()
    method = merchant.v1.payment_methods.attach(card, {"customer": str(subscription.customer)})
    merchant.v1.subscriptions.update(subscription.id, {"default_payment_method": method.id})
    merchant.world.pull("advance", to=START + 15 * DAY)
    params: dict[str, Any] = {
        "items": [{"id": subscription["items"].data[0].id, "price": dearer(merchant)}],
        "proration_behavior": "always_invoice",
    }
    return merchant.v1.subscriptions.update(
        subscription.id,
        params | ({"payment_behavior": behavior} if behavior else {}),  # type: ignore[arg-type]
    )


def standing(merchant: Merchant, subscription: stripe.Subscription) -> tuple[str, int, bool]:
    """Its status, what it costs a month, and whether a change waits."""
    read = merchant.v1.subscriptions.retrieve(subscription.id)
    return read.status, int(read["items"].data[0].price.unit_amount), read.pending_update is not None


def last_invoice(merchant: Merchant, subscription: stripe.Subscription) -> stripe.Invoice:
    read = merchant.v1.subscriptions.retrieve(subscription.id)
    return merchant.v1.invoices.retrieve(str(read.latest_invoice))


def told(merchant: Merchant, word: str) -> list[str]:
    kinds = [event.type for event in merchant.v1.events.list({"limit": 100}).data]
    return [kind.rsplit("_", 1)[1] for kind in reversed(kinds) if word in kind]


@pytest.mark.parametrize("behavior", [None, "pending_if_incomplete", "error_if_incomplete"])
def test_an_upgrade_that_is_paid_is_made_at_once(merchant: Merchant, behavior: str | None):
    subscription = upgrade(merchant, "pm_card_visa", behavior)
    assert standing(merchant, subscription) == ("active", 8900, False)
    invoice = last_invoice(merchant, subscription)
    assert (invoice.status, invoice.billing_reason, invoice.amount_paid) == ("paid", "subscription_update", 3000)
    assert told(merchant, "pending_update") == []


def test_an_unpaid_upgrade_is_made_all_the_same_unless_asked_otherwise(merchant: Merchant):
    subscription = upgrade(merchant, "pm_sim_decline_insufficient_funds", None)
    assert standing(merchant, subscription) == ("past_due", 8900, False)


def test_an_upgrade_that_is_held_back_leaves_the_subscription_as_it_was(merchant: Merchant):
    subscription = upgrade(merchant, "pm_sim_decline_insufficient_funds", "pending_if_incomplete")
    assert standing(merchant, subscription) == ("active", 2900, True)
    pending = subscription.pending_update
    assert pending
    assert pending.expires_at == START + 15 * DAY + 23 * HOUR
    assert [item.price.unit_amount for item in pending.subscription_items or []] == [8900]
    invoice = last_invoice(merchant, subscription)
    assert (invoice.status, invoice.attempted, invoice.next_payment_attempt) == ("open", True, None)


def test_it_is_made_once_it_is_paid(merchant: Merchant):
    subscription = upgrade(merchant, "pm_sim_decline_insufficient_funds", "pending_if_incomplete")
    invoice = last_invoice(merchant, subscription)
    merchant.v1.invoices.pay(str(invoice.id), {"payment_method": "pm_card_visa"})
    assert standing(merchant, subscription) == ("active", 8900, False)
    assert told(merchant, "pending_update") == ["applied"]
    merchant.world.pull("advance", to=START + 17 * DAY)
    assert told(merchant, "pending_update") == ["applied"]


def test_it_is_forgotten_after_twenty_three_hours_and_nobody_owes_for_it(merchant: Merchant):
    subscription = upgrade(merchant, "pm_sim_decline_insufficient_funds", "pending_if_incomplete")
    merchant.world.pull("advance", to=START + 15 * DAY + 23 * HOUR - 1)
    assert standing(merchant, subscription) == ("active", 2900, True)
    merchant.world.pull("advance", to=START + 15 * DAY + 23 * HOUR)
    assert standing(merchant, subscription) == ("active", 2900, False)
    assert last_invoice(merchant, subscription).status == "void"
    assert told(merchant, "pending_update") == ["expired"]


def test_a_renewal_forgets_it_too(merchant: Merchant):
    subscription = upgrade(merchant, "pm_sim_decline_insufficient_funds", "pending_if_incomplete")
    upgrades = last_invoice(merchant, subscription)
    renewed = merchant.world.pull("renew", subscription=subscription.id)["invoice"]
    assert renewed["amount_due"] == 2900
    assert merchant.v1.invoices.retrieve(str(upgrades.id)).status == "void"
    assert told(merchant, "pending_update") == ["expired"]


def test_an_upgrade_that_must_be_paid_is_refused_and_leaves_nothing_owed(merchant: Merchant):
    with pytest.raises(stripe.CardError) as raised:
        upgrade(merchant, "pm_sim_decline_insufficient_funds", "error_if_incomplete")
    assert raised.value.code == "card_declined"
    [subscription] = merchant.v1.subscriptions.list().data
    assert standing(merchant, subscription) == ("active", 2900, False)
    assert last_invoice(merchant, subscription).status == "void"


def test_what_cannot_wait_for_its_payment_is_refused(merchant: Merchant):
    subscription = merchant.subscription()
    with pytest.raises(stripe.InvalidRequestError, match="pending_if_incomplete") as raised:
        merchant.v1.subscriptions.update(
            subscription.id, {"metadata": {"a": "b"}, "payment_behavior": "pending_if_incomplete"}
        )
    assert raised.value.param == "metadata"


def test_a_cheaper_price_and_one_from_the_next_period_on_are_billed_nothing(merchant: Merchant):
    subscription = merchant.subscription()
    item = subscription["items"].data[0].id
    first = last_invoice(merchant, subscription).id
    merchant.v1.subscriptions.update(
        subscription.id, {"items": [{"id": item, "price": dearer(merchant)}], "proration_behavior": "none"}
    )
    merchant.v1.subscriptions.update(
        subscription.id, {"items": [{"id": item, "price": merchant.price.id}], "proration_behavior": "always_invoice"}
    )
    assert standing(merchant, subscription) == ("active", 2900, False)
    assert last_invoice(merchant, subscription).id == first
