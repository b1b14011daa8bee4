"""Money: whole minor units, Stripe's exponents, no sum over two currencies."""

from __future__ import annotations

from decimal import Decimal
from operator import add, ge, gt, le, lt, sub

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tideover.core.money import THREE_DECIMAL, ZERO_DECIMAL, CurrencyMismatch, Money, spoken

MODEST = settings(max_examples=30, deadline=None)
AMOUNTS = st.integers(-(10**12), 10**12)
CURRENCIES = st.sampled_from(["usd", "eur", "jpy", "kwd", "isk"])


@pytest.mark.parametrize(
    ("money", "words"),
    [
        (Money(9900, "usd"), "$99.00"),
        (Money(9900, "jpy"), "¥9,900"),
        (Money(1500, "kwd"), "KWD\u00a01.500"),
        (Money(123456, "eur"), "€1,234.56"),
        (Money(-500, "usd"), "-$5.00"),
        (Money(0, "gbp"), "£0.00"),
    ],
)
def test_i17_amounts_are_spoken_with_the_decimals_of_their_currency(money, words):
    assert spoken(money) == words


def test_i17_kronur_and_shillings_count_hundredths_at_stripe_and_none_in_words():
    assert Money(990000, "isk").major() == Decimal(9900)
    assert spoken(Money(990000, "isk")) == "ISK\u00a09,900"
    assert spoken(Money(500000, "ugx")) == "UGX\u00a05,000"


def test_an_amount_is_written_as_its_reader_writes_it():
    assert spoken(Money(123450, "eur"), "de") == "1.234,50\u00a0€"
    assert spoken(Money(123450, "eur"), "de-DE") == "1.234,50\u00a0€"
    assert spoken(Money(9900, "jpy"), "ja") == "￥9,900"


def test_i17_there_are_fifteen_currencies_without_decimals_and_five_with_three():
    assert {Money(1, code).exponent for code in ZERO_DECIMAL} == {0}
    assert {Money(1, code).exponent for code in THREE_DECIMAL} == {3}
    assert (len(ZERO_DECIMAL), len(THREE_DECIMAL)) == (15, 5)
    assert {Money(1, code).exponent for code in ("usd", "isk", "ugx", "huf", "twd")} == {2}


@pytest.mark.parametrize("operation", [add, sub, lt, le, gt, ge])
def test_two_currencies_have_no_sum_and_no_order(operation):
    with pytest.raises(CurrencyMismatch, match="usd and eur"):
        operation(Money(1, "usd"), Money(1, "eur"))
    assert Money(1, "usd") != Money(1, "eur")


@pytest.mark.parametrize("code", ["USD", "us", "dollars", "", "u$d "])
def test_a_currency_is_written_as_stripe_writes_it(code):
    with pytest.raises(ValueError, match="currency code"):
        Money(1, code)


@MODEST
@given(AMOUNTS, AMOUNTS, CURRENCIES)
def test_sums_are_exact_and_can_be_taken_back(first, second, currency):
    left, right = Money(first, currency), Money(second, currency)
    assert left + right == right + left
    assert left + right - right == left
    assert (left < right) == (first < second)
    assert (left + right).major() == left.major() + right.major()
