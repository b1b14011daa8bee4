"""The message about a card that ends: which card, until when it is valid, what it is charged for next, and where to go."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tideover.core.catalogue import TEMPLATES, Template
from tideover.core.money import Money
from tideover.messages.channels import compose
from tideover.messages.examples import CARDS_THAT_END, EXAMPLE

ABOUT_A_CARD = replace(EXAMPLE, template=Template.CARD_EXPIRING)


def said(**changes: object) -> str:
    composed = compose(replace(ABOUT_A_CARD, **changes))
    return f"{composed.subject}\n{composed.preheader}\n{composed.text}"


def test_it_names_the_card_its_last_month_and_the_payment_that_comes():
    text = said()
    assert "Your card is valid until the end of October 2026" in text
    assert "Your card on file, Visa •••• 4242, is valid" in text
    assert "Your next payment for Pro plan, $99.00, is on November 3, 2026." in text
    assert "Valid until the end of: October 2026\nNext payment on: November 3, 2026\nAmount: $99.00" in text


def test_an_amount_that_nobody_knows_is_not_named():
    text = said(amount=Money(0, "usd"))
    assert "Your next payment for Pro plan is on November 3, 2026." in text
    assert "$" not in text
    assert "Amount" not in text


def test_of_an_invoice_it_says_nothing():
    text = said()
    assert "A-0012" not in text
    assert "failed" not in text.lower()


@pytest.mark.parametrize("wording", CARDS_THAT_END)
def test_what_is_over_is_told_as_past(wording):
    text = said(card_ends=wording.card_ends)
    assert ("expires soon" in text) != wording.card_ends.is_over
    assert ("has expired" in text) == wording.card_ends.is_over


def test_no_other_kind_of_message_tells_of_the_end_of_a_card():
    for template in Template:
        if not TEMPLATES[template].ahead:
            assert "October 2026" not in compose(replace(EXAMPLE, template=template)).text
