"""The ways to pay that Stripe knows: which of them are bank debits, and what each is to the person who pays.

A method is known by one word: a card by the brand of its network ("visa"), any other by Stripe's type of it
("us_bank_account", "paypal"). The word says whose rules hold for it, and what people call it.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Means(StrEnum):
    """What the payer calls it. Each language has its words for each."""

    CARD = "card"
    BANK_ACCOUNT = "bank_account"
    PAYPAL = "paypal"
    LINK = "link"
    CASHAPP = "cashapp"
    AMAZON_PAY = "amazon_pay"
    OTHER = "other"
    NONE = "none"  # there is none on file


# In a merchant's words, in the middle of a sentence.
NAMES: Final[Mapping[Means, str]] = {
    Means.CARD: "card",
    Means.BANK_ACCOUNT: "bank account",
    Means.PAYPAL: "PayPal account",
    Means.LINK: "Link account",
    Means.CASHAPP: "Cash App account",
    Means.AMAZON_PAY: "Amazon Pay account",
    Means.OTHER: "payment method",
    Means.NONE: "payment method",
}

# Stripe's types of bank debits: days pass until the bank has answered.
# https://docs.stripe.com/payments/bank-debits
DEBITS: Final = frozenset(
    {"us_bank_account", "sepa_debit", "bacs_debit", "acss_debit", "au_becs_debit", "nz_bank_account"}
)
# As Stripe writes them on payment methods and charges; on the older sources they are written as people do.
CARD_BRANDS: Final = frozenset(
    {
        "amex",
        "cartes_bancaires",
        "diners",
        "discover",
        "eftpos_au",
        "girocard",
        "interac",
        "jcb",
        "mastercard",
        "unionpay",
        "unknown",
        "visa",
    }
)
_MEANS: Final[Mapping[str, Means]] = {
    **dict.fromkeys((*CARD_BRANDS, "card", "card_present", "interac_present", "kr_card"), Means.CARD),
    **dict.fromkeys(DEBITS, Means.BANK_ACCOUNT),
    "paypal": Means.PAYPAL,
    "link": Means.LINK,
    "cashapp": Means.CASHAPP,
    "amazon_pay": Means.AMAZON_PAY,
}


# The currencies in which each clearing debits accounts; what is not named here pays in many.
# https://docs.stripe.com/payments/bank-debits
_CURRENCIES: Final[Mapping[str, frozenset[str]]] = {
    "us_bank_account": frozenset({"usd"}),
    "sepa_debit": frozenset({"eur"}),
    "bacs_debit": frozenset({"gbp"}),
    "acss_debit": frozenset({"cad", "usd"}),
    "au_becs_debit": frozenset({"aud"}),
    "nz_bank_account": frozenset({"nzd"}),
}


def fits(word: str, currency: str) -> bool:
    """Whether a method that is known by this word can pay in the currency."""
    return currency in _CURRENCIES.get(word, frozenset({currency}))


def means_of(word: str | None) -> Means:
    """What the payer calls a method that is known by this word; a new or unknown one is a payment method."""
    return _MEANS.get(word or "", Means.OTHER)


def is_debit(word: str | None) -> bool:
    """Whether it is a bank account that is debited."""
    return word in DEBITS


def named(brand: str, last4: str) -> str:
    """A method in a merchant's sentence: "visa ·· 4242", "bank account ·· 6789", "PayPal account"."""
    means = means_of(brand)
    word = brand if means == Means.CARD else NAMES[means]
    return f"{word} ·· {last4}" if last4 else word
