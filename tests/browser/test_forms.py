"""Forms in a real browser: accessible in every look, led by the keyboard to what is wrong, whole without scripts."""

from __future__ import annotations

import pytest

pytest.importorskip("axe_playwright_python", reason="axe is not installed (requirements/e2e.txt)")

from playwright.sync_api import expect

from tests import factories as make
from tests.browser.test_dashboard import LOOKS, named, violations
from tests.rooms.dashboard.forms.sample import put_on_site

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def sample(settings):
    return put_on_site(settings)


@pytest.fixture
def case(alice):
    return make.make_case(make.make_connection(alice.project))


def send(page):
    page.get_by_role("button", name="Save the sample").click()


def focused(page):
    return page.evaluate("document.activeElement.id || document.activeElement.className")


@pytest.mark.parametrize("look", LOOKS, ids=named)
def test_a_form_is_accessible_as_it_is_and_with_problems(signed_in, alice, sample, look):
    page = signed_in(alice, **look)
    page.goto(sample)
    assert violations(page) == []
    send(page)
    page.wait_for_selector(".problems")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == page.viewport_size["width"]


def test_the_keyboard_is_led_to_the_list_of_problems_and_from_there_to_each_field(signed_in, alice, sample):
    page = signed_in(alice)
    page.goto(sample)
    page.evaluate("window.stayed = true")
    page.get_by_label("Support address").fill("nowhere")
    page.get_by_label("Support address").press("Enter")
    page.wait_for_selector(".problems")
    assert page.evaluate("window.stayed")
    assert focused(page) == "problems"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Color"
    page.keyboard.press("Enter")
    assert focused(page) == "sample-color"
    page.keyboard.type("#0d7a56")
    page.keyboard.press("Tab")
    assert focused(page) == "sample-logo"
    expect(page.get_by_label("Support address")).to_have_value("nowhere")


def test_a_form_that_is_right_leads_on_and_says_what_was_saved(signed_in, alice, sample):
    page = signed_in(alice)
    page.goto(sample)
    fill(page)
    expect(page.get_by_text("Not saved yet")).to_be_visible()
    send(page)
    page.wait_for_selector("text=Saved as Alpine Analytics.")
    expect(page.get_by_text("Not saved yet")).to_have_count(0)


def fill(page):
    page.get_by_label("Color", exact=True).fill("#0d7a56")
    page.get_by_label("Logo").set_input_files({"name": "logo.png", "mimeType": "image/png", "buffer": b"x"})
    page.get_by_label("Note").fill("Thanks")
    page.get_by_label("Support address").fill("help@alpine.example")
    page.get_by_label("Key", exact=True).fill("rk_test_1")
    page.get_by_label("Return address").fill("https://alpine.example")
    page.get_by_role("switch", name="Let customers promise a day").press("Space")
    page.get_by_label("Starts on").fill("2026-12-01")
    page.get_by_label("Type really to confirm").fill("really")


def test_a_form_works_without_scripts(signed_in, alice, sample):
    page = signed_in(alice, java_script_enabled=False)
    page.goto(sample)
    expect(page.get_by_label("Pick a color")).to_be_hidden()
    send(page)
    expect(page.get_by_text("things are not right yet")).to_be_visible()
    fill(page)
    send(page)
    expect(page.get_by_text("Saved as Alpine Analytics.")).to_be_visible()


def test_a_swatch_and_its_text_say_the_same(signed_in, alice, sample):
    page = signed_in(alice)
    page.goto(sample)
    page.get_by_label("Color", exact=True).fill("#F2B233")
    expect(page.get_by_label("Pick a color")).to_have_value("#f2b233")
    page.get_by_label("Pick a color").fill("#0d7a56")
    expect(page.get_by_label("Color", exact=True)).to_have_value("#0d7a56")


def test_radio_cards_and_switches_follow_the_arrows_and_the_space_bar(signed_in, alice, sample):
    page = signed_in(alice)
    page.goto(sample)
    page.get_by_role("radio", name="Go on beside them").focus()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("radio", name="Take over")).to_be_checked()
    switch = page.get_by_role("switch", name="Let customers promise a day")
    switch.focus()
    page.keyboard.press("Space")
    expect(switch).to_be_checked()


def test_a_form_in_a_menu_stays_open_with_what_is_wrong_in_focus(signed_in, alice, case):
    page = signed_in(alice)
    page.goto(f"/cases/{case.public_id}/")
    page.get_by_text("Pause", exact=True).click()
    day = page.get_by_label("Nothing is charged or sent before")
    day.fill("2020-01-01")
    day.press("Enter")
    page.wait_for_selector("text=A pause must end in the future.")
    assert focused(page) == "pause-until"
    expect(day).to_have_value("2020-01-01")
    day.fill("2199-07-01")
    page.get_by_role("button", name="Pause the case").click()
    page.wait_for_selector("text=Paused until Jul 1.")


def test_a_form_in_a_menu_opens_with_what_is_wrong_also_without_scripts(signed_in, alice, case):
    page = signed_in(alice, java_script_enabled=False)
    page.goto(f"/cases/{case.public_id}/")
    page.get_by_label("More actions").click()
    page.get_by_role("button", name="Stop the case").click()
    expect(page.get_by_text("Type stop to end the case for good.")).to_be_visible()
    assert focused(page) == "stop-confirm"
