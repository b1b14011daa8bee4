"""The messages about a renewal and about the end of a trial: what they say, and that none is without a way to cancel."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from tideover.core.catalogue import TEMPLATES, Channel, Template
from tideover.core.methods import Means
from tideover.core.money import Money
from tideover.messages.channels import compose
from tideover.messages.examples import EXAMPLE
from tideover.messages.languages import spoken_in
from tideover.messages.lint import OURS, faults
from tideover.messages.own.checks import found, stopping
from tideover.messages.own.content import Block, Content, Kind
from tideover.messages.own.ours import ours
from tideover.messages.wording import Renewal

NOTICES = [template for template in Template if TEMPLATES[template].tells_how_to_cancel]
ABOUT_A_RENEWAL = replace(EXAMPLE, template=Template.RENEWAL, card_ends=None)


def said(**changes: object) -> str:
    composed = compose(replace(ABOUT_A_RENEWAL, **changes))
    return " ".join(f"{composed.subject}\n{composed.text}".split())


def test_it_names_the_day_the_plan_the_amount_the_card_and_how_to_cancel():
    text = said()
    assert "Your subscription (Pro plan) with Harbor Analytics renews on November 3, 2026." in text
    assert "As things stand, $99.00 is charged then by Visa •••• 4242." in text
    assert "For: Pro plan Next payment on: November 3, 2026 Amount: $99.00 Card: Visa •••• 4242" in text
    assert "or write to help@harbor.example." in text


def test_what_is_not_known_is_not_said():
    text = said(
        amount=Money(0, "usd"), card_brand="", card_last4="", means=Means.NONE, description="", support_email=""
    )
    assert "The payment is made then." in text
    assert "$" not in text
    assert "open the page that this message leads to." in text


def test_of_an_invoice_to_be_paid_by_hand_no_charge_is_announced():
    text = said(renewal=Renewal(date(2026, 11, 3), by_hand=True))
    assert "An invoice for it is sent to you then. As things stand, it is for $99.00." in text
    assert "is charged" not in text


@pytest.mark.parametrize("template", NOTICES)
def test_a_text_of_ours_without_a_way_to_cancel_is_refused(template, tmp_path: Path):
    shutil.copytree(OURS / "en", tmp_path / "en")
    mail = tmp_path / "en" / "email" / f"{template}.liquid"
    mail.write_text(
        mail.read_text("utf-8").replace(
            "{{ how_to_cancel }}", "{% if support %}{{ how_to_cancel }}{% endif %} So it is."
        )
    )
    [fault] = faults(tmp_path)
    assert fault.what == "does not say in each situation how to cancel"
    assert fault.file.endswith(f"{template}.liquid")


@pytest.mark.parametrize("template", NOTICES)
def test_a_text_of_a_merchants_without_one_is_not_saved(template):
    english = spoken_in("en")
    whole = ours(english, Channel.EMAIL, template)
    assert stopping(found(whole, english, Channel.EMAIL, template)) == []
    for instead in ("So it is.", "{% if support %}{{ how_to_cancel }}{% endif %} So it is."):
        blocks = tuple(Block(Kind.TEXT, instead) if "how_to_cancel" in block.words else block for block in whole.blocks)
        lacking = Content(blocks, whole.subject, whole.preheader, whole.heading)
        [problem] = stopping(found(lacking, english, Channel.EMAIL, template))
        assert problem.says.startswith("It does not say in every case how to cancel")
