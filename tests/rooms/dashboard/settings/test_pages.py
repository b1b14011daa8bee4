"""The settings' pages: what is kept is shown, what is sent is kept, what is wrong stands beside its field."""

from __future__ import annotations

import re

import pytest

from tests.people import colleague
from tideover.dashboard.settings.forms import SettingsForm
from tideover.tenants.models import Project
from tideover.tenants.roles import Role
from tideover.tenants.settings import change, settings_of

pytestmark = pytest.mark.django_db
GENERAL = "/settings/general/"


def fields_of(html):
    """What a browser would send back: every field with its value."""
    inputs = dict(re.findall(r'<input[^>]*name="([\w-]+)"[^>]*value="([^"]*)"', html))
    long = re.findall(r'<textarea[^>]*name="([\w-]+)"[^>]*>\s*([^<]*)</textarea>', html)
    chosen = re.findall(r'<select name="([\w-]+)".*?<option value="([^"]*)" selected', html, re.DOTALL)
    return {
        name: value for name, value in (inputs | dict(long) | dict(chosen)).items() if name != "csrfmiddlewaretoken"
    }


def kept(person):
    return settings_of(Project.objects.select_related("organization").get(pk=person.project.pk))


def test_what_is_kept_is_shown(alice):
    change(alice.project, {"general.zone": "Asia/Tokyo"}, "a", alice.project.created_at)
    sent = fields_of(alice.browser().get(GENERAL).content.decode())
    assert sent["organization"] == alice.organization.name
    assert sent["zone"] == sent["initial-zone"] == "Asia/Tokyo"


def test_what_is_sent_is_kept_and_told_on_the_page_after(alice):
    browser = alice.browser()
    sent = fields_of(browser.get(GENERAL).content.decode())
    answer = browser.post(GENERAL, {**sent, "zone": "Europe/Rome", "currency": "EUR"}, follow=True)
    assert answer.redirect_chain == [(GENERAL, 302)]
    assert "Saved: time zone, currency." in answer.content.decode()
    assert kept(alice)["general.zone"] == "Europe/Rome"
    assert kept(alice)["general.currency"] == "eur"


def test_a_page_saved_as_it_was_changes_nothing(alice):
    browser = alice.browser()
    sent = fields_of(browser.get(GENERAL).content.decode())
    assert "Nothing was changed." in browser.post(GENERAL, sent, follow=True).content.decode()


def test_what_is_wrong_stands_beside_its_field_and_nothing_is_kept(alice):
    browser, before = alice.browser(), kept(alice)
    sent = fields_of(browser.get(GENERAL).content.decode())
    answer = browser.post(GENERAL, {**sent, "currency": "12", "zone": "Asia/Tokyo"})
    assert answer.status_code == 422
    assert "A currency has three letters" in answer.content.decode()
    assert kept(alice) == before


def test_two_people_on_one_page_change_what_each_has_changed(alice, bob):
    stale = fields_of(bob.browser().get(GENERAL).content.decode())
    change(alice.project, {"general.zone": "Asia/Tokyo"}, "alice", alice.project.created_at)
    bob.browser().post(GENERAL, {**stale, "currency": "eur"})
    assert kept(alice)["general.zone"] == "Asia/Tokyo"
    assert kept(alice)["general.currency"] == "eur"


def test_a_zone_the_list_does_not_offer_can_stay(alice):
    Project.objects.filter(pk=alice.project.pk).update(time_zone="Factory/Odd")
    assert fields_of(alice.browser().get(GENERAL).content.decode())["zone"] == "Factory/Odd"


def test_the_list_leads_to_every_page_with_what_is_set_there(alice):
    html = alice.browser().get("/settings/").content.decode()
    assert 'href="/settings/general/"' in html
    assert f"{alice.organization.name}, USD" in html


def test_mallorys_page_shows_and_changes_mallorys_alone(alice, mallory):
    browser = mallory.browser()
    sent = fields_of(browser.get(GENERAL).content.decode())
    browser.post(GENERAL, {**sent, "organization": "Mallory & Sons"})
    assert kept(alice)["general.organization"] == alice.organization.name
    assert kept(mallory)["general.organization"] == "Mallory & Sons"


@pytest.mark.parametrize("form", SettingsForm.__subclasses__())
def test_a_form_names_settings_of_the_table(form, alice):
    assert form(alice.project).fields


def test_who_only_reads_sees_what_is_set_and_can_send_nothing(alice):
    reader = colleague("Carol", alice, Role.ANALYST).browser()
    html, before = reader.get(GENERAL).content.decode(), kept(alice)
    assert alice.organization.name in html
    assert '<fieldset id="general" class="form read" disabled>' in html
    assert "Your role reads this page" in html
    assert reader.post(GENERAL, {**fields_of(html), "currency": "eur"}).status_code == 403
    assert kept(alice) == before
