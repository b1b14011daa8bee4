"""The navigation: every entry leads to a page, and the page it leads to says that it is there."""

from __future__ import annotations

import re

import pytest

from tideover.dashboard.frame.navigation import ENTRIES, Place

pytestmark = pytest.mark.django_db


def drawn(html, start, end):
    """The links of a part of the page with their marks."""
    part = html[html.index(start) :]
    return re.findall(r'<a[^>]*href="([^"]+)"([^>]*)>', part[: part.index(end)])


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.label)
def test_every_entry_leads_to_a_page_where_it_is_drawn(alice, case, entry):
    browser = alice.browser()
    html = browser.get(entry.url).content.decode()
    settings = drawn(browser.get("/settings/").content.decode(), 'aria-label="Pages"', "</nav>")
    parts = {
        Place.SIDE: drawn(browser.get("/").content.decode(), 'aria-label="Pages"', "</nav>"),
        Place.SETTINGS: [link for link in settings if link[0] not in {"/", "/settings/"}],
        Place.PHONE: drawn(html, 'aria-label="Pages on a phone"', "</nav>"),
        Place.FOOT: drawn(html, 'aria-label="Status and help"', "</nav>"),
        Place.ACCOUNT: drawn(html, 'aria-label="Your account"', "</details>"),
        Place.PALETTE: drawn(browser.get("/find/").content.decode() + "<end>", "Go to", "<end>"),
    }
    for place, links in parts.items():
        assert (entry.url in [link for link, _ in links]) == (place in entry.shown or _of_a_state(entry, place)), place


def _of_a_state(entry, place):
    """The sidebar names the cases that need attention among the states, too."""
    return bool(entry.query) and place == Place.SIDE


OUTSIDE_SETTINGS = [entry for entry in ENTRIES if Place.SIDE in entry.shown and Place.SETTINGS not in entry.shown]


@pytest.mark.parametrize("entry", OUTSIDE_SETTINGS, ids=lambda entry: entry.label)
def test_the_sidebar_and_the_phone_mark_the_page_one_is_on_and_no_other(alice, entry):
    html = alice.browser().get(entry.url).content.decode()
    for place, part in ((Place.SIDE, 'aria-label="Pages"'), (Place.PHONE, 'aria-label="Pages on a phone"')):
        marked = [link for link, marks in drawn(html, part, "</nav>") if "aria-current" in marks]
        assert marked == ([entry.url] if place in entry.shown else [])


@pytest.mark.parametrize(
    "entry", [entry for entry in ENTRIES if Place.SETTINGS in entry.shown], ids=lambda entry: entry.label
)
def test_in_the_settings_the_sidebar_shows_their_pages_and_a_phone_stays_below_settings(alice, entry):
    assert entry.group
    assert entry.hint
    html = alice.browser().get(entry.url).content.decode()
    side = drawn(html, 'aria-label="Pages"', "</nav>")
    assert [link for link, marks in side if "aria-current" in marks] == [entry.url]
    assert "/" in [link for link, _ in side]
    phone = drawn(html, 'aria-label="Pages on a phone"', "</nav>")
    assert [link for link, marks in phone if "aria-current" in marks] == ["/settings/"]


@pytest.mark.parametrize(
    "entry", [entry for entry in ENTRIES if Place.FOOT in entry.shown], ids=lambda entry: entry.label
)
def test_the_foot_of_the_sidebar_marks_the_page_one_is_on(alice, entry):
    foot = drawn(alice.browser().get(entry.url).content.decode(), 'aria-label="Status and help"', "</nav>")
    assert [link for link, marks in foot if "aria-current" in marks] == [entry.url]


def test_a_case_is_a_page_of_the_cases(alice, case):
    html = alice.browser().get(f"/cases/{case.public_id}/").content.decode()
    assert [link for link, marks in drawn(html, 'aria-label="Pages"', "</nav>") if "aria-current" in marks] == [
        "/cases/"
    ]


def test_keys_are_single_letters_each_for_one_entry_and_told_in_the_list(alice):
    keys = [entry.key for entry in ENTRIES if entry.key]
    assert len(set(keys)) == len(keys)
    assert all(re.fullmatch("[a-z]", key) for key in keys)
    html = alice.browser().get("/").content.decode()
    assert re.findall(r'data-go="(\w+)"', html) == keys


def test_no_entry_is_shown_nowhere():
    assert [entry.label for entry in ENTRIES if not entry.shown] == []
