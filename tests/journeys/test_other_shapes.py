"""Failures that are none of the usual: without a charge, while collection is paused, for a change that is held back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.journeys.conftest import DAY, Shop
from tideover.recovery.models import Case

pytestmark = pytest.mark.django_db(transaction=True)
HOUR = timedelta(hours=1)


def days_go_by(shop: Shop, number: float) -> None:
    shop.machine.move(shop.machine.now + number * DAY)


def ours(shop: Shop) -> list[dict[str, Any]]:
    """What we tried to charge, by the world's own books."""
    return [row for row in shop.world.ledger() if row["by"] == "api"]


def test_a_mandate_that_has_ended_opens_a_case_that_only_another_method_ends(open_shop):
    shop = open_shop("tuned")
    shop.renewal_comes("pm_sepaDebit_success_de", "eur")
    [account] = shop.client.v1.customers.payment_methods.list(shop.customer.id).data
    shop.world._post("/_sim/mandate", {"payment_method": account.id, "status": "inactive"})
    days_go_by(shop, 0.2)
    shop.failed_at = shop.case.opened_at
    assert (shop.case.family, shop.case.decline_code) == ("revoked", "payment_intent_mandate_invalid")
    shop.until_day(10)
    assert ours(shop) == [], "without a permission nothing is debited"
    assert shop.mail.accepted, "the customer is asked"
    shop.use_card("pm_card_visa")
    shop.until_day(11)
    assert shop.case.state == "recovered"
    assert [row["outcome"] for row in ours(shop)] == ["succeeded"]


def test_who_has_no_method_on_file_is_asked_for_one_and_nothing_is_tried(open_shop):
    shop = open_shop("tuned")
    shop.renewal_comes("pm_card_visa")
    [card] = shop.client.v1.customers.payment_methods.list(shop.customer.id).data
    shop.client.v1.payment_methods.detach(card.id)
    days_go_by(shop, 0.2)
    shop.failed_at = shop.case.opened_at
    assert shop.case.family == "expired"
    shop.until_day(6)
    assert shop.world.ledger() == [], "there was nothing to charge, for Stripe and for us"
    shop.use_card("pm_card_visa")
    shop.until_day(7)
    assert shop.case.state == "recovered"


def test_a_bank_that_asks_before_the_charge_is_answered_by_the_customer_alone(open_shop):
    shop = open_shop("tuned")
    shop.renewal_fails("pm_card_authenticationRequired")
    assert shop.case.family == "authentication"
    shop.until_day(9)
    assert ours(shop) == [], "nobody but the customer can answer the bank"
    invoice = shop.client.v1.invoices.retrieve(shop.case.invoice_id, {"expand": ["payments"]})
    intent = invoice.payments.data[0].payment.payment_intent
    shop.world._post("/_sim/authenticate", {"intent": intent, "passed": True})
    shop.until_day(10)
    assert (shop.case.state, shop.case.via) == ("recovered", "customer")


def pause(shop: Shop, behavior: str) -> None:
    shop.client.v1.subscriptions.update(shop.subscription.id, {"pause_collection": {"behavior": behavior}})


@pytest.mark.parametrize("behavior", ["keep_as_draft", "mark_uncollectible", "void"])
def test_while_collection_is_paused_a_case_rests_and_goes_on_afterwards(open_shop, behavior):
    shop = open_shop("tuned")
    shop.renewal_fails()
    shop.until_day(1)
    pause(shop, behavior)
    days_go_by(shop, 0.1)
    tried, written = len(ours(shop)), len(shop.mail.accepted)
    shop.until_day(9)
    assert (len(ours(shop)), len(shop.mail.accepted)) == (tried, written), "paused: neither charged nor written to"
    assert shop.case.state == "failing"
    shop.client.v1.subscriptions.update(shop.subscription.id, {"pause_collection": ""})
    shop.use_card("pm_card_visa")
    shop.until_day(12)
    assert shop.case.state == "recovered"


@pytest.mark.parametrize(
    ("behavior", "status"), [("keep_as_draft", "draft"), ("mark_uncollectible", "uncollectible"), ("void", "void")]
)
def test_what_falls_due_while_collection_is_paused_is_no_failure(open_shop, behavior, status):
    shop = open_shop("tuned")
    shop.renewal_comes("pm_sim_decline_insufficient_funds")
    pause(shop, behavior)
    days_go_by(shop, 3)
    invoices = shop.client.v1.invoices.list({"subscription": shop.subscription.id}).data
    assert invoices[0].status == status
    assert Case.objects.count() == 0
    assert shop.world.ledger() == []


def test_a_draft_that_cannot_be_finalized_is_no_failure_until_it_is_charged(open_shop):
    shop = open_shop("tuned")
    shop.renewal_comes("pm_sim_decline_insufficient_funds")
    knob = {"customer": shop.customer.id, "on": True}
    shop.world._post("/_sim/fail_finalization", knob)
    days_go_by(shop, 3)
    [draft] = shop.client.v1.invoices.list({"subscription": shop.subscription.id, "status": "draft"}).data
    assert draft.last_finalization_error
    assert Case.objects.count() == 0, "nothing was owed yet"
    shop.world._post("/_sim/fail_finalization", knob | {"on": False})
    days_go_by(shop, 0.2)
    assert (shop.case.state, shop.case.family) == ("failing", "no_funds")


def upgrade_fails(shop: Shop, behavior: str) -> None:
    """A customer who pays asks for more than their card carries."""
    shop.renewal_comes("pm_card_visa")
    days_go_by(shop, 10)
    shop.use_card("pm_sim_decline_insufficient_funds")
    v1 = shop.client.v1
    price = v1.prices.create(
        {"product_data": {"name": "Max"}, "currency": "usd", "unit_amount": 29900, "recurring": {"interval": "month"}}
    )
    items = [{"id": shop.subscription["items"].data[0].id, "price": price.id}]
    change: Any = {"items": items, "proration_behavior": "always_invoice", "payment_behavior": behavior}
    v1.subscriptions.update(shop.subscription.id, change)


def test_an_upgrade_that_stripe_holds_back_is_nobodys_debt(open_shop):
    shop = open_shop("tuned")
    upgrade_fails(shop, "pending_if_incomplete")
    assert shop.client.v1.subscriptions.retrieve(shop.subscription.id).pending_update
    days_go_by(shop, 0.5)
    assert Case.objects.count() == 0
    days_go_by(shop, 5)
    assert shop.client.v1.subscriptions.retrieve(shop.subscription.id).pending_update is None
    assert (Case.objects.count(), shop.mail.accepted) == (0, [])
    assert [row["outcome"] for row in ours(shop)] == ["failed"], "the merchant's own request, and none of ours"


def test_an_upgrade_that_was_made_unpaid_is_a_debt_like_any_other(open_shop):
    shop = open_shop("tuned")
    upgrade_fails(shop, "allow_incomplete")
    days_go_by(shop, 0.2)
    assert (shop.case.state, shop.case.family) == ("failing", "no_funds")
