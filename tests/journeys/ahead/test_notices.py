"""A trial that ends and a year that renews: told of once each, canceled from the mail at Stripe, and then left alone."""

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
from tideover.tenants.models import Project

DAY = timedelta(days=1)


@pytest.fixture
def shop(open_shop) -> Shop:
    """Renewals and trials are told of; Pia tries a yearly plan for ten days."""
    shop = open_shop("tuned")
    begin(shop.connection, shop.machine.now)
    Project.objects.update(renewal_notices=True, trial_notices=True)
    shop.customer = shop.client.v1.customers.create(
        {"name": "Pia Payer", "email": "pia@payer.example", "address": {"country": "GB"}}
    )
    shop.use_card("pm_card_visa")
    product, year = {"name": "Pro"}, {"interval": "year"}
    price = shop.client.v1.prices.create(
        {"product_data": product, "currency": "usd", "unit_amount": 9900, "recurring": year, "nickname": "Pro"}  # type: ignore[typeddict-item]
    )
    shop.subscription = shop.client.v1.subscriptions.create(
        {"customer": shop.customer.id, "items": [{"price": price.id}], "trial_period_days": 10}
    )
    return shop


def live(shop: Shop, days: int, step: timedelta = DAY / 4) -> None:
    """So many days, with what a worker does beside what is due: reading what the account has, and the notices."""
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


def test_a_trial_is_told_of_once_canceled_from_the_mail_and_never_paid(shop):
    live(shop, 2)
    assert subjects(shop) == []
    live(shop, 2)
    assert subjects(shop) == ["[Test] Your trial ends on 30 October 2026"]
    assert "US$99.00 is charged then by Visa •••• 4242" in " ".join(text(shop).split())
    found = re.search(r"https?://[^/\s]+(/plan/[\w-]+)\n", text(shop))
    assert found
    browser, page = Client(), found[1]
    assert "Your trial ends on 30 October 2026" in browser.get(page).content.decode()
    leads = re.search(r"url=([^\"]+)", browser.post(f"{page}/portal").content.decode())
    assert leads
    here = httpx.get(leads[1]).text
    action = re.search(r'action="(/p/session/[^"]+/cancel/[^"]+)"', here)
    assert action
    origin = re.match(r"https?://[^/]+", leads[1])
    assert origin
    assert httpx.post(f"{origin[0]}{action[1]}").status_code == 303
    live(shop, 1)
    assert "Your subscription has ended" in browser.get(page).content.decode()
    live(shop, 10)
    assert len(subjects(shop)) == 1
    assert [each.amount_due for each in shop.client.v1.invoices.list({}).data] == [0]


def test_who_stays_pays_and_is_told_of_the_renewal_a_year_later(shop):
    live(shop, 11)
    assert subjects(shop) == ["[Test] Your trial ends on 30 October 2026"]
    live(shop, 330, step=5 * DAY)
    live(shop, 7)
    assert subjects(shop)[1:] == ["[Test] Your subscription renews on 30 October 2027"]
    assert sorted(Alert.objects.values_list("kind", "state")) == [("renewal", "sent"), ("trial", "sent")]
