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


def moved(kind: Learnt, day: int, charge: str = "ch_debit", amount: int = 9900, dispute: str = "dp_1"):
    return fact(kind, on(day), dispute, dispute=dispute, charge=charge, amount=amount)


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


def test_of_two_that_came_back_one_that_is_won_leaves_the_other_owed():
    debits = {"ch_first", "ch_second"}
    first = [moved(kind, day, "ch_first", 3000) for kind, day in ((Learnt.DISPUTED, 29), (Learnt.DISPUTE_WON, 40))]
    second = [
        moved(kind, day, "ch_second", 6900, "dp_2") for kind, day in ((Learnt.DISPUTED, 30), (Learnt.DISPUTE_WON, 50))
    ]
    for order in permutations((PAID, *first, second[0])):
        known = [*order, *returns_among(order, debits)]
        assert (state_of(known), owed_again(known)) == (State.FAILING, 6900)
    known += [second[1], *returns_among([*known, second[1]], debits)]
    assert (state_of(known), owed_again(known)) == (State.RECOVERED, 0)


def test_what_was_made_up_for_otherwise_is_not_waited_for_when_a_later_one_is_won():
    known = [PAID, GONE]
    known += returns_among(known, DEBIT)
    known += [fact(Learnt.PAID_AFTER_ALL, on(35), "outside-1"), moved(Learnt.DISPUTED, 37, dispute="dp_2")]
    known += returns_among(known, DEBIT)
    assert (state_of(known), owed_again(known)) == (State.FAILING, 9900)
    known += [moved(Learnt.DISPUTE_WON, 50, dispute="dp_2")]
    known += returns_among(known, DEBIT)
    assert (state_of(known), owed_again(known)) == (State.RECOVERED, 0)
