"""The letters to who has left: what each says, what is not said where it is not known, and why such a mail came."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from tideover.core.ahead.offers import Discount
from tideover.core.catalogue import TEMPLATES, Channel, Template
from tideover.core.money import Money
from tideover.messages.channels import compose
from tideover.messages.examples import EXAMPLE
from tideover.messages.languages import languages, spoken_in
from tideover.messages.lint import OURS
from tideover.messages.wording import Offered, WonBack, offer_words

LETTERS = [template for template in Template if TEMPLATES[template].wins_back]
ENDED, UNTIL = date(2026, 11, 3), date(2026, 11, 17)


def said(template: Template = Template.WINBACK_14, **changes: object) -> str:
    composed = compose(replace(EXAMPLE, template=template, **changes))
    return " ".join(f"{composed.subject}\n{composed.text}".split())


@pytest.mark.parametrize("template", LETTERS)
def test_each_names_what_ended_what_it_costs_and_the_offer_with_its_last_day(template):
    text = said(template)
    assert "(Pro plan) with Harbor Analytics" in text
    assert "ended on November 3, 2026" in text
    assert "for $99.00 a month" in text
    assert "Our offer to you: 20% off for the first 3 months." in text
    assert "holds until November 17, 2026" in text
    assert "Ended on: November 3, 2026 Offer: 20% off for the first 3 months Valid until: November 17, 2026" in text


@pytest.mark.parametrize("template", LETTERS)
def test_without_an_offer_none_is_spoken_of(template):
    assert "offer" not in said(template, won_back=WonBack(ENDED)).lower()


def test_an_amount_is_written_as_money_and_one_month_as_the_first():
    given = Offered(Discount(1, off=Money(500, "usd")), UNTIL)
    assert "$5.00 off for the first month" in said(won_back=WonBack(ENDED, given))


def test_what_it_costs_is_not_said_where_nobody_knows_it():
    assert "$" not in said(amount=Money(0, "usd"), won_back=WonBack(ENDED))


@pytest.mark.parametrize("template", LETTERS)
def test_it_says_that_it_came_because_a_subscription_ended_and_how_to_stop_these(template):
    text = said(template)
    assert "You receive this email because your subscription with Harbor Analytics has ended." in text
    assert "Unsubscribe from these emails by Harbor Analytics" in text
    assert "because of a payment" not in text


@pytest.mark.parametrize("language", sorted(languages(OURS)))
@pytest.mark.parametrize("months", [1, 2, 3, 5, 11, 12, 22])
def test_an_offer_is_a_noun_with_its_number_in_every_language(language, months):
    words = offer_words(spoken_in(language), Discount(months, 20))
    assert "20" in words or "٢٠" in words
    assert not any(mark in words for mark in ("{", "}", "  "))


def test_no_other_kind_of_message_tells_of_an_offer():
    for template in set(Template) - set(LETTERS):
        assert "20% off" not in compose(replace(EXAMPLE, template=template, channel=Channel.EMAIL)).text
