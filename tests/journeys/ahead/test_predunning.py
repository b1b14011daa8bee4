"""A card that ends before it is charged next: written about once, updated at Stripe, and the renewal is paid."""

from __future__ import annotations

import re
from datetime import timedelta

import httpx
import pytest
from django.test import Client

from tests.journeys.conftest import Shop
from tideover.flow.stripe import stripe_for
from tideover.messages.erased import erased_among
from tideover.mirror.hearing import read_again
from tideover.mirror.importing import begin, read_all
from tideover.predunning.models import Alert
from tideover.predunning.rounds import alert_all
from tideover.recovery.models import Case
from tideover.tenants.alerting import switch_alerts

DAY = timedelta(days=1)


@pytest.fixture
def shop(open_shop) -> Shop:
    """Alerts on; a subscription that renews on November 20 by a card that ends with October."""
    shop = open_shop("tuned")
    begin(shop.connection, shop.machine.now)
    switch_alerts(shop.connection, on=True, by="alice@alpine.example", now=shop.machine.now)
    shop.renewal_comes("pm_card_visa")
    details = {"number": "4242424242424242", "exp_month": 10, "exp_year": 2026, "cvc": "123"}
    card = shop.client.v1.payment_methods.create({"type": "card", "card": details})  # type: ignore[typeddict-item]
    shop.use_card(card.id)
    return shop


def live(shop: Shop, days: int) -> None:
    """So many days, with what a worker does beside what is due: reading what the account has, and the alerts."""
    for _ in range(days * 4):
        shop.machine.move(shop.machine.now + DAY / 4)
        read_all(stripe_for, erased_among, shop.machine.now)
        read_again(stripe_for, erased_among, shop.machine.now)
        alert_all(shop.machine.effects, shop.machine.now)


def subjects(shop: Shop) -> list[str]:
    return [str(mail["Subject"]) for to, mail in shop.mail.accepted if to == "pia@payer.example"]


def link_in(shop: Shop) -> str:
    text = shop.mail.accepted[-1][1].get_body(("plain",)).get_content()
    found = re.search(r"https?://[^/\s]+(/card/[\w-]+)\n", text)
    assert found
    return found[1]


def bring_a_card(address: str) -> None:
    """What Stripe's portal asks for, typed there."""
    card = {"number": "5555555555554444", "expiry": "12/34", "cvc": "123"}
    assert httpx.post(f"{address}/card", data=card).status_code == 303  # back to our page


def test_a_payer_updates_the_card_from_the_mail_and_the_renewal_is_paid_without_a_failure(shop):
    live(shop, 23)
    assert subjects(shop) == []
    live(shop, 3)
    assert subjects(shop) == ["[Test] Your card was valid until the end of October 2026"]
    text = shop.mail.accepted[0][1].get_body(("plain",)).get_content()
    assert "US$99.00" in text
    assert "20 November 2026" in text
    browser, page = Client(), link_in(shop)
    assert "Your card has expired" in browser.get(page).content.decode()
    leads = browser.post(f"{page}/portal").content.decode()
    portal = re.search(r"url=([^\"]+)", leads)
    assert portal
    bring_a_card(portal[1])
    live(shop, 1)
    assert "Your card is up to date" in browser.get(page).content.decode()
    live(shop, 10)
    assert len(subjects(shop)) == 1
    assert not Case.objects.exists()
    paid = shop.client.v1.invoices.list({"subscription": shop.subscription.id}).data
    assert [invoice.status for invoice in paid if invoice.amount_due] == ["paid", "paid"]


def test_a_subscription_that_names_the_old_card_is_charged_by_the_one_that_was_brought(shop):
    old = shop.client.v1.customers.retrieve(shop.customer.id).invoice_settings.default_payment_method
    assert isinstance(old, str)
    shop.client.v1.subscriptions.update(shop.subscription.id, {"default_payment_method": old})
    live(shop, 26)
    leads = Client().post(f"{link_in(shop)}/portal").content.decode()
    portal = re.search(r"url=([^\"]+)", leads)
    assert portal
    bring_a_card(portal[1])
    live(shop, 1)
    now = shop.client.v1.subscriptions.retrieve(shop.subscription.id).default_payment_method
    assert now
    assert now != old
    assert now == shop.client.v1.customers.retrieve(shop.customer.id).invoice_settings.default_payment_method


def test_a_card_whose_details_were_corrected_in_time_is_written_about_by_nobody(shop):
    live(shop, 10)
    card = shop.client.v1.customers.retrieve(shop.customer.id).invoice_settings.default_payment_method
    assert isinstance(card, str)
    shop.client.v1.payment_methods.update(card, {"card": {"exp_month": 10, "exp_year": 2031}})
    live(shop, 23)
    assert subjects(shop) == []
    assert not Alert.objects.exists()


def test_a_subscription_that_is_to_end_before_it_renews_is_written_about_by_nobody(shop):
    live(shop, 5)
    shop.client.v1.subscriptions.update(shop.subscription.id, {"cancel_at_period_end": True})
    live(shop, 28)
    assert subjects(shop) == []
    assert not Alert.objects.exists()
