"""A debit that came back: which disputes open a case again, in whatever order they are told, and what is owed then."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from tideover.core.case import State, state_of
from tideover.core.facts import Learnt, fact
from tideover.core.ways.returns import owed_again, returns_among

BEGAN = datetime(2026, 11, 2, tzinfo=UTC)
DEBIT = {"ch_debit"}


def on(day: int) -> datetime:
    return BEGAN + timedelta(days=day)


def moved(kind: Learnt, day: int, charge: str = "ch_debit", amount: int = 9900):
    return fact(kind, on(day), "dp_1", dispute="dp_1", charge=charge, amount=amount)


PAID = fact(Learnt.PAID, on(9))
GONE = moved(Learnt.DISPUTED, 29)
LOST = moved(Learnt.DISPUTE_LOST, 30)
WON = moved(Learnt.DISPUTE_WON, 40)


def state(*facts):
    return state_of([*facts, *returns_among(facts, DEBIT)])


@pytest.mark.parametrize("told", [(PAID, GONE), (PAID, GONE, LOST), (PAID, LOST)])
def test_what_was_paid_and_came_back_is_open_again_however_it_is_told(told):
    for order in permutations(told):
        assert (state(*order), owed_again(returns_among(order, DEBIT))) == (State.FAILING, 9900)


@pytest.mark.parametrize(
    "told",
    [
        (GONE,),  # a part was paid by it, and the case is open anyway
        (PAID, moved(Learnt.DISPUTED, 29, "ch_card")),
        (PAID, moved(Learnt.REFUNDED, 29)),
        (fact(Learnt.PAID, on(35)), GONE),  # paid in another way since
        (PAID, GONE, fact(Learnt.STOPPED, on(5))),
        (PAID, GONE, fact(Learnt.CUSTOMER_DELETED, on(33))),
    ],
)
def test_nothing_else_opens_a_case_again(told):
    assert returns_among(told, DEBIT) == []


def test_what_is_known_already_is_not_told_again():
    told = [PAID, GONE]
    assert returns_among([*told, *returns_among(told, DEBIT)], DEBIT) == []


def test_a_dispute_that_is_won_pays_it_after_all():
    for order in permutations((PAID, GONE, WON)):
        assert state(*order) == State.RECOVERED
        assert owed_again(returns_among(order, DEBIT)) == 0
    assert returns_among([PAID, WON], DEBIT) == []
