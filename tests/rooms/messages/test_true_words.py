"""No word that is not true: for every method, kind of bill, reason and message, in the mail and on the page."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import islice, product

import pytest

from tests.factories import NOW, make_case, make_link
from tideover.core.catalogue import TEMPLATES, Template, Tone
from tideover.core.declines import Decline, Family, Reason, for_payer
from tideover.core.methods import CARD_BRANDS, DEBITS, Means, means_of
from tideover.core.ways.doors import Door
from tideover.customer.queries import page_of
from tideover.dashboard.words import bill_label, failure_label, method_label
from tideover.messages.channels import compose
from tideover.messages.examples import CONSEQUENCES, EXAMPLE, NEXT_CHARGES

METHODS = {
    "visa": Means.CARD,
    "unknown": Means.CARD,
    "us_bank_account": Means.BANK_ACCOUNT,
    "sepa_debit": Means.BANK_ACCOUNT,
    "paypal": Means.PAYPAL,
    "link": Means.LINK,
    "cashapp": Means.CASHAPP,
    "klarna": Means.OTHER,
    "": Means.NONE,
}
APART = 5  # mails from one that is read to the next: what they are made of takes turns
OF_ANY_METHOD = [template for template in Template if not TEMPLATES[template].ahead]
A_CARD = re.compile(r"\bcards?\b", re.IGNORECASE)
AN_ACCOUNT = re.compile(r"\bbank account\b", re.IGNORECASE)
STRIPES_WORD = re.compile(r"us.bank.account|sepa.debit|bacs.debit|\bPaypal\b|Cashapp", re.IGNORECASE)
A_SUBSCRIPTION = re.compile(r"subscription|start over|sign(ed)? up", re.IGNORECASE)


def untrue(text: str, means: Means, *, is_subscription: bool = True) -> list[str]:
    """The words that are wrong about a payment of this kind."""
    wrong = [] if means == Means.CARD else A_CARD.findall(text)
    wrong += [] if means == Means.BANK_ACCOUNT else AN_ACCOUNT.findall(text)
    wrong += [] if is_subscription else A_SUBSCRIPTION.findall(text)
    return wrong + [word for word in STRIPES_WORD.findall(text) if word != "PayPal"]


def said(wording) -> str:
    mail = compose(wording)
    return f"{mail.subject}\n{mail.preheader}\n{mail.text}"


@pytest.mark.parametrize("brand", METHODS)
@pytest.mark.parametrize("is_subscription", [True, False])
def test_no_mail_says_an_untrue_word(brand, is_subscription):
    means = METHODS[brand]
    base = replace(EXAMPLE, card_brand=brand, means=means, is_subscription=is_subscription, psychology=True)
    base = replace(base, card_last4="6789" if brand else "", reason=Reason.NO_FUNDS if brand else Reason.NO_METHOD)
    every = product(OF_ANY_METHOD, Tone, NEXT_CHARGES, CONSEQUENCES[:2])
    for template, tone, charge, stated in islice(every, list(METHODS).index(brand), None, APART):
        text = said(replace(base, template=template, tone=tone, **charge, **stated))
        assert untrue(text, means, is_subscription=is_subscription) == [], text


@pytest.mark.parametrize(("brand", "reason"), list(product(METHODS, Reason)))
def test_no_reason_says_an_untrue_word(brand, reason):
    text = said(replace(EXAMPLE, card_brand=brand, card_last4="", means=METHODS[brand], reason=reason))
    assert untrue(text, METHODS[brand]) == [], text


def test_who_has_no_method_is_not_told_that_one_was_tried():
    nothing = replace(EXAMPLE, card_brand="", card_last4="", means=Means.NONE, reason=Reason.NO_METHOD)
    for template, tone, charge in product((Template.FAILED, Template.UPDATE_CARD, Template.HELP), Tone, NEXT_CHARGES):
        text = said(replace(nothing, template=template, tone=tone, **charge))
        for untrue_words in (
            "taken from your",
            "we tried to collect",
            "try this",
            "another payment method",
            "declined",
        ):
            assert untrue_words not in text, text


@pytest.mark.django_db
@pytest.mark.parametrize(("brand", "family"), list(product(METHODS, Family)))
@pytest.mark.parametrize("reason", ["subscription_cycle", "manual"])
def test_no_page_and_no_case_of_the_dashboard_says_an_untrue_word(brand, family, reason):
    case = make_case(card_brand=brand, card_last4="6789" if brand else "", payment_method_id="pm_1" if brand else "",
                     family=family, decline_code="", billing_reason=reason, description="")  # fmt: skip
    page = page_of(make_link(case), NOW)
    shown = [page.reason, page.card, *(page.say[line] for line in ("card", "thanks_what", "saved"))]
    shown += [page.say[f"{line}.{door}"] for line in ("door", "door_says") for door in Door]
    shown += [method_label(case.card_brand, case.card_last4), failure_label(case, family), bill_label(case)]
    is_subscription = reason != "manual"
    assert [untrue(text, METHODS[brand], is_subscription=is_subscription) for text in shown if text] == [[]] * len(
        [text for text in shown if text]
    ), shown


def test_the_words_of_every_brand_and_debit_stand_for_what_they_are():
    assert {means_of(brand) for brand in CARD_BRANDS} == {Means.CARD}
    assert {method_label(debit, "6789") for debit in DEBITS} == {"Bank account •••• 6789"}
    assert method_label("paypal", "") == "PayPal"
    assert for_payer(Decline(None), Means.NONE) == Reason.NO_METHOD
