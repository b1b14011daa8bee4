"""The brand's page: what is chosen there is what messages and the pay page wear, and what it looks like is shown before."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.core.test_pictures import jpeg, png
from tests.rooms.dashboard.settings.test_pages import fields_of, kept
from tideover.core.settings.pictures import as_text, drawing
from tideover.tenants.kept_apart import Logo
from tideover.tenants.models import AuditEntry, Project
from tideover.tenants.settings import CHANGED, change

pytestmark = pytest.mark.django_db
BRAND = "/settings/brand/"


def sent_by(browser):
    sent = fields_of(browser.get(BRAND).content.decode())
    return {name: value for name, value in sent.items() if name != "no_logo"}


def upload(content, name="logo.png", kind="image/png"):
    return SimpleUploadedFile(name, content, kind)


def test_a_logo_is_kept_shown_to_everybody_and_named_in_the_log_by_its_digest(alice):
    browser = alice.browser()
    browser.post(BRAND, {**sent_by(browser), "logo": upload(png())})
    digest = Project.objects.get(pk=alice.project.pk).logo_digest
    answer = Client().get(f"/logo/{digest}")
    assert (answer.status_code, answer.headers["Content-Type"], answer.content) == (200, "image/png", png())
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    [entry] = AuditEntry.objects.filter(what=CHANGED)
    assert entry.after["brand.logo"].startswith("sha256:")


def test_a_logo_stays_when_another_field_is_saved_and_goes_when_that_is_asked(alice):
    browser = alice.browser()
    browser.post(BRAND, {**sent_by(browser), "logo": upload(jpeg(), "logo.jpg", "image/jpeg")})
    browser.post(BRAND, {**sent_by(browser), "color": "#aa0000"})
    assert kept(alice)["brand.logo"] == as_text(drawing(jpeg()))
    assert kept(alice)["brand.color"] == "#aa0000"
    browser.post(BRAND, {**sent_by(browser), "no_logo": "on"})
    assert kept(alice)["brand.logo"] == ""
    assert Logo.objects.count() == 1  # mails that were sent show it


@pytest.mark.parametrize("content", [b"<svg/>", b"<?php", png()[:-5]])
def test_what_only_calls_itself_a_picture_is_refused(alice, content):
    browser = alice.browser()
    answer = browser.post(BRAND, {**sent_by(browser), "logo": upload(content), "color": "#aa0000"})
    assert answer.status_code == 422
    assert kept(alice)["brand.logo"] == ""
    assert kept(alice)["brand.color"] == "#00d4aa"


def test_an_address_without_a_town_and_a_way_back_that_is_a_script_are_refused_beside_their_fields(alice):
    browser = alice.browser()
    wrong = {"address": "12 Harbour Street", "return_address": "javascript:alert(1)"}
    html = browser.post(BRAND, {**sent_by(browser), **wrong}).content.decode()
    assert "Add the town and the country" in html
    assert "Write the whole address" in html


def test_the_page_says_how_well_the_color_can_be_read_as_it_is_typed(alice):
    html = alice.browser().get("/settings/brand/look/?color=%23f2b233").content.decode()
    assert "dark ink, 10" in html
    assert "Darkened; your color itself is 1.9 to 1." in html


def test_a_color_that_is_half_typed_is_shown_as_the_one_that_is_kept(alice):
    assert "#00d4aa" in alice.browser().get("/settings/brand/look/?color=%23f2b23").content.decode().lower()


def test_the_message_shown_wears_what_is_typed_and_nothing_of_it_is_kept(alice):
    answer = alice.browser().get("/settings/brand/mail/?name=%3Cb%3EAcme&color=%23aa0000&address=1+A+Street,+Oslo")
    html = answer.content.decode()
    assert "&lt;b&gt;Acme" in html
    assert "#aa0000" in html
    assert "1 A Street, Oslo" in html
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert kept(alice)["brand.name"] == alice.project.brand_name


def test_nobody_sees_anothers_logo_in_their_settings(alice, mallory):
    change(alice.project, {"brand.logo": as_text(drawing(png()))}, "alice", alice.project.created_at)
    assert kept(mallory)["brand.logo"] == ""
    assert "/logo/" not in mallory.browser().get(BRAND).content.decode()


def test_the_example_can_be_read_in_every_language_and_is_first_in_the_projects_own(alice):
    browser = alice.browser()
    links = re.findall(
        r'href="(/settings/brand/mail/[^"]+)" target="mail-look">([^<]+)<', browser.get(BRAND).content.decode()
    )
    assert {label for _, label in links} >= {"English", "German"}
    [german] = [unescape(address) for address, label in links if label == "German"]
    assert '<html lang="de"' in browser.get(german).content.decode()
    alone = german.replace("&language=de", "")
    assert '<html lang="en"' in browser.get(alone).content.decode()
    change(alice.project, {"general.language": "de"}, "alice", alice.project.created_at)
    assert '<html lang="de"' in browser.get(alone).content.decode()
    assert '<html lang="en"' in browser.get(f"{alone}&language=../../etc").content.decode()
