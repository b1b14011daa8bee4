"""Who had enough of a merchant's mails leaves with one press on a phone, and hears no more of them."""

from __future__ import annotations

import pytest

pytest.importorskip("playwright", reason="playwright is not installed (requirements/e2e.txt)")

from playwright.sync_api import expect

from tests import factories as make
from tests.browser.card_page.test_access import picture, violations
from tests.rooms.messages.post import claimed
from tideover.messages.keyed import address_hash, unsubscribe_token
from tideover.messages.languages import spoken_in
from tideover.messages.models import Suppression

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
@pytest.mark.parametrize("reads", ["en", "ar", "ja"])
def test_one_press_is_enough_and_the_page_says_what_ends_and_what_stays(open_page, live_server, alice, reads, scripts):
    message = claimed(alice, about=make.make_case(make.make_connection(alice.project)).pk, locale=reads)
    say = spoken_in(reads).lines("unsubscribe", merchant=alice.project.brand_name, support=None)
    phone = open_page(phone=True, java_script_enabled=scripts)

    phone.goto(f"{live_server.url}/u/{unsubscribe_token(message.action_id)}")
    expect(phone.locator("html")).to_have_attribute("dir", spoken_in(reads).direction)
    expect(phone.get_by_role("heading", level=1)).to_have_text(say["stop"])
    assert not Suppression.objects.exists(), "whoever only looks, as mail scanners do, leaves nothing"
    picture(phone, f"unsubscribe-{reads}")
    phone.get_by_role("button").click()

    expect(phone.get_by_role("heading", level=1)).to_have_text(say["done"])
    for told in ("done_gone", "done_still", "done_undo"):
        expect(phone.get_by_text(say[told], exact=True)).to_be_visible()
    picture(phone, f"unsubscribed-{reads}")
    if scripts:
        assert violations(phone) == []
        assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
    [kept] = Suppression.objects.all()
    assert (kept.address_hash, kept.reason) == (address_hash("jane@customer.example"), "unsubscribed")
