"""What a failed invoice brought: what came after its failure, less what went back. A function of the set of its facts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tideover.core.facts import Learnt
from tideover.core.facts import fact as make_fact
from tideover.core.proceeds import ELSEWHERE, Proceeds, elsewhere_before, proceeds

FAILED_AT = datetime(2026, 7, 6, 9, tzinfo=UTC)
DUE = 9900


def at(hours):
    return FAILED_AT + timedelta(hours=hours)


def received(amount, hours=1, charge="ch_1"):
    return make_fact(Learnt.RECEIVED, at(hours), charge, charge=charge, amount=amount)


def elsewhere(total, hours):
    return make_fact(Learnt.RECEIVED, at(hours), f"{ELSEWHERE}:{total}", charge=ELSEWHERE, amount=total)


def refunded(total, hours, charge="ch_1"):
    return make_fact(Learnt.REFUNDED, at(hours), f"{charge}:{total}", charge=charge, amount=total)


def refund_failed(amount, hours, refund="re_1", charge="ch_1"):
    return make_fact(Learnt.REFUND_FAILED, at(hours), refund, refund=refund, charge=charge, amount=amount)


def dispute(kind, hours, amount=DUE, about="du_1", charge="ch_1"):
    return make_fact(kind, at(hours), about, dispute=about, charge=charge, amount=amount)


def of(*facts):
    return proceeds(facts, DUE, FAILED_AT)


def test_all_that_came_after_the_failure_was_recovered():
    assert of(received(DUE)) == Proceeds(came=9900, back=0)


def test_parts_add_up():
    assert of(received(6000), received(3900, 2, "ch_2")).kept == 9900


def test_what_was_paid_before_the_failure_is_no_recovery():
    assert of(received(6000, -5), received(3900, 1, "ch_2")).kept == 3900


def test_what_was_paid_before_the_failure_is_no_loss_where_it_goes_back():
    assert of(received(6000, -5, "ch_0"), received(3900), refunded(6000, 9, "ch_0")) == Proceeds(3900, 0)


def test_a_credit_note_or_balance_brings_nothing():
    assert of(make_fact(Learnt.FORGIVEN, at(1))) == Proceeds(0, 0)


def test_what_was_paid_in_unlisted_ways_is_told_as_a_sum():
    assert of(elsewhere(6000, -1), elsewhere(9900, 4)).kept == 3900
    assert of(elsewhere(6000, 2), elsewhere(9900, 4)).kept == 9900
    assert elsewhere_before([elsewhere(6000, -1), elsewhere(9900, 4)], FAILED_AT) == 6000


def test_never_more_is_recovered_than_had_failed():
    assert of(received(DUE), make_fact(Learnt.RECEIVED, at(2), "outside", amount=DUE)).kept == DUE


def test_a_payment_twice_of_which_one_was_refunded_is_a_payment():
    twice = [received(DUE), received(DUE, 2, "ch_2"), refunded(DUE, 5, "ch_2")]
    assert of(*twice) == Proceeds(DUE, 0)


def test_refunds_in_parts_are_told_as_what_was_refunded_until_then():
    assert of(received(DUE), refunded(1000, 2), refunded(4000, 3)) == Proceeds(DUE, 4000)


def test_a_refund_that_failed_is_recovered_again():
    assert of(received(DUE), refunded(4000, 2), refund_failed(4000, 9)).back == 0
    assert of(received(DUE), refunded(4000, 2), refund_failed(4000, 9), refunded(5000, 11)).back == 5000


@pytest.mark.parametrize(
    ("course", "back"),
    [
        ([Learnt.DISPUTED], DUE),
        ([Learnt.DISPUTED, Learnt.DISPUTE_LOST], DUE),
        ([Learnt.DISPUTE_LOST], DUE),
        ([Learnt.DISPUTED, Learnt.DISPUTE_WON], 0),
    ],
)
def test_a_dispute_holds_the_money_until_it_is_won(course, back):
    assert of(received(DUE), *(dispute(kind, 2 + n) for n, kind in enumerate(course))).back == back


def test_a_charge_is_never_more_than_gone():
    assert of(received(DUE), refunded(4000, 2), dispute(Learnt.DISPUTED, 3)) == Proceeds(DUE, DUE)


def test_money_of_a_charge_that_nobody_named_went_back_too():
    assert (
        of(make_fact(Learnt.PAID, at(1), amount=DUE), make_fact(Learnt.REFUNDED, at(2), "ch_1", amount=4000)).kept
        == 5900
    )


HOURS = st.integers(-3, 6)
CHARGES = st.sampled_from(["ch_1", "ch_2"])
AMOUNTS = st.integers(1, DUE)
MOVES = st.one_of(
    st.builds(received, AMOUNTS, HOURS, CHARGES),
    st.builds(elsewhere, AMOUNTS, HOURS),
    st.builds(refunded, AMOUNTS, HOURS, CHARGES),
    st.builds(refund_failed, AMOUNTS, HOURS, st.sampled_from(["re_1", "re_2"]), CHARGES),
    st.builds(
        dispute,
        st.sampled_from([Learnt.DISPUTED, Learnt.DISPUTE_LOST, Learnt.DISPUTE_WON]),
        HOURS,
        AMOUNTS,
        st.sampled_from(["du_1", "du_2"]),
        CHARGES,
    ),
)
# One thing under one key: what is stored first stands.
FACTS = st.lists(MOVES, max_size=10, unique_by=lambda fact: fact.key)


@settings(max_examples=150, deadline=None)
@given(FACTS.flatmap(lambda facts: st.tuples(st.just(facts), st.permutations(facts + facts[::2]))))
def test_i44_any_order_and_any_repetition_of_the_facts_brought_the_same(facts_and_order):
    facts, shuffled = facts_and_order
    assert of(*shuffled) == of(*facts)


@settings(max_examples=150, deadline=None)
@given(FACTS)
def test_what_came_and_went_back_is_never_below_nothing_nor_more_than_had_failed(facts):
    brought = of(*facts)
    assert 0 <= brought.back <= brought.came <= DUE


# ── by which way it went ──


@pytest.mark.parametrize(
    ("facts", "back", "disputed"),
    [
        ([refunded(4000, 2)], 4000, 0),
        ([dispute(Learnt.DISPUTED, 2, 4000)], 4000, 4000),
        ([refunded(4000, 2), dispute(Learnt.DISPUTED, 3)], DUE, DUE - 4000),
        ([refunded(4000, 2), dispute(Learnt.DISPUTED, 3), dispute(Learnt.DISPUTE_WON, 4)], 4000, 0),
        ([dispute(Learnt.DISPUTED, 2), dispute(Learnt.DISPUTE_LOST, 3)], DUE, DUE),
    ],
)
def test_what_disputes_took_is_told_apart_from_what_was_refunded(facts, back, disputed):
    brought = of(received(DUE), *facts)
    assert (brought.back, brought.disputed) == (back, disputed)
