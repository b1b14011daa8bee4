"""The state of a case is a function of the set of its facts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tideover.core.case import _RANK, MOVES, STAYS, State, after, ended_at, state_of
from tideover.core.facts import KEYS, Fact, Learnt
from tideover.core.facts import fact as make_fact

MONDAY = datetime(2026, 7, 6, 9, tzinfo=UTC)
MODEST = settings(max_examples=60, deadline=None)


def fact(kind, hours=0, key=""):
    return Fact(kind, MONDAY + timedelta(hours=hours), key or f"{kind}:{hours}")


FACTS = st.lists(
    st.builds(fact, st.sampled_from(Learnt), st.integers(0, 3), st.sampled_from(["", "a", "b"])), max_size=12
)


def test_every_state_knows_what_to_do_with_every_fact():
    assert set(MOVES) | STAYS == set(product(State, Learnt))
    assert not set(MOVES) & STAYS
    for state, learnt in product(State, Learnt):
        assert after(state, learnt) in State


@pytest.mark.parametrize(
    ("learnt", "state"),
    [
        (Learnt.PAID, State.RECOVERED),
        (Learnt.FORGIVEN, State.CANCELED),
        (Learnt.VOIDED, State.CANCELED),
        (Learnt.UNCOLLECTIBLE, State.CANCELED),
        (Learnt.INVOICE_DELETED, State.CANCELED),
        (Learnt.STOPPED, State.CANCELED),
        (Learnt.CUSTOMER_DELETED, State.CANCELED),
        (Learnt.DISCONNECTED, State.CANCELED),
        (Learnt.SUBSCRIPTION_ENDED, State.CHURNED),
        (Learnt.EXHAUSTED, State.ABANDONED),
    ],
)
def test_what_ends_a_failing_case(learnt, state):
    assert state_of([fact(Learnt.PAYMENT_FAILED), fact(learnt, 1)]) == state


@pytest.mark.parametrize("ending", [kind for kind in Learnt if (State.FAILING, kind) in MOVES])
def test_late_money_is_money(ending):
    assert state_of([fact(ending), fact(Learnt.PAID, 500)]) == State.RECOVERED


@pytest.mark.parametrize("learnt", sorted(set(Learnt) - {Learnt.CAME_BACK}))
def test_what_was_recovered_stays_recovered(learnt):
    assert state_of([fact(Learnt.PAID), fact(learnt, 1)]) == State.RECOVERED


def test_a_debit_that_comes_back_opens_what_was_recovered_and_nothing_else():
    back, paid = fact(Learnt.CAME_BACK, 5), fact(Learnt.PAID_AFTER_ALL, 9)
    assert state_of([fact(Learnt.PAID), back]) == State.FAILING
    assert ended_at([fact(Learnt.PAID), back]) is None
    assert state_of([paid, back, fact(Learnt.PAID)]) == State.RECOVERED
    assert ended_at([fact(Learnt.PAID), back, paid]) == paid.at
    assert state_of([fact(Learnt.EXHAUSTED), back]) == State.ABANDONED
    assert state_of([fact(Learnt.PAID), back, fact(Learnt.STOPPED, 7)]) == State.CANCELED


@pytest.mark.parametrize("learnt", [kind for kind in Learnt if (State.FAILING, kind) in STAYS])
def test_news_leaves_a_case_failing(learnt):
    assert state_of([fact(learnt)]) == State.FAILING
    assert ended_at([fact(learnt)]) is None


def test_every_fact_has_its_place_in_a_second_and_its_key():
    assert set(_RANK) == set(KEYS) == set(Learnt)
    assert len(set(KEYS.values())) == len(KEYS)


@pytest.mark.parametrize(
    ("learnt", "about", "key"),
    [
        (Learnt.PAYMENT_FAILED, "ch_1", "charge:ch_1"),
        (Learnt.ACTION_REQUIRED, "pi_1", "auth:pi_1"),
        (Learnt.PROCESSING, "pi_1:ch_1", "processing:pi_1:ch_1"),
        (Learnt.PAID, "", "paid"),
        (Learnt.FORGIVEN, "", "forgiven"),
        (Learnt.VOIDED, "", "void"),
        (Learnt.UNCOLLECTIBLE, "", "uncollectible"),
        (Learnt.INVOICE_DELETED, "", "deleted"),
        (Learnt.SUBSCRIPTION_ENDED, "", "subscription-ended"),
        (Learnt.CUSTOMER_DELETED, "", "customer-deleted"),
        (Learnt.STOPPED, "", "stopped"),
        (Learnt.EXHAUSTED, "", "exhausted"),
        (Learnt.DISCONNECTED, "", "disconnected"),
        (Learnt.CARD_REPLACED, "pm_1", "card:pm_1"),
        (Learnt.METHOD_ATTACHED, "evt_1", "method_attached:evt_1"),
        (Learnt.CARD_RENEWED, "evt_1", "card_renewed:evt_1"),
        (Learnt.RECEIVED, "ch_1", "received:ch_1"),
        (Learnt.REFUNDED, "ch_1:400", "refunded:ch_1:400"),
        (Learnt.REFUND_FAILED, "re_1", "refund-failed:re_1"),
        (Learnt.DISPUTED, "du_1", "disputed:du_1"),
        (Learnt.DISPUTE_LOST, "du_1", "dispute-lost:du_1"),
        (Learnt.DISPUTE_WON, "du_1", "dispute-won:du_1"),
    ],
)
def test_a_fact_is_known_by_the_key_that_is_stored_already(learnt, about, key):
    assert make_fact(learnt, MONDAY, about).key == key


def test_without_a_fact_a_case_is_failing():
    assert state_of([]) == State.FAILING


def test_an_ending_that_came_first_by_stripes_clock_counts_whichever_was_heard_first():
    assert state_of([fact(Learnt.EXHAUSTED, 9), fact(Learnt.SUBSCRIPTION_ENDED, 2)]) == State.CHURNED


def test_a_subscription_that_ends_in_the_second_its_invoice_is_voided_is_a_customer_lost():
    assert state_of([fact(Learnt.VOIDED), fact(Learnt.SUBSCRIPTION_ENDED)]) == State.CHURNED


def test_a_case_ended_when_it_came_into_its_last_state():
    facts = [fact(Learnt.PAYMENT_FAILED), fact(Learnt.EXHAUSTED, 5), fact(Learnt.PAID, 9), fact(Learnt.REFUNDED, 20)]
    assert ended_at(facts) == MONDAY + timedelta(hours=9)
    assert ended_at(facts[:2]) == MONDAY + timedelta(hours=5)


@MODEST
@given(FACTS.flatmap(lambda facts: st.tuples(st.just(facts), st.permutations(facts + facts[::2]))))
def test_i6_any_order_and_any_repetition_of_the_facts_ends_in_the_same_state(facts_and_order):
    facts, shuffled = facts_and_order
    assert state_of(shuffled) == state_of(facts)
    assert ended_at(shuffled) == ended_at(facts)


@MODEST
@given(FACTS)
def test_whoever_has_paid_and_got_nothing_back_is_recovered_and_nobody_else_is(facts):
    paid = any(fact.kind in {Learnt.PAID, Learnt.PAID_AFTER_ALL} for fact in facts)
    assert paid or state_of(facts) != State.RECOVERED
    if not any(fact.kind == Learnt.CAME_BACK for fact in facts):
        assert (state_of(facts) == State.RECOVERED) == paid
    assert (ended_at(facts) is None) == (state_of(facts) == State.FAILING)
