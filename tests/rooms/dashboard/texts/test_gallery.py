"""The gallery: every design in small, drawn for this merchant; one is taken by a button, by who may."""

from __future__ import annotations

import re
from html import unescape

import pytest

from tests.people import colleague
from tideover.core.settings.designs import DESIGNS, Design
from tideover.messages.languages import all_languages
from tideover.tenants.models import AuditEntry, Project
from tideover.tenants.roles import Role
from tideover.tenants.settings import CHANGED

pytestmark = pytest.mark.django_db
GALLERY = "/texts/designs/"


def design_of(person):
    return Project.objects.get(pk=person.project.pk).design


def pictures(page):
    return [unescape(address) for address in re.findall(r'<iframe[^>]*src="([^"]+)"', page)]


def test_every_design_is_drawn_with_the_brand_of_who_looks(alice):
    Project.objects.filter(pk=alice.project.pk).update(brand_name="Harbor", brand_color="#aa0000")
    browser = alice.browser()
    page = browser.get(GALLERY).content.decode()
    assert [label for label, _ in DESIGNS.values()] == re.findall(r'<h2 id="design-[^>]*>([^<]+)</h2>', page)
    drawn = [browser.get(address) for address in pictures(page)]
    assert len({answer.content for answer in drawn}) == len(Design)
    for answer in drawn:
        assert "Harbor" in answer.content.decode()
        assert "#aa0000" in answer.content.decode()
        assert "sandbox" in answer["Content-Security-Policy"]


def test_the_pictures_are_of_the_message_language_and_light_that_is_asked_for(alice):
    browser = alice.browser()
    page = browser.get(f"{GALLERY}?kind=final&language=de&look=dark").content.decode()
    [first, *_] = pictures(page)
    drawn = browser.get(first).content.decode()
    assert '<html lang="de"' in drawn
    assert "@media all" in drawn
    assert browser.get(f"{GALLERY}?kind=fax").status_code == 404
    assert len(re.findall("<option", page)) > len(all_languages())


def test_a_design_is_taken_by_its_button_and_the_page_says_so(alice):
    browser = alice.browser()
    assert "Design: Card" in browser.get("/texts/").content.decode()
    page = browser.post(f"{GALLERY}?language=de", {"design": "ledger"}, follow=True).content.decode()
    assert "Ledger is the design of every mail from now on." in page
    assert design_of(alice) == "ledger"
    assert "Design: Ledger" in browser.get("/texts/").content.decode()
    [entry] = AuditEntry.objects.filter(what=CHANGED)
    assert (entry.before, entry.after) == ({"brand.design": "card"}, {"brand.design": "ledger"})
    again = browser.post(GALLERY, {"design": "ledger"}, follow=True).content.decode()
    assert "Nothing was changed." in again


def test_a_design_that_there_is_not_changes_nothing_and_says_which_there_are(alice):
    page = alice.browser().post(GALLERY, {"design": "poster"}, follow=True).content.decode()
    assert "There is no design 'poster'. There are card, letter" in unescape(page)
    assert design_of(alice) == "card"


@pytest.mark.parametrize("role", [Role.ANALYST, Role.SUPPORT])
def test_who_may_not_set_looks_and_takes_none(alice, role):
    browser = colleague("Dave", alice, role).browser()
    page = browser.get(GALLERY).content.decode()
    assert "Your role reads this page" in page
    assert 'name="design"' not in page
    assert browser.post(GALLERY, {"design": "note"}).status_code == 403
    assert design_of(alice) == "card"


def test_the_design_of_a_merchant_is_nobody_elses(alice, mallory):
    mallory.browser().post(GALLERY, {"design": "note"})
    assert (design_of(alice), design_of(mallory)) == ("card", "note")
