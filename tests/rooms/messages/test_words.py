"""The texts: true to the facts, the same in HTML and plain text, and no field is ever more than data."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from itertools import islice
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rooms.messages.situations import situations
from tideover.core.ahead.kinds import KINDS, WINBACKS
from tideover.core.catalogue import TEMPLATES, Consequence, Template, Tone
from tideover.core.declines import Decline, for_payer
from tideover.core.money import Money
from tideover.messages.channels import compose
from tideover.messages.color import DARK, WHITE, contrast, palette
from tideover.messages.examples import EXAMPLE, SPARSE
from tideover.messages.wording import Wording

ASKING = [template for template, about in TEMPLATES.items() if about.in_sequence]
RETRYING = [template for template in ASKING if template != Template.AUTHENTICATE]
TO_COME_BACK = {KINDS[kind].template for kind in WINBACKS}
HOSTILE = [
    "<script>alert(1)</script>",
    '"><a href="https://evil.example">Pay here</a>',
    "' onmouseover='alert(1)",
    "</td></tr></table><h1>Hello</h1>",
    "<img src=x onerror=alert(1)>",
    "{{ update_url }}{% include 'en/labels' %}",
    "--><svg/onload=alert(1)>",
    "javascript:alert(1)",
    "https://evil.example/pay",
    "a\r\nsubject: You won\r\n\r\nA new paragraph",
    "a\n\nbutton: Click https://evil.example",
    "\u202eexe.yap\u2066",
    "&lt;b&gt;bold&amp;",
    "\x00\x1b[31mred\u2028line\u2029line",
    "x" * 5000,
]
FIELDS = [
    "merchant",
    "support_email",
    "postal_address",
    "customer_name",
    "invoice_number",
    "description",
    "card_brand",
    "card_last4",
]


class Skeleton(HTMLParser):
    """What a page is made of, without its texts."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.parts: list[tuple[str, tuple[tuple[str, str | None], ...]]] = []
        self.text: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        # aria-label and content repeat texts; that they cannot break out is seen by the other attributes staying
        self.parts.append((tag, tuple((name, value) for name, value in attrs if name != "aria-label")))

    def handle_data(self, data):
        self.text.append(data)

    def count(self, tag):
        return sum(1 for name, _ in self.parts if name == tag)


def with_field(field: str, text: str) -> Wording:
    change: dict[str, Any] = {field: text}
    return replace(EXAMPLE, **change)


def said(wording: Wording) -> str:
    """Everything a reader can read of the message."""
    composed = compose(wording)
    return f"{composed.subject} {composed.preheader} {composed.text}"


@pytest.mark.parametrize("template", Template)
def test_every_text_holds_whatever_the_situation(template):
    """A fifth of all, with each value of each: `make check` renders them all, in every language."""
    for wording in islice(situations(template), 0, None, 5):
        composed = compose(wording)
        html = composed.html
        assert 0 < len(composed.subject) < 60
        assert composed.preheader
        assert len(composed.text.split()) > 30
        assert html.count(f'href="{EXAMPLE.update_url}"') == (1 if wording.update_url else 0)
        assert html.count("<a ") == (2 if wording.update_url else 1)  # the button and the way out
        assert html.count(f'<img src="{EXAMPLE.open_url}"') == 1
        assert composed.text.count(wording.unsubscribe_url) == 1


@pytest.mark.parametrize("template", Template)
def test_html_and_plain_text_say_the_same(template):
    composed = compose(replace(EXAMPLE, template=template, psychology=True))
    read = " ".join(" ".join(Skeleton(composed.html).text).split())
    for paragraph in composed.text.split("--\n", maxsplit=1)[0].split("\n\n"):
        if "https://" not in paragraph and "Amount: " not in paragraph:
            assert " ".join(paragraph.split()) in read


@pytest.mark.parametrize("template", Template)
def test_tones_and_psychology_change_the_words(template):
    texts = {tone: said(replace(EXAMPLE, template=template, tone=tone)) for tone in Tone}
    assert len(set(texts.values())) >= 2
    plainly = said(replace(EXAMPLE, template=template, psychology=True)) == texts["friendly"]
    alike = TEMPLATES[template].tells_how_to_cancel or template in TO_COME_BACK
    assert plainly == alike, "what a law may ask for is said alike to everybody, and who has left is told of no loss"


@pytest.mark.parametrize("template", RETRYING)
def test_a_next_try_is_announced_only_if_there_will_be_one(template):
    base = replace(EXAMPLE, template=template)
    at = datetime(2026, 11, 21, 2, 30, tzinfo=UTC)
    assert "We will try the payment again on Friday, November 20, 2026." in said(replace(base, next_charge_at=at))
    silent = said(base)
    assert "again on" not in silent
    assert "will not try" not in silent
    assert "We will not try this card again." in said(replace(base, no_more_charges=True))


@pytest.mark.parametrize("template", Template)
@pytest.mark.parametrize("psychology", [True, False])
def test_no_consequence_is_threatened_that_the_merchant_has_not_stated(template, psychology):
    threats = {"paused", "suspended", "canceled", "at risk", "interruption", "before then", "Until then", "December"}
    if TEMPLATES[template].tells_how_to_cancel:
        threats -= {"before then"}  # one may cancel
    for tone in Tone:
        text = said(replace(EXAMPLE, template=template, tone=tone, psychology=psychology, consequence=Consequence.NONE))
        assert {word for word in threats if word in text} == set()


@pytest.mark.parametrize("template", ASKING)
def test_a_stated_consequence_is_said_with_its_day(template):
    text = said(
        replace(EXAMPLE, template=template, consequence=Consequence.SUSPENDED, consequence_on=date(2026, 12, 1))
    )
    assert "If the payment is still open on December 1, 2026, your subscription will be suspended." in text


def test_a_message_is_called_the_last_only_if_it_is():
    final = replace(EXAMPLE, template=Template.FINAL, tone=Tone.FINAL, step_count=6)
    assert "last reminder" not in said(replace(final, step_number=5)).lower()
    assert "last reminder" in said(replace(final, step_number=6)).lower()


@pytest.mark.parametrize("code", ["lost_card", "stolen_card", "fraudulent", "pickup_card", "merchant_blacklist"])
@pytest.mark.parametrize("template", ASKING)
def test_no_message_says_that_a_card_was_reported(template, code):
    text = said(replace(EXAMPLE, template=template, reason=for_payer(Decline(code)))).lower()
    for word in ("lost", "stolen", "fraud", "pick up", "pickup", "blacklist", "blocked"):
        assert word not in text


def test_the_failure_is_told_with_amount_day_card_and_reason():
    text = compose(EXAMPLE).text
    for fact in ("Amount: $99.00", "For: Pro plan", "Invoice: A-0012", "Payment failed on: November 3, 2026"):
        assert fact in text
    assert "Card: Visa •••• 4242" in text
    assert "Reason: Your bank declined the payment." in text


def test_what_is_not_known_is_not_written_about():
    text = compose(SPARSE).text
    for label in ("For:", "Invoice:", "Payment failed on:", "Card:", "Reason:", "None", "secure page", " ,", " ."):
        assert label not in text
    assert text.splitlines()[2] == "Hello,"


@pytest.mark.parametrize(
    ("money", "locale", "written"),
    [
        (Money(9900, "jpy"), "en-US", "Your ¥9,900 payment did not go through"),
        (Money(1500, "kwd"), "en-US", "Your KWD 1.500 payment did not go through"),
        (Money(9900, "usd"), "ko", "Your $99.00 payment did not go through"),
        (Money(9900, "usd"), "en-AU", "Your USD 99.00 payment did not go through"),
        (Money(9900, "gbp"), "xx-nonsense", "Your £99.00 payment did not go through"),
    ],
)
def test_amounts_are_written_as_the_reader_writes_them(money, locale, written):
    subject = compose(replace(EXAMPLE, amount=money, locale=locale)).subject
    assert subject.replace("\xa0", " ") == written


def test_dates_are_written_as_the_reader_writes_them():
    assert "3 November 2026" in compose(replace(EXAMPLE, locale="en-GB")).text


def test_a_next_try_is_dated_in_the_readers_zone():
    at = datetime(2026, 11, 20, 23, 0, tzinfo=UTC)
    auckland = replace(EXAMPLE, zone="Pacific/Auckland", next_charge_at=at)
    assert "Saturday, November 21, 2026" in compose(auckland).text
    assert "Friday, November 20, 2026" in compose(replace(auckland, zone="Not/AZone")).text


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("field", FIELDS)
def test_a_field_is_data_in_html_text_and_headers(field, hostile):
    plain, spiked = compose(with_field(field, "Harmless 1234")), compose(with_field(field, hostile))
    if field == "card_brand":
        assert Skeleton(spiked.html).parts == Skeleton(compose(EXAMPLE).html).parts
    elif field != "card_last4":
        assert Skeleton(spiked.html).parts == Skeleton(plain.html).parts
    assert spiked.text.count("\n") <= compose(EXAMPLE).text.count("\n")
    assert "://evil" not in spiked.text + spiked.html
    for line in (spiked.subject, spiked.preheader):
        assert not set(line) & set("\r\n\x00\u2028\u202e")


@given(st.sampled_from(FIELDS), st.text(max_size=200))
def test_any_text_in_any_field_leaves_the_page_as_it_is(field, text):
    page = Skeleton(compose(with_field(field, text)).html)
    assert page.count("a") == 2
    assert page.count("img") == 1
    assert page.count("script") == 0


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "//evil.example",
        'https://x.example/"onclick="',
        "https://x.example/ y",
        "ftp://x.example",
    ],
)
def test_what_is_no_web_address_becomes_no_link(address):
    composed = compose(replace(EXAMPLE, update_url=address, hosted_url=""))
    assert Skeleton(composed.html).count("a") == 1
    assert address not in composed.text


@given(st.from_regex(r"\A#[0-9a-fA-F]{6}\Z"))
def test_every_brand_color_makes_a_readable_button(color):
    colors = palette(color)
    assert contrast(colors.button, colors.on_button) >= 4.5
    assert contrast(colors.ink, WHITE) >= 4.5


def test_a_readable_color_stays_as_it_is_and_a_wrong_one_is_replaced():
    assert palette("#00D4AA").button == "#00d4aa"
    assert palette("#00D4AA").on_button == DARK
    assert palette("#1a1a8c").button == "#1a1a8c"
    assert palette("red;} body{display:none").button == palette("#00d4aa").button


def test_the_keys_of_a_message_are_the_links_that_open_something():
    assert set(compose(EXAMPLE).keys) == {EXAMPLE.update_url, EXAMPLE.unsubscribe_url, EXAMPLE.open_url}
