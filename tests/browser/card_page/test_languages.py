"""A customer who reads Japanese, and one who reads Arabic from the right, pay all that is open with one card."""

from __future__ import annotations

import re
from typing import Final

import pytest
from playwright.sync_api import expect

from tests.browser.card_page.acme import enter_card
from tests.browser.card_page.test_access import picture, violations
from tideover.messages.languages import spoken_in
from tideover.recovery.models import Case

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
# What the button says for both invoices, and for one.
BUTTONS: Final = {"ja": ("$198.00を支払う", "$99.00を支払う"), "ar-EG": ("دفع 198.00 US$", "دفع 99.00 US$")}


def two_invoices(world, reads):
    """Two failed invoices of one customer on one card, the newer last."""
    first = world.failed_renewal("decline_insufficient_funds", reads=reads)
    [subscription] = world.client.v1.subscriptions.list({"customer": first.customer_id}).data
    invoice = world.control("renew", subscription=subscription.id)["invoice"]
    world.work()
    world.hold_news()
    return first, Case.objects.get(invoice_id=invoice["id"])


@pytest.mark.parametrize("reads", BUTTONS)
def test_all_that_is_open_is_paid_at_once_in_the_customers_language(world, live_server, phone, reads):
    both, one = map(words, BUTTONS[reads])
    two = two_invoices(world, reads)
    language = spoken_in(reads)
    phone.goto(world.url_of(two[1], live_server.url))
    expect(phone.locator("html")).to_have_attribute("lang", language.code)
    expect(phone.locator("html")).to_have_attribute("dir", language.direction)
    pay = phone.locator("#pay")
    enter_card(phone, "4242424242424242")
    expect(pay).to_have_text(both)
    picture(phone, f"several-{language.code}")
    assert violations(phone) == []
    assert phone.evaluate("document.documentElement.scrollWidth") == phone.viewport_size["width"]
    phone.get_by_role("checkbox").first.uncheck()
    expect(pay).to_have_text(one)
    phone.get_by_role("checkbox").first.check()
    expect(pay).to_have_text(both)
    pay.click()
    expect(phone.get_by_role("heading", level=1)).to_have_text(language.say("page", "thanks"))
    assert [world.successes(case.invoice_id) for case in two] == [1, 1]
    assert violations(phone) == []


def words(said: str) -> re.Pattern[str]:
    """What is read, whatever marks hold it in its order."""
    return re.compile("[\u200f\u2068\u2069\u00a0 ]*".join(map(re.escape, said.replace(" ", ""))))
