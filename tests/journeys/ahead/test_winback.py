"""A month after leaving: letters that come, an offer that is taken in Stripe's Checkout, and silence from then on."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import urljoin

import httpx
import pytest
from django.test import Client

from tests.journeys.conftest import Shop
from tideover.analytics.period import last_days
from tideover.analytics.scope import Scope
from tideover.analytics.winback import WonBack, won_back
from tideover.core.money import Money
from tideover.flow.stripe import stripe_for
from tideover.messages.erased import erased_among
from tideover.mirror.hearing import read_again
from tideover.mirror.importing import begin, read_all
from tideover.mirror.models import Subscription
from tideover.predunning.models import Alert
from tideover.predunning.rounds import alert_all
from tideover.recovery.places import zone
from tideover.tenants.models import Project

DAY = timedelta(days=1)
GOOD = {"number": "4242424242424242", "expiry": "12/30", "cvc": "123"}


@pytest.fixture
def shop(open_shop) -> Shop:
    """Who leaves is asked back, with an offer in the third letter; Pia has just left a monthly plan."""
    shop = open_shop("tuned")
    begin(shop.connection, shop.machine.now)
    Project.objects.update(winback=True, winback_offers="14: 20% for 3 months, valid 10 days")
    shop.customer = shop.client.v1.customers.create(
        {"name": "Pia Payer", "email": "pia@payer.example", "address": {"country": "GB"}}
    )
    shop.use_card("pm_card_visa")
    month = {"interval": "month"}
    price = shop.client.v1.prices.create(
        {"product_data": {"name": "Pro"}, "currency": "usd", "unit_amount": 5000, "recurring": month, "nickname": "Pro"}  # type: ignore[typeddict-item]
    )
    shop.subscription = shop.client.v1.subscriptions.create(
        {"customer": shop.customer.id, "items": [{"price": price.id}]}
    )
    live(shop, 2)
    shop.client.v1.subscriptions.cancel(shop.subscription.id)
    return shop


def live(shop: Shop, days: int, step: timedelta = DAY / 4) -> None:
    """So many days, with what a worker does beside what is due: reading what the account has, and the letters."""
    until = shop.machine.now + days * DAY
    while shop.machine.now < until:
        shop.machine.move(min(shop.machine.now + step, until))
        read_all(stripe_for, erased_among, shop.machine.now)
        read_again(stripe_for, erased_among, shop.machine.now)
        alert_all(shop.machine.effects, shop.machine.now)


def subjects(shop: Shop) -> list[str]:
    return [str(mail["Subject"]) for to, mail in shop.mail.accepted if to == "pia@payer.example"]


def text(shop: Shop) -> str:
    return str(shop.mail.accepted[-1][1].get_body(("plain",)).get_content())


def led_to(shop: Shop) -> str:
    """Where the button of the page in the last letter leads."""
    found = re.search(r"https?://[^/\s]+(/back/[\w-]+)\n", text(shop))
    assert found
    leads = re.search(r"url=([^\"]+)", Client().post(f"{found[1]}/checkout").content.decode())
    assert leads
    return leads[1]


def buy(address: str) -> httpx.Response:
    action = re.search(r'action="(/c/pay/[^"]+)"', httpx.get(address).text)
    assert action
    return httpx.post(urljoin(address, action[1]), data=GOOD)


def test_who_takes_the_offer_pays_less_for_three_months_and_hears_no_more(shop):
    live(shop, 16)
    assert subjects(shop) == [
        "[Test] Your subscription has ended", "[Test] Was something missing?", "[Test] An offer, if you want to come back",
    ]  # fmt: skip
    assert "20% off for the first 3 months" in " ".join(text(shop).split())
    address = led_to(shop)
    assert led_to(shop) == address  # a second click is no second session
    assert buy(address).status_code == 303
    assert httpx.get(address).status_code == 404
    live(shop, 40)
    assert len(subjects(shop)) == 3
    begun = Subscription.objects.exclude(led_by="").get()
    assert begun.led_by == Alert.objects.get(kind="winback_14").public_id
    paid = shop.client.v1.invoices.list({"subscription": begun.stripe_id}).data
    assert {invoice.amount_paid for invoice in paid} == {4000}
    scope = Scope(shop.connection.organization_id, shop.connection.project_id, "usd")
    period = last_days(60, shop.machine.now.date(), zone("UTC"))
    assert won_back(scope, period) == WonBack(3, 1, Money(5000, "usd"), unread=0)


def test_who_stays_away_hears_four_times_and_never_again(shop):
    live(shop, 60)
    assert len(subjects(shop)) == 4
    assert [*Alert.objects.values_list("state", flat=True).distinct()] == ["sent"]
    assert shop.client.v1.subscriptions.list({"customer": shop.customer.id}).data == []
