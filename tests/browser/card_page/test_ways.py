"""Ways to pay: chosen by the merchant on a page, held to what Stripe's account has, and found there by the payer."""

from __future__ import annotations

import re

import pytest

pytest.importorskip("axe_playwright_python", reason="axe is not installed (requirements/e2e.txt)")

from playwright.sync_api import expect

from tests.browser.card_page.acme import open_card_door
from tests.browser.test_dashboard import violations
from tests.people import Person, colleague
from tideover.recovery.models import Case
from tideover.tenants.models import User
from tideover.tenants.roles import Role

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PAGE = "/settings/pay-page/"


@pytest.fixture
def owner(world) -> Person:
    shop = Person(User(), world.connection.organization, world.connection.project)
    return colleague("Olga", shop, Role.OWNER)


def ways(page) -> list[str]:
    open_card_door(page)
    page.get_by_role("tab", name="Card").wait_for()
    return page.get_by_role("tab").all_inner_texts()


def turn(page, label: str) -> None:
    page.get_by_role("switch", name=label).click()
    page.get_by_role("button", name="Save").click()


def test_what_the_merchant_turns_off_the_payer_does_not_find(world, live_server, phone, signed_in, owner):
    case = world.failed_renewal("decline_insufficient_funds")
    world.hold_news()
    phone.goto(world.url_of(case, live_server.url))
    assert ways(phone) == ["Card", "US bank account", "Link"]
    page = signed_in(owner)
    page.goto(PAGE)
    assert violations(page) == []
    turn(page, "Link")
    expect(page.get_by_text("Saved: link.")).to_be_visible()
    phone.reload()
    assert ways(phone) == ["Card", "US bank account"]


def test_what_the_account_has_not_activated_is_refused_with_words_and_never_shown(
    world, live_server, phone, signed_in, owner
):
    case = world.failed_renewal("decline_insufficient_funds")
    world.hold_news()
    page = signed_in(owner)
    page.goto(PAGE)
    turn(page, "PayPal")
    expect(page.get_by_text("Saved: PayPal.")).to_be_visible()
    turn(page, "PayPal")
    expect(page.get_by_text("Your Stripe account has not activated PayPal.").first).to_be_visible()
    assert violations(page) == []
    phone.goto(world.url_of(case, live_server.url))
    assert "PayPal" not in ways(phone)


def test_a_payer_who_chooses_paypal_agrees_there_comes_back_and_has_paid(world, live_server, phone):
    world.control("methods", activated=["card", "paypal"])
    try:
        case = world.failed_renewal("decline_insufficient_funds")
        world.hold_news()
        phone.goto(world.url_of(case, live_server.url))
        assert ways(phone) == ["Card", "PayPal"]
        phone.get_by_role("tab", name="PayPal").click()
        phone.get_by_role("button", name=re.compile("^Pay ")).click()
        phone.get_by_role("button", name="Complete authentication").click()
        expect(phone.get_by_text("Thank you").first).to_be_visible()
    finally:
        world.control("methods", activated=["card", "us_bank_account", "sepa_debit", "bacs_debit", "link"])
    paid = Case.objects.get(pk=case.pk)
    assert (paid.state, paid.card_brand) == ("recovered", "paypal")
    assert world.successes(case.invoice_id) == 1


def test_a_page_that_was_open_when_a_way_was_turned_off_keeps_no_account_of_it(world, live_server, phone):
    case = world.failed_renewal("decline_insufficient_funds")
    world.hold_news()
    phone.goto(world.url_of(case, live_server.url))
    ways(phone)
    case.project.pay_by_link = False
    case.project.save()
    phone.get_by_role("tab", name="Link").click()
    phone.get_by_label("Email", exact=True).fill("jane@payer.example")
    phone.get_by_role("button", name=re.compile("^Pay ")).click()
    expect(phone.get_by_text("not allowed for this SetupIntent")).to_be_visible()
    assert world.successes(case.invoice_id) == 0
