"""A month in the life of a failed payment, through the whole house, against the simulator over HTTP."""

from datetime import UTC, datetime

import pytest

pytestmark = pytest.mark.django_db(transaction=True)


def test_windback_writes_four_times_in_seven_days_and_gives_up(open_shop):
    shop = open_shop("windback")
    shop.renewal_fails()
    shop.until_day(20)
    assert shop.story() == [
        "day 1  failed: sent",
        "day 3  urgent: sent",
        "day 5  help: sent",
        "day 7  final: sent",
        "day 7  close: closed",
    ]
    assert shop.case.state == "abandoned"
    assert [a["by"] for a in shop.world.ledger()] == ["stripe"]
    shop.use_card("pm_card_visa")
    shop.client.v1.invoices.pay(shop.case.invoice_id)
    shop.until_day(21)
    assert (shop.case.state, shop.case.via) == ("recovered", "customer")


def test_paymentrescue_writes_three_times_and_charges_a_new_card_at_once(open_shop):
    shop = open_shop("paymentrescue")
    shop.renewal_fails()
    shop.until_day(5)
    assert shop.story() == ["day 0  failed: sent", "day 3  urgent: sent"]
    shop.use_card("pm_card_visa")
    shop.until_day(10)
    assert shop.story()[2:] == ["day 5  charge: paid"]
    assert shop.case.state == "recovered"
    assert len(shop.mail.accepted) == 2


def test_revguard_charges_after_three_hours_and_on_days_one_three_and_seven(open_shop):
    shop = open_shop("revguard")
    shop.renewal_fails()
    shop.until_day(20)
    tries = [a for a in shop.world.ledger() if a["by"] == "api"]
    first = shop.failed_at.timestamp()
    assert [round((a["at"] - first) / 3600) for a in tries] == [3, 24, 72, 168]
    assert len({a["idempotency_key"] for a in tries}) == 4
    assert shop.case.state == "abandoned"


def test_recover_waits_for_paydays(open_shop):
    shop = open_shop("recover")
    shop.renewal_fails()
    shop.until_day(30)
    tries = [a for a in shop.world.ledger() if a["by"] == "api"]
    # failed on Tuesday 20 October: the next Friday, the 1st and the 15th
    assert [f"{datetime.fromtimestamp(a['at'], UTC):%a %-d %b %H:%M}" for a in tries] == [
        "Fri 23 Oct 08:00",
        "Sun 1 Nov 09:00",
        "Sun 15 Nov 09:00",
    ]
    assert [line for line in shop.story() if "charge" not in line] == [
        "day 0  failed: sent",
        "day 3  reminder: sent",
        "day 7  urgent: sent",  # a warning of lost access is sent only where the merchant states one
        "day 14  help: sent",
        "day 21  last_chance: sent",
        "day 28  final: sent",
    ] + [line for line in shop.story() if "close" in line]


def test_tuned_recovers_when_the_money_is_there(open_shop):
    shop = open_shop("tuned")
    shop.renewal_fails("pm_sim_decline_insufficient_funds_n3")
    shop.until_day(30)
    assert shop.case.state == "recovered"
    assert shop.case.via == "retry"
    assert len([a for a in shop.world.ledger() if a["by"] == "api"]) == 3


def test_an_expired_card_is_not_charged_and_the_customer_is_asked_for_another(open_shop):
    shop = open_shop("recover")
    shop.renewal_fails("pm_sim_decline_expired_card")
    shop.until_day(29)
    assert [a for a in shop.world.ledger() if a["by"] == "api"] == []
    assert shop.story()[0] == "day 0  update_card: sent"


def test_a_customer_who_pays_elsewhere_hears_nothing_more(open_shop):
    shop = open_shop("tuned")
    shop.renewal_fails()
    shop.until_day(1)
    sent = len(shop.mail.accepted)
    shop.use_card("pm_card_visa")
    shop.client.v1.invoices.pay(shop.case.invoice_id)
    shop.until_day(30)
    assert shop.case.state == "recovered"
    assert len(shop.mail.accepted) == sent


def test_a_canceled_subscription_is_churn_and_is_left_alone(open_shop):
    shop = open_shop("tuned")
    shop.renewal_fails()
    shop.client.v1.subscriptions.cancel(shop.subscription.id)
    shop.until_day(10)
    assert shop.case.state == "churned"
    assert len([a for a in shop.world.ledger() if a["by"] == "api"]) == 0


def test_a_voided_invoice_ends_the_sequence(open_shop):
    shop = open_shop("tuned")
    case = shop.renewal_fails()
    shop.client.v1.invoices.void_invoice(case.invoice_id)
    shop.until_day(10)
    assert shop.case.state == "canceled"


def test_events_that_were_lost_are_not_needed_before_a_charge(open_shop):
    shop = open_shop("tuned")
    case = shop.renewal_fails()
    shop.world._post("/_sim/drop_deliveries", {"n": 1000})
    shop.use_card("pm_card_visa")
    shop.client.v1.invoices.pay(case.invoice_id)
    sent = len(shop.mail.accepted)
    shop.until_day(30)
    assert shop.case.state == "recovered"
    assert len(shop.mail.accepted) == sent
    assert len([a for a in shop.world.ledger() if a["outcome"] == "succeeded"]) == 1
