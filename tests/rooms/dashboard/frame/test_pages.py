"""The merchant's pages as a browser without scripts sees them: what holds on every page."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from tideover.recovery.models import Case

pytestmark = pytest.mark.django_db


def test_a_stranger_is_sent_to_sign_in(case):
    for address in ("/", "/cases/", "/messages/", "/cases.csv", f"/cases/{case.public_id}/"):
        answer = Client().get(address)
        assert (answer.status_code, answer.url.split("?")[0]) == (302, "/sign-in/")


@pytest.mark.parametrize(
    "junk",
    [
        "range=9d",
        "range=custom&from=x&to=2026-01-01",
        "metric=zz",
        "by=hour",
        "vs=?",
        "currency=xxx",
        "range=custom&from=0001-01-01&to=9999-12-31",
        "page=-3",
        "q=%00",
    ],
)
def test_an_address_nobody_wrote_shows_the_default(alice, shop, junk):
    browser = alice.browser()
    assert browser.get(f"/?{junk}").status_code == browser.get(f"/cases/?{junk}").status_code == 200
    assert browser.get(f"/messages/?{junk}").status_code == 200


def test_no_page_has_an_inline_script_or_style_that_the_policy_would_stop(alice, shop):
    case = shop[0]
    for address in ("/", "/cases/", f"/cases/{case.public_id}/", "/messages/"):
        html = alice.browser().get(address).content.decode()
        assert "<style" not in html
        assert re.findall(r"<script(?![^>]*(src=|application/json))", html) == []
        assert re.findall(r"\son[a-z]+=", html) == []


def test_every_link_on_the_pages_leads_somewhere(alice, shop):
    browser = alice.browser()
    seen = set()
    for page in ("/", "/cases/", f"/cases/{shop[0].public_id}/", "/messages/"):
        for link in re.findall(r'href="([^"#]*)', browser.get(page).content.decode()):
            address = link.replace("&amp;", "&")
            address = page + address if address.startswith("?") else address
            if address.startswith("/") and not address.startswith("/static/"):
                seen.add(address)
    answers = {address: browser.get(address).status_code for address in sorted(seen)}
    assert {address: status for address, status in answers.items() if status != 200} == {}
    assert len(seen) > 40


def test_the_palette_finds_a_case_by_what_people_know(alice, case):
    browser = alice.browser()
    for text in ("northw", "BILLING@north", case.invoice_number[:6], case.invoice_id, case.customer_id, case.public_id):
        assert case.public_id in browser.get("/find/", {"q": text}).content.decode()
    assert "No case matches" in browser.get("/find/", {"q": "zzz"}).content.decode()


def test_a_name_is_text_and_never_markup(alice, case):
    Case.objects.update(customer_name="<script>alert(1)</script>", description="<b>x</b>")
    browser = alice.browser()
    for address in (
        "/",
        "/cases/",
        f"/cases/{case.public_id}/",
        "/find/?q=script",
        "/cases/?q=<script>alert(2)</script>",
    ):
        html = browser.get(address).content.decode()
        assert "<script>alert" not in html
        assert "<b>x</b>" not in html


def test_the_theme_a_person_chose_is_drawn_by_the_server(alice):
    browser = alice.browser()
    browser.cookies["theme"] = "dark"
    assert 'data-theme="dark"' in browser.get("/").content.decode()
    browser.cookies["theme"] = '"><script>'
    assert "data-theme=" not in browser.get("/").content.decode()
