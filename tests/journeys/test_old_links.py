"""An old link, from the mail that carried it to the new one that is paid by: against the simulator, on the payer's page."""

from __future__ import annotations

import re
from datetime import timedelta

from django.test import Client

from tideover.core.facts import Learnt
from tideover.recovery.models import Case


def link_in(mail) -> str:
    found = re.search(r"https?://[^/\s]+(/c/[\w-]+)", mail.get_body(("plain",)).get_content())
    assert found
    return found[1]


def test_a_payer_finds_an_old_mail_weeks_after_their_subscription_ended_and_pays_by_a_new_link(open_shop):
    shop = open_shop("tuned")
    shop.renewal_fails()
    shop.until_day(29)
    shop.client.v1.subscriptions.cancel(shop.subscription.id)  # nothing is renewed any more
    shop.until_day(40)
    assert shop.case.state == Case.State.CHURNED
    first = next(mail for to, mail in shop.mail.accepted if to == "pia@payer.example")
    browser, sent = Client(), len(shop.mail.accepted)
    assert b"Send me a new link" in browser.get(link_in(first)).content
    for _ in range(5):
        browser.post(f"{link_in(first)}/new-link")
        shop.machine.move(shop.machine.now + timedelta(minutes=10))
    fresh = shop.mail.accepted[sent:]
    assert [(to, str(mail["Subject"])) for to, mail in fresh] == [
        ("pia@payer.example", "[Test] Your new link to pay US$99.00")
    ] * 3
    assert shop.case.facts.filter(kind=Learnt.LINK_ASKED).count() == 3
    page = link_in(fresh[0][1])
    assert b"US$99.00" in browser.get(page).content
    card = shop.client.v1.payment_methods.attach("pm_card_visa", {"customer": shop.customer.id}).id
    paid = shop.client.v1.setup_intents.create(
        {"customer": shop.customer.id, "payment_method": card, "confirm": True, "usage": "off_session",
         "allowed_payment_method_types": ["card"]}
    )  # fmt: skip
    answer = browser.post(f"{page}/done", {"intent": paid.id}, headers={"accept": "application/json"})
    assert answer.json()["state"] == "paid"
    assert (shop.case.state, shop.case.via, shop.case.amount_recovered) == (Case.State.RECOVERED, "email", 9900)
    assert b"Already paid" in browser.get(link_in(first)).content
