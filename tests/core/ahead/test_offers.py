"""What somebody is offered to come back, and who of them: a closed language."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tideover.core.ahead.kinds import WINBACKS, Ahead
from tideover.core.ahead.offers import EXAMPLE, VALID, Discount, Offer, Offers, Paid, offer_for, offers_in
from tideover.core.money import Money
from tideover.core.settings.values import BadValue

USD_20 = Money(2000, "usd")
PAID = Paid(USD_20, every=1, lasted=12, prices=("price_1PZ8tR", "prod_QaB3"))
MONTHS = st.integers(1, 24)
DISCOUNTS = st.builds(Discount, MONTHS, percent=st.integers(1, 100)) | st.builds(
    Discount, MONTHS, off=st.builds(Money, st.integers(1, 10**7), st.just("usd"))
)
AMOUNTS = st.none() | st.builds(Money, st.integers(1, 5000), st.just("usd"))
OFFERS = st.builds(
    Offer,
    kind=st.sampled_from(WINBACKS),
    discount=DISCOUNTS,
    valid=st.integers(1, 60),
    after=st.integers(0, 999),
    least=AMOUNTS,
    most=st.none() | st.builds(Money, st.integers(5000, 10**6), st.just("usd")),
    prices=st.lists(st.from_regex(r"(price|prod)_[A-Za-z0-9]{1,24}", fullmatch=True), max_size=3).map(tuple),
)


def test_the_example_says_what_it_says():
    assert offers_in(EXAMPLE) == (
        Offer(Ahead.WINBACK_14, Discount(3, 20), 14, after=12, least=USD_20, prices=("price_1PZ8tR",)),
    )


def test_an_amount_is_taken_off_in_its_own_currency_and_holds_for_two_weeks_unless_said_otherwise():
    assert offers_in("30: JPY 500 for 1 month") == (Offer(Ahead.WINBACK_30, Discount(1, off=Money(500, "jpy")), VALID),)


def test_nothing_is_offered_where_nothing_is_chosen():
    assert offers_in("") == ()
    assert Offers().checked(" \n ") == ""


@given(OFFERS)
def test_what_is_written_is_read_as_the_same(offer):
    assert offers_in(str(offer)) == (offer,)


@given(st.lists(OFFERS, max_size=5))
def test_what_is_kept_is_kept_the_same_once_more(offers):
    kept = Offers().checked("; ".join(map(str, offers)))
    assert Offers().checked(kept) == kept
    assert offers_in(kept) == tuple(offers)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2: 20% for 3 months", "begins with no day"),
        ("20% for 3 months", "begins with no day"),
        ("14: a fifth for 3 months", "is no"),
        ("14: 20%", "is no offer"),
        ("14: 0% for 3 months", "not 0%"),
        ("14: 101% for 3 months", "not 101%"),
        ("14: 20% for 25 months", "not 25"),
        ("14: USD 0 for 1 month", "more than 0"),
        ("14: 20% for 1 month, valid 61 days", "between 1 and 60"),
        ("14: 20% for 1 month, valid soon", "between 1 and 60"),
        ("14: 20% for 1 month, valid 5 days, valid 6 days", "twice"),
        ("14: 20% for 1 month, only everybody", "no id"),
        ("14: 20% for 1 month, perhaps", "no condition"),
        ("14: USD 5 for 1 month, at least EUR 20", "more than one currency"),
        ("14: 20% for 1 month, at least USD 20, at most USD 10", "least amount is more"),
        ("\n".join(["14: 20% for 1 month"] * 21), "At most 20"),
        (7, "is a text"),
    ],
)
def test_what_cannot_be_read_or_met_is_refused_with_what_to_do(text, said):
    with pytest.raises(BadValue, match=said):
        Offers().checked(text)


def test_the_first_that_fits_counts_and_each_letter_has_its_own():
    offers = offers_in("14: 20% for 3 months, after 24 months; 14: 10% for 1 month; 30: 50% for 1 month")
    found = offer_for(Ahead.WINBACK_14, offers, PAID)
    assert found is not None
    assert found.discount == Discount(1, 10)
    assert offer_for(Ahead.WINBACK_1, offers, PAID) is None


@pytest.mark.parametrize(
    ("condition", "paid", "fits"),
    [
        ("after 12 months", PAID, True),
        ("after 12 months", replace(PAID, lasted=11), False),
        ("at least USD 20", PAID, True),
        ("at least USD 20.01", PAID, False),
        ("at most USD 20", PAID, True),
        ("at most USD 19.99", PAID, False),
        ("at least EUR 1", PAID, False),
        ("at least USD 1", replace(PAID, monthly=None), False),
        ("only prod_QaB3", PAID, True),
        ("only price_other, only prod_QaB3", PAID, True),
        ("only price_other", PAID, False),
        ("only price_1PZ8tR", replace(PAID, prices=()), False),
    ],
)
def test_who_meets_a_condition(condition, paid, fits):
    assert bool(offer_for(Ahead.WINBACK_7, offers_in(f"7: 20% for 1 month, {condition}"), paid)) is fits


def test_an_amount_is_not_offered_to_who_pays_in_another_currency():
    offers = offers_in("7: EUR 5 for 1 month")
    assert offer_for(Ahead.WINBACK_7, offers, PAID) is None
    assert offer_for(Ahead.WINBACK_7, offers, replace(PAID, monthly=Money(2000, "eur"))) is not None


@pytest.mark.parametrize(("every", "fits"), [(1, True), (3, True), (2, False), (12, False), (0, False)])
def test_a_discount_of_three_months_is_told_of_where_payments_make_three_months_whole(every, fits):
    assert bool(offer_for(Ahead.WINBACK_7, offers_in("7: 20% for 3 months"), replace(PAID, every=every))) is fits
