"""Designs: each says the same in its own look, can be read by light and in the dark, and is the merchant's to choose.

`make check` draws every kind of message in each of them; here it is one of each, and that the lint would find a fault.
"""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from tideover import clock
from tideover.core.catalogue import Template
from tideover.core.settings.designs import DESIGNS, Design
from tideover.messages.brand import design_of
from tideover.messages.channels import compose
from tideover.messages.channels.email.designs import STYLES, Style, arranged
from tideover.messages.channels.email.drawn import BRANDS, EVERY_BLOCK, wrong_in_the_dark, wrong_with
from tideover.messages.channels.email.trial import trial_mail
from tideover.messages.channels.way import Composed
from tideover.messages.examples import EXAMPLE, SEVERAL
from tideover.messages.languages import spoken_in
from tideover.messages.own.saying import Own
from tideover.tenants.models import Project


def test_every_design_has_a_name_a_sentence_and_a_style():
    assert set(DESIGNS) == set(STYLES) == set(Design)
    assert len({str(style) for style in STYLES.values()}) == len(Design)


@pytest.mark.parametrize("design", Design)
def test_every_design_can_be_read_from_each_side_by_light_and_in_the_dark(design):
    mails = [
        replace(EXAMPLE, design=design, template=Template.FINAL, locale="ar", brand_color="#ffee00"),
        replace(SEVERAL, design=design, logo_url="https://shop.example/logo.png"),
        replace(EXAMPLE, design=design, own=Own(1, EVERY_BLOCK), logo_url="https://shop.example/logo.png"),
    ]
    assert [wrong for mail in mails for wrong in wrong_with(compose(mail))] == []
    assert [wrong for brand in BRANDS for wrong in wrong_in_the_dark(STYLES[design], brand)] == []


@pytest.mark.parametrize("design", Design)
def test_a_design_changes_the_look_and_the_order_and_none_of_the_words(design):
    plain, drawn = compose(EXAMPLE), compose(replace(EXAMPLE, design=design))
    assert sorted(drawn.text.splitlines()) == sorted(plain.text.splitlines())
    assert (drawn.subject, drawn.preheader, drawn.keys) == (plain.subject, plain.preheader, plain.keys)
    assert (drawn.html == plain.html) is (design == Design.CARD)


@pytest.mark.parametrize(
    ("design", "first"),
    [(Design.CARD, "Hi Jane"), (Design.LEDGER, "Amount: $99.00"), (Design.BUTTON, "Update payment details:")],
)
def test_a_design_may_put_a_part_first(design, first):
    heading, said = compose(replace(EXAMPLE, design=design)).text.split("\n\n", 1)
    assert heading == "Your payment did not go through"
    assert said.startswith(first)


def test_what_stands_first_keeps_its_order_and_so_does_the_rest():
    blocks = [{"kind": kind, "at": at} for at, kind in enumerate(["text", "rows", "text", "amount", "rows"])]
    assert [block["at"] for block in arranged(blocks, Design.LEDGER)] == [3, 1, 4, 0, 2]
    assert arranged(blocks, Design.CARD) == blocks


def test_the_test_mail_wears_the_design(alice):
    alice.project.design = "note"
    mail = trial_mail(alice.project, "", alice.user.email, spoken_in("en"), clock.now())
    assert 'class="go"' in mail.get_body(("html",)).get_content()


def test_a_design_that_this_version_does_not_have_is_drawn_as_the_first():
    assert design_of(Project(design="of-tomorrow")) == Design.CARD
    assert design_of(Project(design="note")) == Design.NOTE


# ── what the lint finds ──


def drawn_as(html: str, plain: str) -> Composed:
    return replace(compose(EXAMPLE), html=f'<html lang="en" dir="ltr"><body>{html}</body></html>', text=plain)


@pytest.mark.parametrize(
    ("html", "wrong"),
    [
        ('<p style="color:#aaaaaa">Hello</p>', "#aaaaaa on #ffffff is 2.3 to 1: Hello"),
        ('<table bgcolor="#000000"><tr><td>Hello</td></tr></table>', "#0b1220 on #000000 is 1.1 to 1: Hello"),
        ("<p>Good day</p>", "the plain part does not say 'Good day'"),
        ("<p>Hello<b></p>", "</p> closes what is not open"),
        ('<img src="x.png">', "a picture has no alt text"),
        ('<p dir="ltr" dir="rtl">Hello</p>', "<p> has an attribute twice"),
        ("<p>Hello [[ name ]]</p>", "a field is not filled in"),
        (f"<p>Hello</p><!--{'x' * 100_000}-->", "100 kB of HTML: mail programs cut what is longer than 100 kB"),
    ],
)
def test_what_cannot_be_read_or_is_not_whole_is_named(html, wrong):
    assert wrong in [*wrong_with(drawn_as(html, "Hello"))]


def test_what_nobody_sees_may_have_any_color():
    hidden = '<div style="display:none;color:#ffffff">Before all else</div>'
    assert [*wrong_with(drawn_as(hidden, ""))] == []


def test_a_ground_too_light_for_the_dark_is_named():
    [wrong] = wrong_in_the_dark(Style(ground_dark="#777777"), BRANDS[0])
    assert re.fullmatch(r"#a7b0c0 on #777777 is 2\.\d to 1: in the dark", wrong)
