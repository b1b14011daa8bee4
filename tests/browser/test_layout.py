"""Every column in sight, on paper too; long names and large amounts break nothing; a finger finds what it presses."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from tests import factories as make
from tests.rooms.dashboard.shop import rich_shop
from tideover.recovery.figures import tallies
from tideover.recovery.models import Case
from tideover.tenants.models import Organization

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LONG_NAME = "Donaudampfschifffahrtsgesellschaft" * 3 + " und Partner GmbH"
LONG_EMAIL = "e" * 60 + "@" + "f" * 45 + ".example"
OUT_OF_SIGHT = """() => [...document.querySelectorAll('.scroll:not(.figures *)')]
    .filter(place => place.scrollWidth > place.clientWidth + 1).map(place => [place.scrollWidth, place.clientWidth])"""
CUT_OFF = """() => [...document.querySelectorAll('main .card, main h1, main .kpi .v > span')]
    .filter(each => each.checkVisibility() && each.scrollWidth > each.clientWidth + 1).map(each => each.outerHTML.slice(0, 90))"""
EMPTY_BELOW = """() => [...document.querySelectorAll('main .card')].map(card => {
    const drawn = [...card.querySelectorAll('*')].filter(each => !each.children.length && each.checkVisibility());
    const end = Math.max(...drawn.map(each => each.getBoundingClientRect().bottom));
    return [card.innerText.slice(0, 30), Math.round(card.getBoundingClientRect().bottom - end)];
}).filter(([, below]) => below > 100)"""
SMALL = """() => [...document.querySelectorAll('main :is(a, button, summary)')]
    .filter(each => each.checkVisibility() && !each.closest('.vh') && !each.matches('.vh, .go, .t a'))
    .map(each => [each.outerHTML.slice(0, 90), Math.round(each.getBoundingClientRect().height)])
    .filter(([, height]) => height < 40)"""


@pytest.fixture
def shop(alice, present):
    return rich_shop(make.make_connection(alice.project), present, cases=60)


@pytest.fixture
def large(alice, present, shop):
    """A case of a long name and a large currency, with everything about it just as long."""
    case = make.make_case(
        shop[0].connection,
        customer_name=LONG_NAME,
        customer_email=LONG_EMAIL,
        amount_due=1_500_000_000_000,
        currency="idr",
        opened_at=present,
        description="Unlimited-" * 18,
        attention="bounced",
    )
    make.make_message(case, to_address=LONG_EMAIL, subject="Invoice" * 20, at=present)
    make.make_attempt(case, at=present)
    return case


@pytest.mark.parametrize("width", [1920, 1440, 1280])
def test_no_card_of_home_ends_in_emptiness_however_little_there_is_to_say(signed_in, alice, present, width):
    page = signed_in(alice)
    page.set_viewport_size({"width": width, "height": 900})

    def look():
        page.goto("/")
        page.wait_for_load_state("networkidle")
        return page.evaluate(EMPTY_BELOW)

    assert look() == []
    case = make.make_case(make.make_connection(alice.project), opened_at=present - timedelta(days=1))
    make.make_attempt(case)
    assert look() == []
    Case.objects.update(attention="bounced")
    assert look() == []
    rich_shop(case.connection, present, cases=60)
    assert look() == []
    Case.objects.update(attention="")
    assert look() == []


@pytest.mark.parametrize("width", [1366, 1280, 1024])
def test_no_column_of_a_list_is_out_of_sight(signed_in, alice, shop, large, width):
    page = signed_in(alice)
    page.set_viewport_size({"width": width, "height": 900})
    for address in ("/cases/", "/cases/?state=recovered", "/messages/", "/messages/?status=unsent", "/analytics/", "/"):
        page.goto(address)
        assert page.evaluate(OUT_OF_SIGHT) == [], address


def test_no_column_of_a_list_is_missing_on_paper_and_its_colors_are_there(signed_in, alice, shop, large):
    page = signed_in(alice)
    page.set_viewport_size({"width": 718, "height": 1000})  # A4 with its margins
    page.emulate_media(media="print")
    page.goto("/cases/")
    assert page.evaluate(OUT_OF_SIGHT) == []
    tallies.count_waiting()
    page.goto("/?currency=idr")
    assert page.evaluate("getComputedStyle(document.querySelector('.fn s')).printColorAdjust") == "exact"


@pytest.mark.parametrize("phone", [False, True])
def test_long_names_and_large_amounts_break_no_page(signed_in, alice, large, phone):
    page = signed_in(alice, phone=phone)
    for address in (
        "/?currency=idr",
        "/analytics/?currency=idr",
        "/cases/?q=Donau",
        f"/cases/{large.public_id}/",
        "/messages/",
    ):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, address
        assert page.evaluate(CUT_OFF) == [], address


def test_what_a_finger_presses_is_forty_pixels_high(signed_in, alice, shop):
    page = signed_in(alice, phone=True)
    case = next(each for each in shop if each.state == "failing")
    for address in ("/", "/cases/", f"/cases/{case.public_id}/", "/messages/"):
        page.goto(address)
        assert page.evaluate(SMALL) == [], address


def test_each_step_of_the_plan_has_a_mark_that_says_why(signed_in, alice, shop):
    case = next(each for each in shop if each.state == "failing")
    page = signed_in(alice)
    page.goto(f"/cases/{case.public_id}/")
    page.locator("button.mk.next").click()
    card = page.locator(".pop:popover-open")
    expect(card).to_contain_text("next")
    expect(card).to_contain_text("after the failure")
    page.keyboard.press("Escape")
    expect(page.locator(".pop:popover-open")).to_have_count(0)


def test_days_on_which_nothing_came_are_no_humps(signed_in, alice, present):
    make.make_case(
        make.make_connection(alice.project), opened_at=present, state="recovered", via="email", ended_at=present
    )
    page = signed_in(alice)
    page.goto("/?range=30d&by=day")
    page.wait_for_selector("[data-chart] svg:not(.still)")
    expect(page.locator("[data-chart]")).to_have_attribute("data-drawn", "bars")
    page.goto("/?range=30d&by=day&metric=time")
    page.wait_for_selector("[data-chart] svg:not(.still)")
    expect(page.locator("[data-chart]")).to_have_attribute("data-drawn", "lines")


def test_on_a_phone_what_is_stopped_is_told_within_the_screen(signed_in, alice):
    Organization.objects.update(stopped_at=make.NOW)
    page = signed_in(alice, phone=True)
    page.goto("/status/")
    expect(page.get_by_text("Everything is stopped since")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == page.viewport_size["width"]


def test_who_has_the_rules_looked_at_sees_that_they_hold(signed_in, alice):
    make.make_connection(alice.project)
    page = signed_in(alice)
    page.goto("/status/")
    expect(page.get_by_text("Nobody has looked yet.")).to_be_visible()
    page.get_by_role("button", name="Look now").click()
    expect(page.get_by_text("Looked just now")).to_be_visible()
    expect(page.get_by_text("Nobody has looked yet.")).to_have_count(0)
