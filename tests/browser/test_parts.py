"""Parts of a page that are asked for alone: slow, failed, offline, signed out; each says so where it stands."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests import factories as make
from tests.rooms.dashboard.shop import rich_shop
from tideover.tenants.models import User

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def shop(alice, present):
    return rich_shop(make.make_connection(alice.project), present, cases=60)


def answer_with(page, pattern, status, body="", kind="text/html"):
    page.route(pattern, lambda route: route.fulfill(status=status, body=body, content_type=kind))


def poll(page):
    with page.expect_response("**/activity/"):
        page.evaluate("htmx.ajax('get', '/activity/', {source: '#activity', target: '#activity', swap: 'outerHTML'})")


def test_a_part_that_fails_says_so_in_its_card_alone_and_comes_with_retry(signed_in, alice, shop):
    page = signed_in(alice)
    page.goto("/")
    answer_with(page, "**/?*metric=rate*", 500)
    page.get_by_role("link", name="Recovery rate").click()
    note = page.locator("#trend .failed")
    note.wait_for()
    expect(note).to_contain_text("could not be loaded")
    expect(page.locator(".failed")).to_have_count(1)
    expect(page.locator("#trend-title")).to_have_text("Recovered")
    page.unroute("**/?*metric=rate*")
    note.get_by_role("button", name="Retry").click()
    page.wait_for_selector("#trend-title:has-text('Recovery rate')")
    expect(page.locator(".failed")).to_have_count(0)
    expect(page.locator(".kpi.on")).to_contain_text("Recovery rate")
    expect(page.get_by_role("link", name="Export")).to_have_attribute("href", re.compile("metric=rate"))


def test_what_takes_a_while_shows_it_after_a_moment_and_not_before(signed_in, alice, shop):
    page, held = signed_in(alice), []
    page.goto("/")
    page.route("**/?*by=week*", lambda route: held.append(route))  # noqa: PLW0108 - playwright wraps no built-in
    page.get_by_role("link", name="Week", exact=True).click()
    page.wait_for_selector("#trend.waits[aria-busy=true]")
    expect(page.locator(".waits")).to_have_count(1)
    held[0].continue_()
    page.wait_for_selector("nav[aria-label=Grain] [aria-current]:has-text('Week')")
    expect(page.locator(".waits, [aria-busy]")).to_have_count(0)


def test_the_palette_says_that_it_is_offline_and_finds_again(signed_in, alice, shop):
    page = signed_in(alice)
    page.goto("/cases/")
    page.keyboard.press("Control+k")
    page.wait_for_selector("#found a")
    page.context.set_offline(True)
    page.keyboard.type("zz")
    note = page.locator("#palette .failed")
    note.wait_for()
    expect(note).to_contain_text("You are offline")
    page.context.set_offline(False)
    note.get_by_role("button", name="Retry").click()
    page.wait_for_selector("text=No case matches")
    expect(note).to_have_count(0)


def test_live_is_said_only_while_the_answers_come(signed_in, alice, shop):
    page = signed_in(alice)
    page.goto("/")
    live = page.locator("[data-live]")
    expect(live).to_have_text("Live")
    answer_with(page, "**/activity/", 502)
    poll(page)
    page.wait_for_selector("[data-live].warn")
    expect(live).to_contain_text("As of ")
    poll(page)
    expect(page.locator(".failed")).to_have_count(1)
    page.unroute("**/activity/")
    poll(page)
    page.wait_for_selector("[data-live].good:has-text('Live')")
    expect(page.locator(".failed")).to_have_count(0)


def test_a_signed_out_browser_is_led_to_sign_in_and_back_to_its_page(signed_in, alice, shop):
    page = signed_in(alice)
    page.goto("/?range=7d")
    alice.user.set_password("another long password")
    alice.user.save(update_fields=["password"])
    assert User.objects.count() == 1
    poll(page)
    page.wait_for_url("**/sign-in/?next=/%3Frange%3D7d")
    page.get_by_label("Email").fill(alice.user.email)
    page.get_by_label("Password").fill("another long password")
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/?range=7d")


def test_an_old_form_says_so_beside_itself_and_offers_the_page_anew(signed_in, alice, shop):
    case = next(case for case in shop if case.state == "failing")
    page = signed_in(alice)
    page.goto(f"/cases/{case.public_id}/")
    page.context.clear_cookies(name="csrftoken")
    page.get_by_text("Pause", exact=True).click()
    page.get_by_role("button", name="Pause the case").click()
    note = page.locator("#pause .failed")
    note.wait_for()
    expect(note).to_contain_text("open for too long")
    note.get_by_role("button", name="Reload").click()
    page.wait_for_load_state()
    page.get_by_text("Pause", exact=True).click()
    page.get_by_role("button", name="Pause the case").click()
    page.wait_for_selector("text=Paused until")


def test_of_a_change_whose_answer_was_lost_nobody_claims_that_it_was_not_made(signed_in, alice, shop):
    case = next(case for case in shop if case.state == "failing")
    page = signed_in(alice)
    page.goto(f"/cases/{case.public_id}/")
    page.route("**/pause/", lambda route: route.abort())
    page.get_by_text("Pause", exact=True).click()
    page.get_by_role("button", name="Pause the case").click()
    expect(page.locator("#pause .failed")).to_contain_text("see whether it was done")


def test_a_form_that_is_sent_as_a_page_shows_it_and_is_sent_once(signed_in, alice, shop):
    case = next(case for case in shop if case.state == "failing")
    page, sent = signed_in(alice), []
    page.goto(f"/cases/{case.public_id}/")
    page.route(
        "**/retry/", lambda route: (sent.append(route.request.url), route.fulfill(status=204))
    )  # no page follows
    page.get_by_text("Retry now", exact=True).click()
    button = page.get_by_role("button", name="Charge $")
    button.click()
    page.wait_for_selector("button[aria-busy]:has-text('Charge $')")
    button.click()
    assert len(sent) == 1
