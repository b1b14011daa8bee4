"""Arabic is read from the right, and what is not Arabic in it keeps its own order: amounts, digits, names, addresses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from typing import Final

import pytest
from django.test import Client

from tests.factories import (
    DAY,
    NOW,
    make_attempt,
    make_case,
    make_connection,
    make_link,
    make_message,
    make_plan,
    make_project,
)
from tests.rooms.customer.test_card_page import url_of
from tideover.core.catalogue import TEMPLATES, Template
from tideover.core.money import Money, spoken
from tideover.core.words.characters import characters
from tideover.customer.queries import page_of
from tideover.ids import new_id
from tideover.messages.channels import compose
from tideover.messages.channels.email.envelope import Sheet, from_project
from tideover.messages.examples import DEBIT, EXAMPLE, IN_PARTS, SEVERAL
from tideover.messages.keyed import token_hash
from tideover.messages.languages import spoken_in
from tideover.messages.wording import field

BEGINS, ENDS = "\u2068", "\u2069"
# What is written from the left: a run of Latin letters and digits, with what holds it together.
FOREIGN: Final = re.compile(r"[A-Za-z•][A-Za-z0-9•@.$&()' -]*[A-Za-z0-9.$)]")
OURS: Final = {"Stripe", "JavaScript", "PayPal"}  # names in our own sentences
FACTS: Final = {
    "description": "Pro plan (monthly)",
    "invoice_number": "#A-0012",
    "card_brand": "sepa_debit",
    "card_last4": "6789",
    "hosted_url": "https://invoice.stripe.example/i/1",
}


def lines_of(html: str) -> list[str]:
    """What stands beside each other on a page, with a fence where <bdi> puts one."""
    html = re.sub(r"<(style|script|svg|title)\b.*?</\1>", "", html, flags=re.DOTALL)
    html = html.replace("<bdi>", BEGINS).replace("</bdi>", ENDS)
    html = re.sub(r"</?(?:a|b)\b[^>]*>", "", html)
    return unescape(re.sub(r"<[^>]*>", "\n", html)).splitlines()


def not_apart(text: str) -> list[str]:
    """What of it is foreign and has no fence."""
    while BEGINS in text:
        fenced = re.sub(f"{BEGINS}[^{BEGINS}{ENDS}]*{ENDS}", "", text)
        assert fenced != text, f"a fence is left open: {text!r}"
        text = fenced
    assert ENDS not in text
    without = re.sub(r"https?://\S+", "", text)  # on a line of its own
    return [found for found in FOREIGN.findall(without) if found.rstrip(".") not in OURS]


@pytest.mark.parametrize("template", Template)
def test_everything_foreign_in_a_mail_stands_apart(template):
    for base in (EXAMPLE, DEBIT, SEVERAL, *(IN_PARTS if TEMPLATES[template].of_plan else ())):
        composed = compose(replace(base, template=template, locale="ar", psychology=True))
        assert 'lang="ar" dir="rtl"' in composed.html
        for said in (composed.subject, composed.preheader, *composed.text.splitlines()):
            assert not_apart(said) == [], said


def test_a_mail_begins_at_the_right_and_leaves_its_lines_room():
    html = compose(replace(EXAMPLE, locale="ar")).html
    assert "text-align:right" in html
    assert "line-height:28px" in html
    assert "Noto Sans Arabic" in html
    assert "line-height:28px" not in compose(EXAMPLE).html


def test_an_amount_is_read_from_the_right_with_its_sign_in_one_piece():
    assert spoken(Money(9900, "usd"), "ar") == "\u200f99.00\u00a0\u2068US$\u2069"
    assert spoken(Money(9900, "usd"), "en") == "$99.00"


def test_the_fences_of_a_subject_are_ours_alone():
    tricky = replace(EXAMPLE, locale="ar", merchant="\u202eEvil\u2069 \u2066Shop", customer_name="\u2067Bob\u2069")
    composed = compose(tricky)
    for said in (composed.subject, *composed.text.splitlines()):
        assert said.count(BEGINS) == said.count(ENDS)
        assert not set(said) & set("\u202e\u2066\u2067")


@pytest.mark.django_db
def test_a_mail_server_gets_the_subject_with_its_fences_on_one_line():
    sheet = Sheet(new_id(), "", "io@acme.example", f"دفع {BEGINS}99.00{ENDS}\r\nBcc: x@evil.example", "<p>", "")
    sent = from_project(make_project(), sheet, NOW)
    assert sent["Subject"] == f"دفع {BEGINS}99.00{ENDS} Bcc: x@evil.example"


@pytest.fixture
def arabic():
    project = make_project(brand_name="Acme (Ltd.)", support_email="help@acme.example", plans_enabled=True)
    return make_connection(project, publishable_key="pk_test_alice")


def pages(client: Client, connection) -> Iterator[str]:
    def page(**values) -> str:
        return client.get(url_of(make_case(connection, locale="ar", **{**FACTS, **values}))).content.decode()

    yield page(family="no_funds", opened_at=NOW - 15 * DAY, payment_method_id="pm_1")
    yield page(family="expired", card_brand="visa", card_last4="4242")
    yield page(promised_on=(NOW + DAY).date(), promised_since=NOW)
    yield page(state="recovered", via="card_page", ended_at=NOW)
    yield page(attention="came_back")
    debit = make_case(connection, locale="ar", processing=True, **FACTS)
    make_attempt(debit, outcome="processing")
    yield client.get(url_of(debit)).content.decode()
    planned = make_case(connection, locale="ar", opened_at=NOW - 15 * DAY, payment_method_id="pm_1", **FACTS)
    make_plan(planned)
    yield client.get(url_of(planned)).content.decode()
    several = [make_case(connection, locale="ar", customer_id="cus_of_three", **FACTS) for _ in range(3)]
    make_case(connection, locale="ar", customer_id="cus_of_three", currency="jpy", **FACTS)
    yield client.get(url_of(several[0])).content.decode()
    make_message(planned, locale="ar", unsubscribe_hash=token_hash("theirs"))
    yield client.get("/u/theirs").content.decode()
    yield client.post("/u/theirs").content.decode()


@pytest.mark.django_db
def test_everything_foreign_on_a_page_stands_apart(client, arabic):
    seen = list(pages(client, arabic))
    assert len(seen) == 10
    for html in seen:
        assert '<html lang="ar" dir="rtl">' in html
        assert [foreign for line in lines_of(html) for foreign in not_apart(line)] == []
        assert "Noto Sans Arabic" in html


def test_a_language_brings_its_fonts_and_english_keeps_the_pages_own():
    assert [bool(spoken_in(code).faces) for code in ("ar", "ja", "zh-CN", "pl", "en")] == [
        True,
        True,
        True,
        False,
        False,
    ]


# ── nothing is cut in two ──


@pytest.mark.parametrize("whole", ["e\u0301", "👩🏽‍🚀", "क्ष", "🇵🇱", "م\u064e\u0651"])
def test_no_field_is_cut_in_the_middle_of_what_is_seen_as_one(whole):
    for longest in range(2, 12):
        kept = field(whole * 10, longest)
        assert len(kept) <= longest
        assert set(characters(kept)) <= {whole, "…"}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "initial"), [("👩🏽‍🚀 Shop", "👩🏽‍🚀"), ("étoile", "É"), ("e\u0301toile", "E\u0301"), ("株式会社", "株")]
)
def test_the_sign_in_place_of_a_logo_is_one_whole_character(name, initial):
    case = make_case(make_connection(make_project(brand_name=name)))
    assert page_of(make_link(case), NOW).brand.initial == initial
