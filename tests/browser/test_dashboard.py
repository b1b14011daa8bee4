"""The merchant's pages in a real browser: accessible in both themes and on a phone, quick by keyboard and by script."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

pytest.importorskip("axe_playwright_python", reason="axe is not installed (requirements/e2e.txt)")

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests import factories as make
from tests.rooms.dashboard.shop import rich_shop

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LOOKS = [{"dark": False}, {"dark": True}, {"phone": True}]


def named(look):
    return next(iter(name if on else "light" for name, on in look.items()))


@pytest.fixture
def shop(alice, present):
    connection = make.make_connection(alice.project)
    return rich_shop(connection, present, cases=60)


@pytest.fixture
def case(alice, present, shop):
    """A case with everything on its page."""
    case = next(case for case in shop if case.state == "failing" and case.attention)
    make.make_action(
        case,
        do="message",
        template="final",
        state="done",
        outcome="skipped",
        reason="recipient-cap",
        settled_at=present,
    )
    make.make_message(case, at=present - timedelta(hours=1))
    return case


def violations(page):
    found = Axe().run(page).response["violations"]
    return [(each["id"], [node["html"][:120] for node in each["nodes"]][:3]) for each in found]


@pytest.mark.parametrize("look", LOOKS, ids=named)
def test_every_page_is_accessible(signed_in, alice, case, look):
    page = signed_in(alice, **look)
    addresses = [
        "/",
        "/?metric=rate&by=week",
        "/cases/",
        "/cases/?q=zzz",
        f"/cases/{case.public_id}/",
        "/analytics/",
        "/messages/",
        "/messages/?status=unsent",
    ]
    for address in addresses:
        page.goto(address)
        for disclosure in page.locator("details.why summary").all()[:3]:
            disclosure.click()
        assert violations(page) == [], address
    page.keyboard.press("Control+k")
    page.wait_for_selector("#found a")
    assert violations(page) == [], "the palette"


@pytest.mark.parametrize("look", LOOKS, ids=named)
def test_pages_before_anything_happened_and_without_sign_in_are_accessible(
    signed_in, open_page, live_server, mallory, look
):
    page = signed_in(mallory, **look)
    for address in ("/", "/cases/", "/analytics/", "/messages/", "/nowhere/"):
        page.goto(address)
        assert violations(page) == [], address
    stranger = open_page(base_url=live_server.url, **look)
    stranger.goto("/sign-in/")
    assert violations(stranger) == []


@pytest.mark.parametrize("address", ["/", "/cases/", "/analytics/", "/messages/"])
def test_nothing_scrolls_sideways_on_a_phone(signed_in, alice, case, address):
    page = signed_in(alice, phone=True)
    for place in (address, f"/cases/{case.public_id}/"):
        page.goto(place)
        assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_on_a_phone_every_page_is_one_tap_away(signed_in, alice, shop):
    page = signed_in(alice, phone=True)
    page.goto("/")
    tabs = page.get_by_role("navigation", name="Pages on a phone")
    tabs.get_by_role("link", name="Cases").tap()
    page.wait_for_url("**/cases/")
    tabs.get_by_role("link", name="Messages").tap()
    page.wait_for_url("**/messages/")
    tabs.get_by_role("link", name="Search").tap()
    expect(page.get_by_role("combobox")).to_be_visible()


def test_the_chart_is_drawn_and_a_figure_changes_it_without_leaving_the_page(signed_in, alice, shop):
    page = signed_in(alice)
    page.goto("/?range=90d")
    page.wait_for_selector("[data-chart] svg:not(.still)")
    page.evaluate("window.stayed = true")
    page.get_by_role("link", name="Median time to recovery").click()
    page.wait_for_url("**/*metric=time*")
    expect(page).to_have_url(re.compile("range=90d"))
    assert page.evaluate("window.stayed")
    page.wait_for_selector("#trend-title:has-text('Median time')")
    page.wait_for_selector("[data-chart] svg:not(.still)")
    page.go_back()
    page.wait_for_selector("#trend-title:has-text('Recovered')")


def test_filter_search_and_order_live_in_the_address(signed_in, alice, shop):
    page = signed_in(alice)
    page.goto("/cases/")
    page.get_by_role("navigation", name="State", exact=True).get_by_role("link", name=re.compile("Recovered")).click()
    page.get_by_text("Why it failed", exact=True).first.click()
    page.get_by_role("link", name="Insufficient funds").click()
    search = page.get_by_role("searchbox", name="Customer, email or invoice")
    search.fill("billing@")
    search.press("Enter")
    page.get_by_role("columnheader", name="Amount").get_by_role("link").click()
    for word in ("state=recovered", "family=no_funds", "q=billing%40", "sort=-amount"):
        expect(page).to_have_url(re.compile(re.escape(word)))
    page.wait_for_selector("th[aria-sort=descending]")
    amounts = [float(cell[1:].replace(",", "")) for cell in page.locator("tbody td:nth-child(2)").all_inner_texts()]
    assert amounts == sorted(amounts, reverse=True)
    page.reload()
    expect(search).to_have_value("billing@")
    page.get_by_role("link", name="Remove the filter First failure: Insufficient funds").click()
    page.wait_for_url(lambda url: "family" not in url)
    page.keyboard.press("Escape")
    page.wait_for_url("**/cases/")


def test_a_long_list_is_gone_through_there_and_back(signed_in, alice):
    connection = make.make_connection(alice.project)
    for number in range(60):
        make.make_case(connection, customer_name=f"Customer {number:02}", amount_due=100 * (number % 3))
    page = signed_in(alice)
    page.goto("/cases/?sort=customer")
    pages = page.get_by_role("navigation", name="Pages of the list")
    expect(pages).to_contain_text("60 cases")
    expect(pages.get_by_role("link")).to_have_text(["Next"])
    for shown in ("Customer 25", "Customer 50"):
        pages.get_by_role("link", name="Next").click()
        expect(page.locator("tbody tr").first).to_contain_text(shown)
    expect(pages.get_by_role("link")).to_have_text(["First", "Previous"])
    pages.get_by_role("link", name="Previous").click()
    expect(page.locator("tbody tr").first).to_contain_text("Customer 25")
    assert violations(page) == []
    pages.get_by_role("link", name="First").click()
    expect(page.locator("tbody tr").first).to_contain_text("Customer 00")


def test_the_keyboard_goes_everywhere(signed_in, alice, case):
    page = signed_in(alice)
    page.goto("/")
    # Both keys in one go: pressed one after the other a slow machine leaves more than 1.2 s between them.
    page.evaluate(
        "for (const key of 'gc') document.body.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true}))"
    )
    page.wait_for_url("**/cases/")
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox")).to_be_focused()
    page.keyboard.type(case.invoice_number)
    page.wait_for_selector("#found a[aria-selected=true] >> text=" + case.invoice_number)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/{case.public_id}/")
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox")).to_be_focused()
    page.keyboard.type("x")
    page.keyboard.press("Escape")
    expect(page.get_by_role("combobox")).to_be_hidden()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard")).to_be_visible()
    page.keyboard.press("Escape")
    page.goto("/")
    page.keyboard.press("x")
    page.wait_for_url("**/*vs=none*")
    page.keyboard.press("ArrowLeft")
    page.wait_for_url("**/*range=custom*")


def test_a_case_is_paused_and_the_pause_is_undone_from_its_toast(signed_in, alice, case):
    page = signed_in(alice)
    page.goto(f"/cases/{case.public_id}/")
    page.get_by_text("Pause", exact=True).click()
    page.get_by_role("button", name="Pause the case").click()
    page.wait_for_selector("text=Paused until")
    case.refresh_from_db()
    assert case.paused_until is not None
    page.get_by_role("button", name="Undo").click()
    page.wait_for_selector("text=The case goes on.")
    case.refresh_from_db()
    assert case.paused_until is None


def test_what_cannot_be_undone_waits_for_its_word(signed_in, alice, case):
    page = signed_in(alice)
    page.goto(f"/cases/{case.public_id}/")
    page.get_by_label("More actions").click()
    button = page.get_by_role("button", name="Stop the case")
    page.get_by_label("Type stop to confirm").fill("sto")
    expect(button).to_be_disabled()
    page.get_by_label("Type stop to confirm").fill("stop")
    button.click()
    page.wait_for_selector("text=Nothing more is charged or sent.")
    case.refresh_from_db()
    assert case.state == "canceled"


def test_a_mail_is_read_on_the_page_and_its_picture_is_not_fetched(signed_in, alice, case):
    page, asked = signed_in(alice), []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"/cases/{case.public_id}/")
    page.get_by_text("Show the email").last.click()
    frame = page.frame_locator("iframe").last
    expect(frame.get_by_text("We could not collect your payment.")).to_be_visible()
    assert [url for url in asked if "/o/" in url] == []


def test_the_theme_changes_at_once_and_is_remembered(signed_in, alice, shop):
    page = signed_in(alice)
    page.goto("/")
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.get_by_role("button", name="Switch between light and dark").click()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != light
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_everything_works_without_scripts(signed_in, alice, case):
    page = signed_in(alice, java_script_enabled=False)
    page.goto("/")
    expect(page.locator("svg.still")).to_be_visible()
    page.get_by_text("Last 30 days").first.click()
    page.get_by_role("link", name="Last 7 days").click()
    expect(page).to_have_url(re.compile("range=7d"))
    page.goto(f"/cases/{case.public_id}/")
    page.get_by_text("Pause", exact=True).click()
    page.get_by_role("button", name="Pause the case").click()
    expect(page.get_by_text("Paused until").first).to_be_visible()


def test_nothing_is_asked_of_another_host(signed_in, alice, case, live_server):
    page, elsewhere = signed_in(alice), []
    page.on(
        "request",
        lambda request: elsewhere.append(request.url) if not request.url.startswith(live_server.url) else None,
    )
    for address in ("/", "/cases/", f"/cases/{case.public_id}/"):
        page.goto(address)
        page.wait_for_load_state("networkidle")
    assert [url for url in elsewhere if not url.startswith("data:")] == []
